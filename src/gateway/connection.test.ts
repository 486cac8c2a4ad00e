import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import WebSocket from "ws";

import {
  closeOf,
  connectTo,
  openClient,
  rawPeer,
  startTestGateway,
  type RecordedSession,
} from "../../test/support/gateway.ts";
import type { ClientSocket, SessionHost } from "../actors/session/connection.ts";
import { systemClock } from "../lib/clock.ts";
import { defaultTenant, newSessionId } from "../lib/ids.ts";
import { Connection } from "./connection.ts";
import { gatewayBounds } from "./gateway.ts";

describe("the first moment", () => {
  function start(onOpen: (socket: ClientSocket) => void) {
    const sent: string[] = [];
    const peer = {
      send: (frame: unknown) => sent.push(String(frame)),
      cork: (work: () => void) => work(),
      getBufferedAmount: () => 0,
      end: (code?: number) => void sent.push(`close ${code}`),
      close: () => {},
      ping: () => 1,
    };
    let tick = () => {};
    const clock = { ...systemClock, after: (_: number, fn: () => void) => ((tick = fn), () => {}) };
    const session = { id: newSessionId(), receive: () => {}, drained: () => {}, closed: () => {} };
    const connection = new Connection(peer, gatewayBounds, clock);
    const host: SessionHost = {
      admit: () => "ok",
      open: (_, socket) => {
        onOpen(socket);
        return session;
      },
    };
    connection.opened(host, { tenant: defaultTenant, model: "", dialect: "ga", kind: "realtime" }, (work) =>
      work(),
    );
    return { sent, connection, tick: () => tick() };
  }

  it("holds frames for a later tick than the upgrade's answer, in order", () => {
    const { sent, connection, tick } = start((socket) => socket.send("first"));
    connection.send("second");
    expect(sent).toEqual([]);
    tick();
    connection.send("third");
    expect(sent).toEqual(["first", "second", "third"]);
  });

  it("holds few frames, and no large one", () => {
    const many = start(() => {});
    for (let i = 0; i < 100; i++) many.connection.send(`${i}`);
    expect(many.sent).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    const large = start((socket) => socket.send("small"));
    large.connection.send("x".repeat(gatewayBounds.behindBytes + 1));
    expect(large.sent).toHaveLength(2);
  });

  it("lets out what is held before it closes", () => {
    const { sent, tick } = start((socket) => {
      socket.send("why");
      socket.close(1008, "no");
    });
    tick();
    expect(sent).toEqual(["why", "close 1008"]);
  });
});

describe("what is sent together", () => {
  it("leaves in order, also when it is more than the library gathers, and when the client is closed in it", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    const got: number[] = [];
    client.on("message", (data: Buffer) => got.push(data.length));
    const closed = closeOf(client);
    session.socket.together(() => {
      for (let n = 1; n <= 9; n += 1) session.socket.send("x".repeat(n * 5_000));
      session.socket.close(1008, "enough");
      session.socket.send("late");
    });
    expect(await closed).toEqual([1008, "enough"]);
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * 5_000));
    session.socket.together(() => session.socket.send("later"));
  });
});

