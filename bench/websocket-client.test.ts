import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { openWebSocket } from "./websocket-client.ts";
import type { WebSocketClient } from "./websocket-client.ts";
import { FrameReader, clientFrame, opcodes, textFrame } from "./websocket-frames.ts";

/** The server's side is another implementation: `ws`. */
let server: WebSocketServer;
let url: string;
let client: WebSocketClient | undefined;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1?model=m`;
});

afterEach(async () => {
  await client?.close();
  client = undefined;
  for (const peer of server.clients) peer.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

interface Meeting {
  readonly peer: WebSocket;
  readonly texts: string[];
  readonly closed: Promise<number>;
}

/** @param greet runs as the server accepts: what it sends may share a packet with the handshake */
async function meet(greet: (peer: WebSocket) => void = () => {}): Promise<Meeting> {
  const accepted = new Promise<WebSocket>((resolve) => {
    server.once("connection", (peer) => {
      greet(peer);
      resolve(peer);
    });
  });
  const texts: string[] = [];
  let ended: (code: number) => void = () => {};
  const closed = new Promise<number>((resolve) => {
    ended = resolve;
  });
  client = await openWebSocket(
    url,
    { authorization: "Bearer k" },
    { message: (text) => texts.push(text.toString()), closed: ended },
  );
  return { peer: await accepted, texts, closed };
}

describe("the client", () => {
  it.each([0, 125, 126, 65_535, 65_536, 300_000])(
    "sends %i bytes that a server understands",
    async (size) => {
      const { peer } = await meet();
      const received = once(peer, "message");
      client?.send(textFrame("x".repeat(size)));
      const [data] = (await received) as [Buffer];
      expect(data.toString()).toBe("x".repeat(size));
    },
  );

  it("writes one prepared frame many times", async () => {
    const { peer } = await meet();
    const texts: string[] = [];
    peer.on("message", (data: Buffer) => texts.push(data.toString()));
    const frame = textFrame("again");
    for (let i = 0; i < 3; i += 1) client?.send(frame);
    await expect.poll(() => texts).toEqual(["again", "again", "again"]);
  });

  it("hears what comes with the handshake, long messages, and messages in fragments", async () => {
    const { peer, texts } = await meet((accepted) => accepted.send("hello"));
    peer.send("y".repeat(200_000));
    peer.send("in ", { fin: false });
    peer.send("pie", { fin: false });
    peer.send("ces", { fin: true });
    peer.send("");
    await expect.poll(() => texts).toEqual(["hello", "y".repeat(200_000), "in pieces", ""]);
  });

  it("answers a ping with the same bytes", async () => {
    const { peer } = await meet();
    const pong = once(peer, "pong");
    peer.ping("are you there");
    const [data] = (await pong) as [Buffer];
    expect(data.toString()).toBe("are you there");
  });

  it("tells the server's close code, and 1006 when there was none", async () => {
    const first = await meet();
    first.peer.close(1013, "too slow");
    expect(await first.closed).toBe(1013);
    const second = await meet();
    second.peer.terminate();
    expect(await second.closed).toBe(1006);
  });

  it("closes in the way that the server expects", async () => {
    const { peer } = await meet();
    const closed = once(peer, "close");
    await client?.close();
    const [code] = (await closed) as [number];
    expect(code).toBe(1000);
    expect(client?.open).toBe(false);
  });

  it("says why it was not let in", async () => {
    const http = createServer((_request, response) => response.writeHead(401).end());
    http.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    const refused = openWebSocket(`ws://127.0.0.1:${port}/`, {}, { message: () => {}, closed: () => {} });
    await expect(refused).rejects.toThrow("401 Unauthorized");
    http.close();
  });
});

/** A server's frame: not masked. */
function serverFrame(opcode: number, payload: Buffer, final = true): Buffer {
  const masked = clientFrame(opcode, payload);
  const headerBytes = masked.length - payload.length - 4;
  const frame = Buffer.concat([masked.subarray(0, headerBytes), payload]);
  frame[0] = (final ? 0x80 : 0) | opcode;
  frame[1] = (frame[1] ?? 0) & 0x7f;
  return frame;
}

describe("the reader", () => {
  it("finds the same messages however the network cuts the bytes and the server its messages", () => {
    const message = fc.record({
      text: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("a".repeat(200), "b".repeat(70_000))),
      /** Where it is cut into fragments; a ping goes between them. */
      cuts: fc.array(fc.nat(200), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
        (messages, reads) => {
          const frames = messages.flatMap(({ text, cuts }) => {
            const bytes = Buffer.from(text);
            const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
              (a, b) => a - b,
            );
            return edges.slice(1).flatMap((end, index) => {
              const last = index === edges.length - 2;
              const opcode = index === 0 ? opcodes.text : opcodes.continuation;
              const part = serverFrame(opcode, bytes.subarray(edges[index], end), last);
              return last ? [part] : [part, serverFrame(opcodes.ping, Buffer.from("?"))];
            });
          });
          const wire = Buffer.concat(frames);
          const found: string[] = [];
          const controls: string[] = [];
          const reader = new FrameReader((opcode, payload) => {
            (opcode === opcodes.text ? found : controls).push(payload.toString());
          });
          for (let at = 0, i = 0; at < wire.length; i += 1) {
            const size = reads[i % reads.length] ?? 1;
            reader.push(wire.subarray(at, at + size));
            at += size;
          }
          expect(found).toEqual(messages.map(({ text }) => text));
          expect(controls).toEqual(messages.flatMap(({ cuts }) => cuts.map(() => "?")));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses what no server may send", () => {
    const push = (bytes: Buffer) => () => new FrameReader(() => {}).push(bytes);
    expect(push(clientFrame(opcodes.text, Buffer.from("masked")))).toThrow("masked");
    expect(push(serverFrame(opcodes.continuation, Buffer.from("x")))).toThrow("continuation");
    expect(push(Buffer.from([0xc1, 0x00]))).toThrow("reserved");
  });
});
