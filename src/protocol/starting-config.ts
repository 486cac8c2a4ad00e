import { applySessionUpdate, defaultSessionConfig } from "./session-config.ts";
import type { SessionKind } from "./session-config.ts";

/** What decides the configuration that a session opens with. */
export interface SessionWanted {
  /** "" when nobody named one */
  readonly model: string;
  readonly kind: SessionKind;
  /** A `session` object as a `session.update` carries it. Its type and model count where the rest names none, and its
   *  type also where it differs: a secret for one kind of session opens no other. */
  readonly session?: unknown;
}

/** The configuration that a session opens with; also what says whether a `session` may start one. */
export function startingConfig({
  model,
  kind,
  session,
}: SessionWanted): ReturnType<typeof applySessionUpdate> {
  const given = typeof session === "object" && session !== null ? (session as Record<string, unknown>) : {};
  const type = given["type"] === "realtime" || given["type"] === "transcription" ? given["type"] : kind;
  const named = typeof given["model"] === "string" ? given["model"] : "";
  const config = defaultSessionConfig(model === "" ? named : model, type);
  if (session === undefined) return { ok: true, config, notes: [] };
  return applySessionUpdate(config, session, { eventId: null, audioHasBeenSent: false });
}
