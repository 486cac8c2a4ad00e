import { describe, expect, it } from "vitest";
import { applySessionUpdate, defaultSessionConfig } from "./session-config.ts";
import type { SessionConfig } from "./session-config.ts";
import { sessionObject } from "./session-object.ts";

const context = { eventId: null, audioHasBeenSent: false };

function updated(config: SessionConfig, interruption: unknown): SessionConfig {
  const outcome = applySessionUpdate(config, { type: "realtime", interruption }, context);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.config;
}

describe("session.interruption", () => {
  const plain = defaultSessionConfig("parley");

  it("is not in the session until the client sets it, and not after it clears it", () => {
    expect(sessionObject(plain, "sess_1", 0)).not.toHaveProperty("interruption");
    const set = updated(plain, { backchannels: "ignore" });
    expect(sessionObject(set, "sess_1", 0)).toMatchObject({
      interruption: { min_speech_ms: 0, backchannels: "ignore", false_interruption: "cancel" },
    });
    expect(sessionObject(updated(set, null), "sess_1", 0)).not.toHaveProperty("interruption");
    expect(updated(plain, undefined)).not.toHaveProperty("interruption");
  });

  it("keeps what an update does not name", () => {
    const set = updated(updated(plain, { min_speech_ms: 300 }), { false_interruption: "resume" });
    expect(set.interruption).toEqual({
      min_speech_ms: 300,
      backchannels: "interrupt",
      false_interruption: "resume",
    });
    expect(updated(set, undefined).interruption).toEqual(set.interruption);
  });

  it.each([
    { min_speech_ms: 2_001 },
    { min_speech_ms: -1 },
    { backchannels: "drop" },
    { false_interruption: true },
    5,
  ])("refuses %j", (interruption) => {
    const outcome = applySessionUpdate(plain, { interruption }, context);
    expect(outcome.ok ? "" : outcome.error.param).toContain("session.interruption");
  });
});
