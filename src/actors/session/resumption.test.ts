import { expect, it } from "vitest";
import { defaultTenant } from "../../lib/ids.ts";
import type { ItemId, SessionId } from "../../lib/ids.ts";
import { dialects } from "../../protocol/dialect.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { handleSession } from "./machine.ts";
import type { SessionEffect, SessionMessage } from "./messages.ts";
import { inBand, newSession } from "./state.ts";

type Sent = readonly [type: string, rest: object];

/** What the answer opens with that follows one which a noise and then something else have cut off.
 *  @param sent by the client meanwhile
 *  @param refused how much of that is refused */
function restAfter(second: string, sent: readonly Sent[] = [], refused = 0) {
  let state = newSession({
    id: "sess_1" as SessionId,
    tenant: defaultTenant,
    expiresAt: 0,
    config: defaultSessionConfig("parley"),
    idPrefix: "1",
  });
  const begun: Extract<SessionEffect, { type: "begin" }>[] = [];
  let errors = 0;
  const tell = (message: SessionMessage): void => {
    const { state: next, effects } = handleSession(state, message);
    state = next;
    for (const effect of effects)
      if (effect.type === "emit") errors += effect.events.filter(({ type }) => type === "error").length;
    begun.push(...effects.filter((effect) => effect.type === "begin"));
  };
  const client = (type: string, rest: object = {}): void => {
    const parsed = dialects.ga.parse(JSON.stringify({ type, ...rest }));
    if (parsed.ok) tell({ type: "client", event: parsed.event });
  };
  const update = (session: object): void =>
    client("session.update", { session: { type: "realtime", ...session } });
  const speak = (item: string): void => {
    tell({ type: "speech.started", item: item as ItemId, startMs: 0, cuts: 0 });
    tell({ type: "speech.stopped", item: item as ItemId, endMs: 1 });
  };
  const understand = (item: string, text: string): void =>
    tell({ type: "transcript", item: item as ItemId, text, seconds: 1 });

  update({ interruption: { false_interruption: "resume" } });
  client("response.create");
  const response = inBand(state)!.id;
  speak("noise");
  update({ audio: { input: { turn_detection: { type: "server_vad", interrupt_response: false } } } });
  speak("second");
  for (const [type, rest] of sent) client(type, rest);
  expect(errors).toBe(refused);
  understand("noise", "");
  understand("second", second);
  const counts = { inputTokens: 0, cachedTokens: 0, textTokens: 0, audioTokens: 0 };
  const known = { text: "All of it.", complete: true };
  const ended = { status: "cancelled", items: [], known, ...counts } as const;
  tell({ type: "step", step: { response, log: [], output: [], ended } });
  expect(begun.length).toBeGreaterThanOrEqual(2);
  return begun.at(-1)?.request.opening?.text;
}

it("[INT-5] is left for words that come when answers are no longer interrupted", () => {
  expect(restAfter("")).toBe("All of it.");
  expect(restAfter("Something else.")).toBeUndefined();
});

const message = { type: "message", role: "user", content: [{ type: "input_text", text: "Wait." }] };

it.each<Sent>([
  ["input_audio_buffer.commit", {}],
  ["response.create", {}],
  ["conversation.item.create", { item: { ...message, id: "noise" } }],
  ["conversation.item.delete", { item_id: "unknown" }],
])("[INT-5] is not left for a %s that is refused", (type, rest) => {
  expect(restAfter("", [[type, rest]], 1)).toBe("All of it.");
});

it.each<Sent>([
  ["input_audio_buffer.clear", {}],
  ["response.create", { response: { conversation: "none", input: [] } }],
  ["conversation.item.create", { item: message }],
  ["conversation.item.delete", { item_id: "second" }],
])("[INT-5] is left for a %s", (type, rest) => {
  expect(restAfter("", [[type, rest]])).toBeUndefined();
});
