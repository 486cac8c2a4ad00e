import { defaultTenant } from "../../src/lib/ids.ts";
import type { SessionId } from "../../src/lib/ids.ts";
import type { ModelLimits } from "../../src/actors/session/context.ts";
import { handleSession } from "../../src/actors/session/machine.ts";
import type { SessionEffect, SessionMessage } from "../../src/actors/session/messages.ts";
import { newSession } from "../../src/actors/session/state.ts";
import type { SessionState } from "../../src/actors/session/state.ts";
import { parseClientEvent } from "../../src/protocol/client-events.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";

/** The machine of a session, which keeps what it says is to be done. */
export class SessionBench {
  state: SessionState;
  effects: SessionEffect[] = [];

  constructor(limits: ModelLimits = { takesImages: true, contextTokens: 32_768 }) {
    this.state = newSession({
      id: "sess_1" as SessionId,
      tenant: defaultTenant,
      expiresAt: 0,
      config: defaultSessionConfig("parley"),
      idPrefix: "1",
      limits,
    });
  }

  tell(message: SessionMessage): SessionEffect[] {
    const { state, effects } = handleSession(this.state, message);
    this.state = state;
    this.effects.push(...effects);
    return [...effects];
  }

  send(type: string, rest: object = {}): SessionEffect[] {
    const parsed = parseClientEvent(JSON.stringify({ type, event_id: "mine", ...rest }));
    return this.tell(
      parsed.ok ? { type: "client", event: parsed.event } : { type: "rejected", error: parsed.error },
    );
  }

  create(item: object, rest: object = {}): SessionEffect[] {
    return this.send("conversation.item.create", { item, ...rest });
  }

  get ids(): string[] {
    return this.state.conversation.map(({ id }) => id);
  }
}

export const eventsOf = (effects: readonly SessionEffect[]) =>
  effects.flatMap((effect) => (effect.type === "emit" ? effect.events : []));
export const logOf = (effects: readonly SessionEffect[]) =>
  effects.flatMap((effect) => (effect.type === "emit" ? effect.log : []));
export const errorOf = (effects: readonly SessionEffect[]) => {
  const event = eventsOf(effects).find(({ type }) => type === "error");
  return event?.type === "error" ? event.error : undefined;
};

export const user = (...content: object[]) => ({ type: "message", role: "user", content });
export const text = (words: string) => ({ type: "input_text", text: words });
