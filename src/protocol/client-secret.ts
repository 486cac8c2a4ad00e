import { z } from "zod";
import { applySessionUpdate, defaultSessionConfig } from "./session-config.ts";
import type { SessionConfig } from "./session-config.ts";
import { voiceName } from "./settings.ts";
import { validate } from "./validation.ts";
import type { Outcome } from "./validation.ts";

/** What a connection that is opened with a client secret starts with. */
export interface SecretGrant {
  /** Absent: what the connection asks for. */
  readonly kind?: "realtime" | "transcription";
  /** Absent: what the connection asks for. */
  readonly model?: string;
  /** A `session` that `applySessionUpdate` accepts on the defaults. */
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
  const model = typeof session?.["model"] === "string" ? session["model"] : "";
  const applied = applySessionUpdate(defaultSessionConfig(model), session ?? {}, {
    eventId: null,
    audioHasBeenSent: false,
  });
  if (!applied.ok) return applied;
  const { config } = applied;
  const grant: SecretGrant =
    session === undefined ? {} : { session, kind: config.type, ...(model !== "" && { model }) };
  return { ok: true, value: { lifetimeSeconds, grant, config } };
}

/** The session as the answer to a request for a client secret shows it. It is none that exists: each connection opens
 *  one of its own, under an id of its own. Where the published types know no null, a key that is off is left out. */
export function secretSession(config: SessionConfig, id: string): object {
  const { model, audio, include } = config;
  const { transcription, noise_reduction, ...input } = audio.input;
  return {
    type: config.type,
    object: "realtime.session",
    id,
    ...(model !== "" && { model }),
    output_modalities: config.output_modalities,
    instructions: config.instructions,
    audio: {
      input: {
        ...input,
        ...(transcription !== null && { transcription }),
        ...(noise_reduction !== null && { noise_reduction }),
      },
      output: { ...audio.output, voice: voiceName(audio.output.voice) },
    },
    tools: config.tools,
    tool_choice: config.tool_choice,
    max_output_tokens: config.max_output_tokens,
    truncation: config.truncation,
    tracing: config.tracing,
    ...(include !== null && { include }),
    prompt: config.prompt,
    ...(config.reasoning !== undefined && { reasoning: config.reasoning }),
  };
}
