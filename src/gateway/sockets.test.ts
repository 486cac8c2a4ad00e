import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { describe, expect, it, vi } from "vitest";
import WebSocket from "ws";
import {
  bearer,
  closeOf,
  connectTo,
  openClient,
  refusalOf,
  startTestGateway,
  testKey,
} from "../../test/support/gateway.ts";
import { gatewayBounds } from "./gateway.ts";

describe("upgrade", () => {
  it("opens a session with model and traceparent, on both paths", async () => {
    const server = await startTestGateway();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await openClient(server, { headers: { ...bearer, traceparent } });
    const azure = connectTo(
      server,
      { headers: { "api-key": testKey } },
      "/openai/v1/realtime?model=a%2Fb&x=1",
    );
    await once(azure, "open");
    expect(server.sessions.map(({ request }) => request)).toEqual([
      { tenant: "default", model: "m", dialect: "ga", kind: "realtime", traceparent },
      { tenant: "default", model: "a/b", dialect: "ga", kind: "realtime" },
    ]);
  });

  it("hears which dialect and what kind of session is asked for", async () => {
    const server = await startTestGateway();
    const asked = { headers: { ...bearer, "openai-beta": "realtime=v1" } };
    await once(connectTo(server, asked, "/v1/realtime?intent=transcription"), "open");
    const browser = ["realtime", `openai-insecure-api-key.${testKey}`, "openai-beta.realtime-v1"];
    await once(new WebSocket(`${server.ws}/v1/realtime`, browser), "open");
    expect(server.sessions.map(({ request: { dialect, kind } }) => [dialect, kind])).toEqual([
      ["beta", "transcription"],
      ["beta", "realtime"],
    ]);
  });

  it("takes a browser's key from its subprotocols, answers realtime and never the key", async () => {
    const server = await startTestGateway();
    const client = new WebSocket(`${server.ws}/v1/realtime`, [
      "realtime",
      `openai-insecure-api-key.${testKey}`,
    ]);
    const [[response]] = (await Promise.all([once(client, "upgrade"), once(client, "open")])) as [
      [IncomingMessage],
      unknown,
    ];
    expect(client.protocol).toBe("realtime");
    expect(JSON.stringify(response.headers)).not.toContain(testKey);
    expect(server.sessions[0]?.request.model).toBe("");
  });

  it.each([
    ["no key", {}],
    ["a wrong key", { authorization: "Bearer wrong" }],
    ["a longer key", { authorization: `Bearer ${testKey}x` }],
    ["a wrong api-key", { "api-key": "wrong" }],
    ["another scheme", { authorization: `Basic ${testKey}` }],
  ])("refuses %s with 401", async (_, headers) => {
    const server = await startTestGateway();
    const { status, body } = await refusalOf(
      connectTo(server, { headers: headers as Record<string, string> }),
    );
    expect(status).toBe(401);
    expect(body).toMatchObject({
      error: { type: "invalid_request_error", code: "invalid_api_key", param: null },
    });
    expect(server.sessions).toHaveLength(0);
  });

  it("refuses a page of another site with 403, also with the key", async () => {
    const server = await startTestGateway();
    const { status } = await refusalOf(
      connectTo(server, { headers: bearer, origin: "https://evil.example" }),
    );
    expect(status).toBe(403);
    await openClient(server, { headers: bearer, origin: "http://localhost:5173" });
  });

  it("refuses with 503 and Retry-After at the bound of sessions, and takes the next one when there is room", async () => {
    const server = await startTestGateway({ maxSessions: 1 });
    const [first, session] = await openClient(server);
    const { status, headers, body } = await refusalOf(connectTo(server));
    expect(status).toBe(503);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(body).toMatchObject({ error: { type: "server_error", code: "server_full" } });
    first.close();
    await vi.waitFor(() => expect(session.closes).toBe(1));
    await openClient(server);
  });

  it("refuses with 503 when the sessions are full or the server is not ready", async () => {
    const full = await startTestGateway({ admit: () => "full" });
    expect((await refusalOf(connectTo(full))).status).toBe(503);
    const unready = await startTestGateway({ readiness: () => ["models are loading"] });
    expect((await refusalOf(connectTo(unready))).body).toMatchObject({ error: { code: "not_ready" } });
  });

  it("answers an upgrade elsewhere with 404", async () => {
    const server = await startTestGateway();
    expect((await refusalOf(connectTo(server, { headers: bearer }, "/v2/realtime"))).status).toBe(404);
  });

  it("outlives a failure of the session host", async () => {
    const server = await startTestGateway({
      admit: () => {
        throw new Error("no");
      },
    });
    expect((await refusalOf(connectTo(server))).status).toBe(500);
    expect((await fetch(`${server.http}/health`)).status).toBe(200);
  });
});

describe("frames", () => {
  it("hands over text and binary frames in order, as text", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    const frames = Array.from({ length: 200 }, (_, i) => `{"n":${i},"s":"é🙂"}`);
    for (const [i, frame] of frames.entries())
      client.send(i % 2 ? frame : Buffer.from(frame), { binary: i % 2 === 0 });
    await vi.waitFor(() => expect(session.frames).toHaveLength(200));
    expect(session.frames).toEqual(frames);
    const timed = Math.ceil(200 / 64);
    expect((await server.metrics.render()).text).toContain(`websocket_message_processing_count ${timed}\n`);
  });

  it("takes a frame of 21 MB and closes on one beyond the bound", async () => {
    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    client.send("x".repeat(21_000_000));
    await vi.waitFor(() => expect(session.frames[0]).toHaveLength(21_000_000), 5_000);
    client.on("error", () => {});
    client.send("x".repeat(gatewayBounds.frameBytesMax + 1));
    await closeOf(client);
    expect(session.frames).toHaveLength(1);
  });

  it("ends the connection, not the process, when the session throws", async () => {
    const server = await startTestGateway({
      onFrame: () => {
        throw new Error("broken");
      },
    });
    const [client, session] = await openClient(server);
    client.send("{}");
    expect(await closeOf(client)).toEqual([1011, "internal error"]);
    expect(session.closes).toBe(1);
    expect((await server.metrics.render()).text).toContain('errors_total{code="ERR_UNEXPECTED"} 1');
  });

  it("ends the connection when the session throws as it opens or closes", async () => {
    const opening = await startTestGateway({
      onOpen: () => {
        throw new Error("broken");
      },
    });
    expect(await closeOf(connectTo(opening))).toEqual([1011, "internal error"]);

    const server = await startTestGateway();
    const [client, session] = await openClient(server);
    session.closed = () => {
      throw new Error("broken");
    };
    client.close();
    await vi.waitFor(async () =>
      expect((await server.metrics.render()).text).toContain('errors_total{code="ERR_UNEXPECTED"} 1'),
    );
    expect((await server.metrics.render()).text).toContain("active_connections 0");
  });
});
