import { Hono, type Context, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { ParleyError, errorCode } from "../lib/errors.ts";
import type { SessionId, TenantId } from "../lib/ids.ts";
import type { Store } from "../persistence/store.ts";
import type { Logger } from "../telemetry/logs.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { keyOfHeaders, type Authenticate, type Header } from "./auth.ts";
import type { FetchHandler, Peer } from "./fetch-adapter.ts";
import { invalidRequest, retryAfterSeconds, serverError } from "./http-errors.ts";
import { isOriginAllowed } from "./origins.ts";

export interface RestOptions {
  readonly authenticate: Authenticate;
  readonly origins?: readonly string[];
  /** Reasons why the server is not ready; empty when it is. */
  readonly readiness: () => readonly string[];
  readonly store: Pick<Store, "session" | "items">;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface Env {
  Bindings: Peer;
  Variables: { tenant: TenantId };
}

export const realtimePaths = ["/v1/realtime", "/openai/v1/realtime"] as const;
const pageSize = { default: 20, max: 100 };
const methods = new Set(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]);

const headerOf =
  (c: Context<Env>): Header =>
  (name) =>
    c.req.header(name) ?? "";

/** The HTTP side of the gateway, all but the upgrade. */
export function createRest(options: RestOptions): FetchHandler {
  const { readiness, metrics } = options;
  const app = new Hono<Env>();
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
  for (const path of realtimePaths) {
    app.get(path, (c) =>
      c.json(invalidRequest("upgrade_required", "This address speaks WebSocket."), 426, {
        upgrade: "websocket",
      }),
    );
  }

  for (const path of new Set(
    app.routes.filter(({ method }) => method === "GET").map((route) => route.path),
  )) {
    app.all(path, (c) =>
      c.json(invalidRequest("method_not_allowed", `Use GET for ${c.req.path}.`), 405, { allow: "GET, HEAD" }),
    );
  }
  app.notFound((c) => c.json(invalidRequest("unknown_url", `Nothing is at ${c.req.path}.`), 404));
  app.onError((error, c) => answerError(error, c, options));
  return (request, peer) => app.fetch(request, peer);
}

async function listItems(c: Context<Env>, store: RestOptions["store"]): Promise<Response> {
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
    data: entries.map(({ item }) => item),
    has_more: next !== undefined,
    ...(next !== undefined && { next_cursor: next }),
  });
}

function answerError(error: unknown, c: Context<Env>, { metrics, logger }: RestOptions): Response {
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
function count({ requestsTotal }: Metrics): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    const path = routePath(c, -1);
    const method = methods.has(c.req.method) ? c.req.method : "other";
    requestsTotal.inc({ route: path.includes("*") ? "other" : path, method, status: `${c.res.status}` });
  };
}

/** The same origins as for the upgrade, as CORS: a page elsewhere is refused, and one that is welcome may read. */
function checkOrigin(origins: readonly string[] | undefined): MiddlewareHandler<Env> {
  return async (c, next) => {
    const header = headerOf(c);
    const origin = header("origin");
    if (!isOriginAllowed(origin, header("host"), origins)) {
      return c.json(invalidRequest("origin_not_allowed", "This origin may not call."), 403, {
        vary: "origin",
      });
    }
    if (c.req.method === "OPTIONS" && header("access-control-request-method") !== "") {
      c.header("access-control-allow-methods", "GET");
      c.header("access-control-allow-headers", "authorization, api-key, content-type, traceparent");
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

function needKey(authenticate: Authenticate): MiddlewareHandler<Env> {
  return async (c, next) => {
    const tenant = authenticate(keyOfHeaders(headerOf(c)));
    if (tenant === undefined) {
      return c.json(invalidRequest("invalid_api_key", "No API key, or not a valid one."), 401);
    }
    c.set("tenant", tenant);
    return next();
  };
}

/** Without a key only from this machine, and not through a proxy on it that says whom it speaks for. */
function keyUnlessLocal(authenticate: Authenticate): MiddlewareHandler<Env> {
  const withKey = needKey(authenticate);
  return (c, next) => {
    const proxied = c.req.header("x-forwarded-for") ?? c.req.header("forwarded");
    return c.env.loopback && proxied === undefined ? next() : withKey(c, next);
  };
}
