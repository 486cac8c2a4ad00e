import { STATUS_CODES } from "node:http";
import type { OpenRequest, SessionHost } from "../actors/session/connection.ts";
import type { Clock } from "../lib/clock.ts";
import { errorCode } from "../lib/errors.ts";
import type { Logger } from "../telemetry/logs.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { Connection, type ConnectionBounds } from "./connection.ts";
import { retryAfterSeconds, serverError } from "./http-errors.ts";
import { realtimePaths, type RealtimePath } from "./paths.ts";
import { judgeUpgrade, type UpgradeRules } from "./upgrade.ts";
import type { App, HttpRequest, HttpResponse, SocketContext, WebSocket } from "./uws.ts";

export interface SocketOptions {
  readonly sessions: SessionHost;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly bounds: ConnectionBounds & { readonly frameBytesMax: number };
}

/** uWebSockets.js keeps these as properties of the socket itself; unlike its methods they outlive it. */
interface UserData {
  readonly request: OpenRequest;
  connection?: Connection;
}

/** Frees what a peer holds that reads nothing, not even its close frame. Longer than the pings need to find a dead
 *  peer; a multiple of 4, the library's step. */
const idleTimeoutSeconds = 40;

/** One frame in so many is timed, beginning with the first: timing each would cost a tenth of taking it. */
const framesPerTiming = 64;

/** Serves the WebSocket addresses; `connections` holds every open one. */
export function serveSockets(
  app: App,
  rules: UpgradeRules,
  connections: Set<Connection>,
  options: SocketOptions,
): void {
  const { clock, metrics, logger, bounds } = options;
  let framesSeen = 0;
  const on = (ws: WebSocket<UserData>, work: (connection: Connection) => void) => {
    const { connection } = ws.getUserData();
    if (connection !== undefined) guarded(connection, options, () => work(connection));
  };
  for (const { path, beta } of realtimePaths) {
    app.ws<UserData>(path, {
      maxPayloadLength: bounds.frameBytesMax,
      maxBackpressure: 0, // bounded by Connection, which closes where this would drop frames in silence
      sendPingsAutomatically: false,
      idleTimeout: idleTimeoutSeconds,
      upgrade: (response, request, context) => {
        const status = upgrade(response, request, context, rules, options, beta);
        metrics.requestsTotal.inc({ route: path, method: "GET", status: `${status}` });
        if (status === 503) metrics.rateLimitsTotal.inc();
      },
      open: (ws) => {
        const data = ws.getUserData();
        const connection = new Connection(ws, bounds, clock);
        data.connection = connection;
        connections.add(connection);
        metrics.activeConnections.inc();
        const guard = (work: () => void) => guarded(connection, options, work);
        guard(() => connection.opened(options.sessions, data.request, guard));
        logger.debug({ session: connection.sessionId }, "client connected");
      },
      message: (ws, frame) => {
        const isTimed = framesSeen++ % framesPerTiming === 0;
        const startMs = isTimed ? clock.monotonic() : 0;
        on(ws, (connection) => connection.received(frame));
        if (isTimed) metrics.websocketMessageProcessing.observe((clock.monotonic() - startMs) / 1_000);
      },
      ping: (ws) => on(ws, (connection) => connection.answered()),
      pong: (ws) => on(ws, (connection) => connection.answered()),
      drain: (ws) => on(ws, (connection) => connection.writable()),
      close: (ws, code) => {
        const { connection } = ws.getUserData();
        if (connection === undefined) return;
        connections.delete(connection);
        metrics.activeConnections.dec();
        guarded(connection, options, () => connection.gone());
        logger.debug({ session: connection.sessionId, code }, "client gone");
      },
    });
  }
}

/** Answers one upgrade request, all in its callback: an await would need copies of the request, and a place to be
 *  kept for the client meanwhile.
 *  @returns the HTTP status */
function upgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: SocketContext,
  rules: UpgradeRules,
  options: SocketOptions,
  betaPath: RealtimePath["beta"],
): number {
  const header = (name: string) => request.getHeader(name);
  try {
    const verdict = judgeUpgrade(header, request.getQuery(), rules, betaPath);
    if (verdict.status === 101) {
      const data: UserData = { request: verdict.open };
      const extensions = header("sec-websocket-extensions");
      response.upgrade(data, header("sec-websocket-key"), verdict.protocol, extensions, context);
    } else {
      refuse(response, verdict.status, verdict.body);
    }
    return verdict.status;
  } catch (error) {
    report(options, error, "upgrade failed");
    refuse(response, 500, serverError("internal_error", "The server had an error."));
    return 500;
  }
}

function refuse(response: HttpResponse, status: number, body: object): void {
  response.cork(() => {
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? ""}`);
    response.writeHeader("content-type", "application/json");
    if (status === 503) response.writeHeader("retry-after", `${retryAfterSeconds}`);
    response.end(JSON.stringify(body), true);
  });
}

type Reporting = Pick<SocketOptions, "metrics" | "logger">;

/** Runs a callback of a socket. What it throws would end the process; here it ends the connection. */
export function guarded(connection: Connection, reporting: Reporting, work: () => void): void {
  try {
    work();
  } catch (error) {
    report(reporting, error, "connection failed", connection.sessionId);
    connection.abandon();
  }
}

export function report({ metrics, logger }: Reporting, error: unknown, what: string, session?: string): void {
  metrics.errorsTotal.inc({ code: errorCode(error) });
  logger.error({ err: error, ...(session !== undefined && { session }) }, what);
}
