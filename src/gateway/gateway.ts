import { setTimeout as wait } from "node:timers/promises";
import type { SessionHost } from "../actors/session/connection.ts";
import type { Clock } from "../lib/clock.ts";
import { acceptKeys } from "./auth.ts";
import { ClientSecrets, type SecretBounds } from "./client-secrets.ts";
import type { Connection, ConnectionBounds } from "./connection.ts";
import { createFetchAdapter } from "./fetch-adapter.ts";
import { createRest, type RestOptions } from "./rest.ts";
import { guarded, report, serveSockets } from "./sockets.ts";
import type { UpgradeRules } from "./upgrade.ts";
import { createApp, listen, type TlsFiles } from "./uws.ts";

export interface GatewayBounds extends ConnectionBounds {
  /** Largest frame of a client, bytes: 15 MiB of audio in base64, and the JSON around it. */
  readonly frameBytesMax: number;
  /** Largest body of an HTTP request, bytes. */
  readonly bodyBytesMax: number;
  /** How often each client is pinged, ms. */
  readonly pingEveryMs: number;
  /** How long `close` waits for HTTP answers in progress, ms. */
  readonly closeWaitMs: number;
  /** How long `close` leaves clients to read their close frame, ms: a socket closed on unread input is reset, and
   *  then the frame may be lost on the way. */
  readonly closeLingerMs: number;
}

/** A dead peer is closed at the third ping, at most 30 s after it was last heard. */
export const gatewayBounds: GatewayBounds = {
  frameBytesMax: 22 * 1024 * 1024,
  bodyBytesMax: 1024 * 1024,
  behindBytes: 64 * 1024,
  unreadBytesMax: 256 * 1024,
  pingEveryMs: 10_000,
  silentPingsMax: 2,
  closeWaitMs: 2_000,
  closeLingerMs: 200,
};

export interface GatewayOptions extends Omit<RestOptions, "authenticate" | "secrets"> {
  readonly host: string;
  /** 0: the system chooses */
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly apiKey: string;
  readonly maxSessions: number;
  readonly sessions: SessionHost;
  readonly clock: Clock;
  readonly bounds?: Partial<GatewayBounds>;
  readonly secretBounds?: SecretBounds;
}

export interface Gateway {
  readonly port: number;
  /** Stops listening, closes every socket with 1001, waits (bounded) for answers in progress; idempotent. */
  close(): Promise<void>;
}

/** Listens for clients: WebSocket sessions and REST on one port.
 *  @throws {ParleyError} `ERR_CONFIG` when the address or the certificate cannot be used */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const bounds = { ...gatewayBounds, ...options.bounds };
  const secrets = new ClientSecrets(options.clock, options.secretBounds);
  const authenticate = acceptKeys(options.apiKey, secrets);
  const connections = new Set<Connection>();
  let closing: Promise<void> | undefined;
  const readiness = () => (closing === undefined ? options.readiness() : ["the server is stopping"]);
  const rules: UpgradeRules = { ...options, authenticate, readiness, connections: () => connections.size };

  const app = createApp(options.tls);
  serveSockets(app, rules, connections, { ...options, bounds });
  const rest = createFetchAdapter(createRest({ ...options, authenticate, readiness, secrets }), {
    bodyBytesMax: bounds.bodyBytesMax,
    onError: (error) => report(options, error, "request failed"),
  });
  app.any("/*", rest.serve);
  const listener = await listen(app, options.host, options.port);
  const stopPinging = pingAll(connections, bounds.pingEveryMs, options);

  const close = async () => {
    stopPinging();
    listener.stop();
    const lingerMs = connections.size > 0 ? bounds.closeLingerMs : 0;
    for (const connection of connections) {
      guarded(connection, options, () => connection.close(1001, "the server is stopping"));
    }
    // Timers of their own: those of the clock keep no process alive, and this wait may be all that is left of it.
    const deadline = new AbortController();
    const late = wait(bounds.closeWaitMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    await Promise.race([rest.idle(), late]);
    deadline.abort();
    await wait(lingerMs);
    app.close();
  };
  return { port: listener.port, close: () => (closing ??= close()) };
}

/** Pings every client again and again.
 *  @returns stops it */
function pingAll(
  connections: ReadonlySet<Connection>,
  everyMs: number,
  options: Pick<GatewayOptions, "clock" | "logger" | "metrics">,
): () => void {
  let cancel = () => {};
  const round = () => {
    for (const connection of connections) {
      guarded(connection, options, () => {
        if (connection.ping() === "dead") {
          options.logger.info({ session: connection.sessionId }, "client does not answer");
        }
      });
    }
    cancel = options.clock.after(everyMs, round);
  };
  cancel = options.clock.after(everyMs, round);
  return () => cancel();
}
