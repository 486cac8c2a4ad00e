import { z } from "zod";
import type { SessionConfig, SessionKind } from "./session-config.ts";
import { sessionObject } from "./session-object.ts";
import { voiceName } from "./settings.ts";
import { startingConfig } from "./starting-config.ts";
import { validate } from "./validation.ts";
import type { Outcome } from "./validation.ts";

/** What a connection that is opened with a client secret starts with. */
export interface SecretGrant {
  /** Absent: what the connection asks for. */
  readonly kind?: SessionKind;
  /** Absent: what the connection asks for. */
  readonly model?: string;
  /** A `session` that `startingConfig` accepts. */
  readonly session?: unknown;
}

export interface SecretRequest {
  /** s from its creation */
  readonly lifetimeSeconds: number;
  readonly grant: SecretGrant;
  /** What the session would be: the grant on the defaults. */
  readonly config: SessionConfig;
}

/** How long a secret lives, s. */
const lifetime = { min: 10, max: 7_200, default: 600 } as const;

export const expiresAfterSchema = z.object({
  anchor: z.literal("created_at").optional(),
  seconds: z.number().int().min(lifetime.min).max(lifetime.max).optional(),
});

const requestSchema = z.object({
  expires_after: expiresAfterSchema.nullish(),
  session: z.record(z.string(), z.unknown()).nullish(),
});

/** Reads the body of a request for a client secret.
 *  @returns in an error, `param` is the path below the body, as in `session.audio.output.speed` */
export function parseSecretRequest(body: unknown): Outcome<SecretRequest> {
  const parsed = validate(requestSchema, body, "", null);
  if (!parsed.ok) return parsed;
  return secretRequest(parsed.value.session ?? undefined, parsed.value.expires_after?.seconds);
}

/** @param session in the current (GA) shape */
export function secretRequest(
  session: Readonly<Record<string, unknown>> | undefined,
  lifetimeSeconds: number = lifetime.default,
): Outcome<SecretRequest> {
  const starting = startingConfig({ model: "", kind: "realtime", session });
  if (!starting.ok) return starting;
  const { config } = starting;
  const grant: SecretGrant =
    session === undefined
      ? {}
      : { session, kind: config.type, ...(config.model !== "" && { model: config.model }) };
  return { ok: true, value: { lifetimeSeconds, grant, config } };
}

/** The session as the answer to a request for a client secret shows it. It is none that exists: each connection opens
 *  one of its own, under an id of its own. Where the published types know no null, a key that is off is left out. */
export function secretSession(config: SessionConfig, id: string): object {
  const { type, object, audio } = sessionObject(config, id, 0);
  const { format, transcription, turn_detection } = audio.input;
  const input = { format, ...(transcription !== null && { transcription }), turn_detection };
  if (type === "transcription") return { type, object, id, audio: { input } };
  const { output } = config.audio;
  return {
    type,
    object,
    id,
    ...(config.model !== "" && { model: config.model }),
    output_modalities: config.output_modalities,
    instructions: config.instructions,
    audio: { input, output: { ...output, voice: voiceName(output.voice) } },
    tools: config.tools,
    tool_choice: config.tool_choice,
    max_output_tokens: config.max_output_tokens,
    truncation: config.truncation,
    tracing: config.tracing,
    prompt: config.prompt,
  };
}
