/** The only importer of uWebSockets.js. What its types leave out or get wrong is put right here. */
import * as uWS from "uWebSockets.js";
import type { HttpResponse, TemplatedApp, us_listen_socket } from "uWebSockets.js";
import { ParleyError } from "../lib/errors.ts";

export type { HttpRequest, HttpResponse, WebSocket } from "uWebSockets.js";
export type { us_socket_context_t as SocketContext } from "uWebSockets.js";

export type App = TemplatedApp;

/** The package exports the number, its types know only an enum that does not exist at run time. Without it Linux lets
 *  two servers share one port in silence. */
const { LIBUS_LISTEN_EXCLUSIVE_PORT } = uWS as unknown as { readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number };

type ListenOnHost = (
  host: string,
  port: number,
  options: number,
  done: (socket: us_listen_socket | false) => void,
) => TemplatedApp;

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** @throws {ParleyError} `ERR_CONFIG` when the certificate and its key cannot be used */
export function createApp(tls?: TlsFiles): App {
  if (tls === undefined) return uWS.App();
  try {
    return uWS.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
  } catch (cause) {
    throw new ParleyError("ERR_CONFIG", "the TLS certificate and key cannot be used", { cause });
  }
}

export interface Listener {
  readonly port: number;
  /** Refuses new connections, leaves open ones alone; idempotent. */
  stop(): void;
}

/** @throws {ParleyError} `ERR_CONFIG` when the address cannot be listened on */
export async function listen(app: App, host: string, port: number): Promise<Listener> {
  const listenOnHost = app.listen.bind(app) as unknown as ListenOnHost;
  const socket = await new Promise<us_listen_socket | false>((done) => {
    listenOnHost(host, port, LIBUS_LISTEN_EXCLUSIVE_PORT, done);
  });
  if (socket === false) {
    throw new ParleyError(
      "ERR_CONFIG",
      `cannot listen on ${host} port ${port}: in use, or not an address of ours`,
    );
  }
  let stopped = false;
  return {
    port: uWS.us_socket_local_port(socket),
    stop: () => {
      if (!stopped) uWS.us_listen_socket_close(socket);
      stopped = true;
    },
  };
}

/** Whether the peer is on this machine: 127.0.0.0/8, ::1, or the former mapped into IPv6. */
export function isLoopback(response: HttpResponse): boolean {
  const address = Buffer.from(response.getRemoteAddress());
  if (address.length === 4) return address[0] === 127;
  const prefix = address.toString("hex", 0, 12);
  if (prefix === "00000000000000000000ffff") return address[12] === 127;
  return prefix === "0".repeat(24) && address.readUInt32BE(12) === 1;
}
