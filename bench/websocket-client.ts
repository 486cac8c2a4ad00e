import { createHash, randomBytes } from "node:crypto";
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { FrameReader, clientFrame, opcodes } from "./websocket-frames.ts";

const handshakeMsMax = 30_000;
/** How long the server may take to answer a close frame, ms; then the socket is cut. */
const closeMsMax = 2_000;
/** RFC 6455 §1.3 */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const headBytesMax = 16_384;

export interface WebSocketHandlers {
  /** @param text UTF-8, valid only while it runs */
  message(text: Buffer): void;
  /** Called once. @param code 1006 when there was no close frame */
  closed(code: number): void;
}

/** A client that costs as little as one can: a load generator must not be what is measured. Frames are made by
 *  `clientFrame` and written as they are. */
export class WebSocketClient {
  readonly #socket: Socket;
  readonly #handlers: WebSocketHandlers;
  #code: number | undefined;
  #open = true;

  /** @param socket behind its handshake; @param rest what was read beyond it */
  constructor(socket: Socket, rest: Buffer, handlers: WebSocketHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    const reader = new FrameReader((opcode, payload) => this.#take(opcode, payload));
    const read = (bytes: Buffer): void => {
      try {
        reader.push(bytes);
      } catch {
        socket.destroy(); // not WebSocket any more: 1006
      }
    };
    socket.on("data", read);
    socket.once("close", () => {
      this.#open = false;
      handlers.closed(this.#code ?? 1006);
    });
    if (rest.length > 0) read(rest);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Writes a prepared frame; what is sent after the end is dropped. */
  send(frame: Buffer): void {
    if (this.#open) this.#socket.write(frame);
  }

  /** Settles when the socket has gone. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const gone = new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
    });
    this.send(clientFrame(opcodes.close, Buffer.from([0x03, 0xe8])));
    const overdue = setTimeout(() => this.#socket.destroy(), closeMsMax);
    await gone;
    clearTimeout(overdue);
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.text || opcode === opcodes.binary) this.#handlers.message(payload);
    else if (opcode === opcodes.ping) this.send(clientFrame(opcodes.pong, payload));
    else if (opcode === opcodes.close) {
      this.#code ??= payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.send(clientFrame(opcodes.close, payload.subarray(0, 2)));
      this.#open = false;
      this.#socket.end();
    }
  }
}

/** @param url ws://host:port/path
 *  @throws {Error} with the HTTP status line when the server does not upgrade */
export async function openWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  handlers: WebSocketHandlers,
): Promise<WebSocketClient> {
  const { hostname, port, pathname, search, protocol } = new URL(url);
  if (protocol !== "ws:") throw new Error(`only ws: is spoken here, not ${protocol}`);
  const key = randomBytes(16).toString("base64");
  const socket = connectTcp({ host: hostname, port: Number(port === "" ? 80 : port), noDelay: true });
  const request = {
    host: `${hostname}:${port}`,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": key,
    "sec-websocket-version": "13",
    ...headers,
  };
  const lines = Object.entries(request).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const { head, rest } = await readHead(socket);
  const accept = createHash("sha1")
    .update(key + acceptSuffix)
    .digest("base64");
  if (!head.startsWith("HTTP/1.1 101 ") || !head.includes(accept)) {
    socket.destroy();
    throw new Error(`no upgrade: ${head.split("\r\n", 1)[0]}`);
  }
  socket.on("error", () => {}); // its end is told by "close"
  return new WebSocketClient(socket, rest, handlers);
}

function readHead(socket: Socket): Promise<{ readonly head: string; readonly rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let read: Buffer = Buffer.alloc(0);
    const settle = (then: () => void): void => {
      clearTimeout(overdue);
      socket.removeAllListeners();
      then();
    };
    const fail = (error: Error): void =>
      settle(() => {
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      });
    const overdue = setTimeout(() => fail(new Error("the server does not answer")), handshakeMsMax);
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the server closed the connection")));
    socket.on("data", (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      const end = read.indexOf("\r\n\r\n");
      if (end >= 0)
        settle(() => resolve({ head: read.toString("latin1", 0, end), rest: read.subarray(end + 4) }));
      else if (read.length > headBytesMax) fail(new Error("the server's answer has no end"));
    });
  });
}
