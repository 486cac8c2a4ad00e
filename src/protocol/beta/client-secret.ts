import { z } from "zod";
import { expiresAfterSchema, secretRequest } from "../client-secret.ts";
import type { SecretRequest } from "../client-secret.ts";
import type { RealtimeError } from "../realtime-error.ts";
import type { SessionConfig, SessionKind } from "../session-config.ts";
import { sessionObject } from "../session-object.ts";
import { validate } from "../validation.ts";
import type { Outcome } from "../validation.ts";
import { sessionFromBeta, sessionToBeta } from "./session.ts";

/** The two kinds of session call it by different names in the published types. */
const lifetimeSchema = z.looseObject({
  client_secret: z
    .object({ expires_after: expiresAfterSchema.nullish(), expires_at: expiresAfterSchema.nullish() })
    .nullish(),
});

/** The body is the session itself, so paths do not begin with it. */
const belowBody = (error: RealtimeError): { readonly ok: false; readonly error: RealtimeError } => ({
  ok: false,
  error: { ...error, param: error.param?.replace(/^session\.?/, "") ?? null },
});

/** Reads the body of a beta request for a session with a client secret: a flat session. */
export function parseBetaSecretRequest(body: object, kind: SessionKind): Outcome<SecretRequest> {
  const parsed = validate(lifetimeSchema, body, "", null);
  if (!parsed.ok) return parsed;
  const { client_secret: lifetime, ...flat } = parsed.value;
  const session = sessionFromBeta(flat, kind, null);
  if (!session.ok) return belowBody(session.error);
  const { seconds } = lifetime?.expires_after ?? lifetime?.expires_at ?? {};
  const request = secretRequest(session.value, seconds);
  return request.ok ? request : belowBody(request.error);
}

/** The answer: the session and the secret that opens such ones. What is off is left out, but for turn detection, whose
 *  absence would say nothing. */
export function betaSecretSession(
  config: SessionConfig,
  id: string,
  secret: { readonly value: string; readonly expires_at: number },
): object {
  const { expires_at: _, ...session } = sessionToBeta(sessionObject(config, id, 0));
  const shown = Object.entries(session).filter(([key, value]) => value !== null || key === "turn_detection");
  return { ...Object.fromEntries(shown), client_secret: secret };
}
