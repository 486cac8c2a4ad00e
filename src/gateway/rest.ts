import { Hono, type Context, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { ParleyError, errorCode } from "../lib/errors.ts";
import type { SessionId } from "../lib/ids.ts";
import { withoutImages } from "../protocol/image.ts";
import type { Store } from "../persistence/store.ts";
import type { Logger } from "../telemetry/logs.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { keyOfHeaders, type Authenticate, type Header } from "./auth.ts";
import type { FetchHandler } from "./fetch-adapter.ts";
import { invalidRequest, retryAfterSeconds, serverError } from "./http-errors.ts";
import type { ClientSecrets } from "./client-secrets.ts";
import { isOriginAllowed } from "./origins.ts";
import { realtimePaths } from "./paths.ts";
import type { RestEnv } from "./rest-env.ts";
import { serveSecrets } from "./secret-routes.ts";

export interface RestOptions {
  readonly authenticate: Authenticate;
  readonly origins?: readonly string[];
  /** Reasons why the server is not ready; empty when it is. */
  readonly readiness: () => readonly string[];
  readonly store: Pick<Store, "session" | "items">;
  readonly secrets: Pick<ClientSecrets, "create">;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const pageSize = { default: 20, max: 100 };
const methods = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);

const headerOf =
  (c: Context<RestEnv>): Header =>
  (name) =>
    c.req.header(name) ?? "";

/** The HTTP side of the gateway, all but the upgrade. */
export function createRest(options: RestOptions): FetchHandler {
  const { readiness, metrics } = options;
  const app = new Hono<RestEnv>();
  app.use(count(metrics), checkOrigin(options.origins));

  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", (c) => {
    const reasons = readiness();
    return reasons.length === 0
      ? c.json({ status: "ready" })
      : c.json({ status: "not_ready", reasons }, 503, { "retry-after": `${retryAfterSeconds}` });
  });
  app.get("/metrics", keyUnlessLocal(options.authenticate), async (c) => {
    const { contentType, text } = await metrics.render();
    return c.body(text, 200, { "content-type": contentType });
  });
  app.get("/v1/sessions/:id/items", needKey(options.authenticate), (c) => listItems(c, options.store));
  serveSecrets(app, needKey(options.authenticate), options.secrets);
  for (const { path } of realtimePaths) {
    app.get(path, (c) =>
      c.json(invalidRequest("upgrade_required", "This address speaks WebSocket."), 426, {
        upgrade: "websocket",
      }),
    );
  }

  refuseOtherMethods(app);
  app.notFound((c) => c.json(invalidRequest("unknown_url", `Nothing is at ${c.req.path}.`), 404));
  app.onError((error, c) => answerError(error, c, options));
  return (request, peer) => app.fetch(request, peer);
}

/** Every address so far has one method. */
function refuseOtherMethods(app: Hono<RestEnv>): void {
  const methodOf = new Map(app.routes.map(({ path, method }) => [path, method]));
  for (const [path, method] of methodOf) {
    if (method !== "GET" && method !== "POST") continue; // the middleware of every address
    const allow = method === "GET" ? "GET, HEAD" : method;
    app.all(path, (c) =>
      c.json(invalidRequest("method_not_allowed", `Use ${method} for ${c.req.path}.`), 405, { allow }),
    );
  }
}

async function listItems(c: Context<RestEnv>, store: RestOptions["store"]): Promise<Response> {
  const session = c.req.param("id") as SessionId;
  const limit = c.req.query("limit") ?? `${pageSize.default}`;
  const before = c.req.query("before");
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > pageSize.max) {
    return c.json(invalidRequest("invalid_value", `Expected 1 to ${pageSize.max}.`, "limit"), 400);
  }
  if ((await store.session(c.var.tenant, session)) === undefined) {
    return c.json(invalidRequest("session_not_found", "There is no such session."), 404);
  }
  const page = { limit: Number(limit), ...(before !== undefined && { before }) };
  const { entries, next } = await store.items(c.var.tenant, session, page);
  return c.json({
    object: "list",
    data: entries.map(({ item }) => withoutImages(item)),
    has_more: next !== undefined,
    ...(next !== undefined && { next_cursor: next }),
  });
}

function answerError(error: unknown, c: Context<RestEnv>, { metrics, logger }: RestOptions): Response {
  const code = errorCode(error);
  if (code === "ERR_BAD_INPUT") {
    return c.json(invalidRequest("invalid_value", "This is no cursor of ours.", "before"), 400);
  }
  metrics.errorsTotal.inc({ code });
  logger.error({ err: error, route: routePath(c, -1) }, "request failed");
  if (error instanceof ParleyError && (error.retryable || code === "ERR_CLOSED")) {
    const body = serverError("unavailable", "This cannot be served now. Try again later.");
    return c.json(body, 503, { "retry-after": `${retryAfterSeconds}` });
  }
  return c.json(serverError("internal_error", "The server had an error."), 500);
}

/** Labels take few values, whatever clients send. */
function count({ requestsTotal }: Metrics): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    await next();
    const path = routePath(c, -1);
    const method = methods.has(c.req.method) ? c.req.method : "other";
    requestsTotal.inc({ route: path.includes("*") ? "other" : path, method, status: `${c.res.status}` });
  };
}

/** The same origins as for the upgrade, as CORS: a page elsewhere is refused, and one that is welcome may read. */
function checkOrigin(origins: readonly string[] | undefined): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const header = headerOf(c);
    const origin = header("origin");
    if (!isOriginAllowed(origin, header("host"), origins)) {
      return c.json(invalidRequest("origin_not_allowed", "This origin may not call."), 403, {
        vary: "origin",
      });
    }
    if (c.req.method === "OPTIONS" && header("access-control-request-method") !== "") {
      c.header("access-control-allow-methods", "GET, POST");
      c.header("access-control-allow-headers", allowedHeaders(header("access-control-request-headers")));
      c.header("access-control-max-age", "600");
      c.res = c.body(null, 204);
    } else {
      await next();
    }
    c.res.headers.append("vary", "origin");
    if (origin !== "") c.res.headers.set("access-control-allow-origin", origin);
    return undefined;
  };
}

/** Stock clients add headers of their own, under names that change from version to version: what a welcome page asks
 *  for is allowed. */
const allowedHeaders = (asked: string): string =>
  /^[\w\-, ]{1,1024}$/.test(asked) ? asked : "authorization, api-key, content-type, traceparent";

function needKey(authenticate: Authenticate): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const caller = authenticate(keyOfHeaders(headerOf(c)));
    if (caller === undefined) {
      return c.json(invalidRequest("invalid_api_key", "No API key, or not a valid one."), 401);
    }
    if (caller.grant !== undefined) {
      const message = "A client secret opens sessions only. This needs an API key.";
      return c.json(invalidRequest("api_key_required", message), 403);
    }
    c.set("tenant", caller.tenant);
    return next();
  };
}

/** Without a key only from this machine, and not through a proxy on it that says whom it speaks for. */
function keyUnlessLocal(authenticate: Authenticate): MiddlewareHandler<RestEnv> {
  const withKey = needKey(authenticate);
  return (c, next) => {
    const proxied = c.req.header("x-forwarded-for") ?? c.req.header("forwarded");
    return c.env.loopback && proxied === undefined ? next() : withKey(c, next);
  };
}