describe("closing", () => {
  it("closes once with a reason that fits, and is silent after", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    const closed = closeOf(client);
    session.socket.close(1008, "é".repeat(100));
    session.socket.close(1011, "again");
    expect(session.socket.send("late")).toBe("closed");
    expect(session.socket.bufferedBytes()).toBe(0);
    expect(await closed).toEqual([1008, "é".repeat(61)]);
    expect(session.closes).toBe(1);
  });

  it("tells a session that closes its socket while it opens", async () => {
    const server = await startTestGateway({
      onOpen: ({ socket }) => {
        socket.send("why");
        socket.close(1008, "no");
      },
    });
    const client = connectTo(server);
    const seen: string[] = [];
    client.on("message", (data) => seen.push((data as Buffer).toString()));
    expect(await closeOf(client)).toEqual([1008, "no"]);
    expect(seen).toEqual(["why"]);
    expect(server.sessions[0]?.closes).toBe(1);
  });

  it("closes every client with 1001 when the server stops, and frees the port", async () => {
    const port = await freePort();
    const server = await startTestGateway({ port });
    const clients = await Promise.all([openClient(server), openClient(server)]);
    for (const [client] of clients) client.send("x".repeat(1_000_000)); // unread input must not cost the close frame
    const closes = clients.map(([client]) => closeOf(client));
    await Promise.all([server.gateway.close(), server.gateway.close()]);
    expect(await Promise.all(closes)).toEqual(clients.map(() => [1001, "the server is stopping"]));
    expect(server.sessions.map(({ closes: n }) => n)).toEqual([1, 1]);
    await expect(fetch(`${server.http}/health`)).rejects.toThrow("fetch failed");
    await startTestGateway({ port });
  });
});

describe("dead and slow peers", () => {
  it("closes a peer that stops answering pings, and keeps one that answers", async () => {
    const server = await startTestGateway({ bounds: { pingEveryMs: 40 } });
    const [living, session] = await openClient(server);
    let pings = 0;
    living.on("ping", () => (pings += 1));
    const peer = rawPeer(server);
    await once(peer, "data");
    await once(peer, "close");
    await vi.waitFor(() => expect(server.sessions[1]?.closes).toBe(1));
    const seen = pings;
    await vi.waitFor(() => expect(pings).toBeGreaterThan(seen + 5));
    expect(session.closes).toBe(0);
    expect(living.readyState).toBe(WebSocket.OPEN);
  });

  it("says buffered when the client falls behind, and drained when it has caught up", async () => {
    const server = await startTestGateway({ bounds: { unreadBytesMax: 1e9 } });
    const [client, session] = await openClient(server);
    let received = 0;
    client.on("message", () => (received += 1));
    client.pause();
    const sent = sendUntil(session, "buffered");
    expect(session.socket.bufferedBytes()).toBeGreaterThan(gatewayBounds.behindBytes);
    expect(session.drains).toBe(0);
    client.resume();
    await vi.waitFor(() => expect(session.drains).toBe(1), 5_000);
    await vi.waitFor(() => expect(received).toBe(sent), 5_000);
    expect(session.socket.send("more")).toBe("sent");
  });

  it("closes a client that reads too slowly, with a bounded buffer and a reason", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    client.pause();
    sendUntil(session, "buffered");
    let most = 0;
    session.closed = () => (session.closes += 1);
    for (let i = 0; i < 100; i++) {
      most = Math.max(most, session.socket.bufferedBytes());
      if (session.socket.send("x".repeat(16_384)) === "closed") break;
    }
    expect(session.closes).toBe(1);
    expect(most).toBeLessThan(gatewayBounds.behindBytes + gatewayBounds.unreadBytesMax + 3 * 16_400);
    client.resume();
    expect(await closeOf(client)).toEqual([1013, "the client reads too slowly"]);
  });

  it("closes nobody for one large frame", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    client.pause();
    expect(session.socket.send("x".repeat(20_000_000))).toBe("buffered");
    expect(session.socket.send("small")).toBe("buffered");
    client.resume();
    await vi.waitFor(() => expect(session.drains).toBe(1), 5_000);
    expect(session.closes).toBe(0);
  });
});

/** Sends until the socket says so; the kernel takes some megabytes first.
 *  @returns frames sent */
function sendUntil({ socket }: RecordedSession, outcome: "buffered"): number {
  for (let sent = 1; sent < 10_000; sent++) {
    if (socket.send("x".repeat(16_384)) === outcome) return sent;
  }
  return expect.fail(`never ${outcome}`);
}

/** A port that is free now. Not port 0 twice: a port that the system chose cannot be listened on again at once. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
