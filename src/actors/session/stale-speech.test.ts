import { expect, it } from "vitest";
import { defaultTenant } from "../../lib/ids.ts";
import type { ItemId, SessionId } from "../../lib/ids.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { handleSession } from "./machine.ts";
import type { SessionEffect, SessionMessage } from "./messages.ts";
import { newSession } from "./state.ts";

function run(messages: readonly SessionMessage[]) {
  let state = newSession({
    id: "sess_1" as SessionId,
    tenant: defaultTenant,
    expiresAt: 0,
    config: defaultSessionConfig("parley"),
    idPrefix: "1",
  });
  const all: SessionEffect[] = [];
  for (const message of messages) {
    const { state: next, effects } = handleSession(state, message);
    state = next;
    all.push(...effects);
  }
  const events = all.flatMap((effect) => (effect.type === "emit" ? effect.events : []));
  return { state, types: events.map(({ type }) => type) };
}

const client = (event: Extract<SessionMessage, { type: "client" }>["event"]): SessionMessage => ({
  type: "client",
  event,
});
const audio = client({
  type: "input_audio_buffer.append",
  eventId: null,
  audio: new Uint8Array(48 * 200),
});
const clear = client({ type: "input_audio_buffer.clear", eventId: null });
const commit = client({ type: "input_audio_buffer.commit", eventId: null });
const started = (item: string, cuts: number): SessionMessage => ({
  type: "speech.started",
  item: item as ItemId,
  startMs: 0,
  cuts,
});

it.each([
  ["cleared", clear],
  ["committed", commit],
])("[UTT-3] speech found in audio that was %s meanwhile is not announced", (_name, cut) => {
  const { state, types } = run([audio, cut, started("item_s1", 0)]);
  expect(types).not.toContain("input_audio_buffer.speech_started");
  expect(state.speech).toBeUndefined();
});

it("[UTT-3] speech found after that is announced", () => {
  const { state, types } = run([audio, clear, started("item_s1", 1)]);
  expect([types.at(-1), state.speech]).toEqual(["input_audio_buffer.speech_started", "item_s1"]);
});
