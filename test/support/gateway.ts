import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished, vi } from "vitest";
import WebSocket, { type ClientOptions } from "ws";
import type { ClientSocket, OpenRequest, SessionHandle } from "../../src/actors/session/connection.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { newSessionId, type SessionId } from "../../src/lib/ids.ts";
import { createLogger } from "../../src/telemetry/logs.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";

type OnFrame = (session: RecordedSession, frame: string) => void;

/** A session that writes down what the gateway does to it. */
export class RecordedSession implements SessionHandle {
  readonly id: SessionId = newSessionId();
  readonly frames: string[] = [];
  drains = 0;
  closes = 0;
  readonly request: OpenRequest;
  readonly socket: ClientSocket;
  readonly #onFrame: OnFrame;

  constructor(request: OpenRequest, socket: ClientSocket, onFrame: OnFrame) {
    this.request = request;
    this.socket = socket;
    this.#onFrame = onFrame;
  }

  receive(frame: Buffer): void {
    const text = frame.toString();
    this.frames.push(text);
    this.#onFrame(this, text);
  }

  drained(): void {
    this.drains += 1;
  }

  closed(): void {
    this.closes += 1;
  }
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly sessions: RecordedSession[];
  readonly metrics: Metrics;
  readonly http: string;
  readonly ws: string;
}

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, "sessions" | "metrics">> {
  readonly onOpen?: (session: RecordedSession) => void;
  readonly onFrame?: OnFrame;
  readonly admit?: () => "ok" | "full";
}

export const testKey = "key-for-tests";

/** A gateway on a port of its own until the test ends, with sessions that only write down what happens. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { onOpen = () => {}, onFrame = () => {}, admit = () => "ok", ...rest } = options;
  const sessions: RecordedSession[] = [];
  const metrics = createMetrics();
  const gateway = await createGateway({
    host: "127.0.0.1",
    port: 0,
    apiKey: testKey,
    maxSessions: 100,
    readiness: () => [],
    store: { session: async () => undefined, items: async () => ({ entries: [] }) },
    logger: createLogger({ level: "silent", pii: false }),
    clock: systemClock,
    ...rest,
    metrics,
    sessions: {
      admit,
      open: (request, socket) => {
        const session = new RecordedSession(request, socket, onFrame);
        sessions.push(session);
        onOpen(session);
        return session;
      },
    },
  });
  onTestFinished(() => gateway.close());
  const [http, ws] = ["http", "ws"].map(
    (scheme) => `${scheme}${options.tls === undefined ? "" : "s"}://127.0.0.1:${gateway.port}`,
  ) as [string, string];
  return { gateway, sessions, metrics, http, ws };
}

export const bearer = { authorization: `Bearer ${testKey}` };

/** A stock client on its way to the server. */
export function connectTo(
  server: TestGateway,
  options: ClientOptions = { headers: bearer },
  path = "/v1/realtime?model=m",
): WebSocket {
  return new WebSocket(server.ws + path, options);
}

/** A client that is connected, and its session. */
export async function openClient(
  server: TestGateway,
  options?: ClientOptions,
): Promise<[WebSocket, RecordedSession]> {
  const client = connectTo(server, options);
  const known = server.sessions.length;
  await once(client, "open");
  return [client, await vi.waitUntil(() => server.sessions[known])];
}

export async function closeOf(client: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(client, "close")) as [number, Buffer];
  return [code, reason.toString()];
}

/** The HTTP answer to an upgrade that is refused. */
export async function refusalOf(client: WebSocket) {
  const [, response] = (await once(client, "unexpected-response")) as [unknown, IncomingMessage];
  const text = (await response.toArray()).join("");
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) as unknown };
}

/** A peer that upgrades by hand, and then reads but never answers. */
export function rawPeer({ gateway }: TestGateway): Socket {
  const peer = connect(gateway.port, "127.0.0.1");
  peer.write(
    [
      "GET /v1/realtime HTTP/1.1",
      "host: localhost",
      "connection: Upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
      `authorization: Bearer ${testKey}`,
      "\r\n",
    ].join("\r\n"),
  );
  peer.on("error", () => {});
  return peer;
}
