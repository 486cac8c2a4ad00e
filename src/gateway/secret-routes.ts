import type { Context, Hono, MiddlewareHandler } from "hono";
import { newSessionId } from "../lib/ids.ts";
import { betaSecretSession, parseBetaSecretRequest } from "../protocol/beta/client-secret.ts";
import { parseSecretRequest, secretSession } from "../protocol/client-secret.ts";
import { parseFrame } from "../protocol/frame.ts";
import type { SecretRequest } from "../protocol/client-secret.ts";
import type { Outcome } from "../protocol/validation.ts";
import type { ClientSecrets } from "./client-secrets.ts";
import { protocolError, rateLimited } from "./http-errors.ts";
import { betaSecretPaths, secretPaths } from "./paths.ts";
import type { RestEnv } from "./rest-env.ts";

/** Serves the addresses that make client secrets.
 *  @param needKey lets only holders of an API key pass */
export function serveSecrets(
  app: Hono<RestEnv>,
  needKey: MiddlewareHandler<RestEnv>,
  secrets: Pick<ClientSecrets, "create">,
): void {
  for (const path of secretPaths) {
    app.post(path, needKey, (c) =>
      answer(c, secrets, parseSecretRequest, ({ value, expiresAt }, request) => ({
        value,
        expires_at: expiresAt,
        session: secretSession(request.config, newSessionId()),
      })),
    );
  }
  for (const kind of ["realtime", "transcription"] as const) {
    for (const path of betaSecretPaths[kind]) {
      app.post(path, needKey, (c) =>
        answer(
          c,
          secrets,
          (body) => parseBetaSecretRequest(body, kind),
          ({ value, expiresAt }, { config }) =>
            betaSecretSession(config, newSessionId(), { value, expires_at: expiresAt }),
        ),
      );
    }
  }
}

interface MadeSecret {
  readonly value: string;
  /** s since the Unix epoch */
  readonly expiresAt: number;
}

async function answer(
  c: Context<RestEnv>,
  secrets: Pick<ClientSecrets, "create">,
  parse: (body: object) => Outcome<SecretRequest>,
  shape: (secret: MadeSecret, request: SecretRequest) => object,
): Promise<Response> {
  const body = bodyOf(await c.req.text());
  if (!body.ok) return c.json(protocolError(body.error), 400);
  const parsed = parse(body.value);
  if (!parsed.ok) return c.json(protocolError(parsed.error), 400);
  const { grant, lifetimeSeconds } = parsed.value;
  const made = secrets.create(c.var.tenant, grant, lifetimeSeconds);
  if (made.outcome === "full") {
    const message = "Too many client secrets are alive. Try again when some have expired.";
    return c.json(rateLimited(message), 429, { "retry-after": `${made.retryAfterSeconds}` });
  }
  return c.json(shape(made, parsed.value), 200, { "cache-control": "no-store" });
}

/** The body as an object, within the bounds of a frame that says the same; nothing at all counts as an empty one. */
const bodyOf = (text: string): Outcome<object> =>
  text.trim() === "" ? { ok: true, value: {} } : parseFrame(text, "body");
