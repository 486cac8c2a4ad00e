import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { bearer, startTestGateway, testKey, type TestGateway } from "../../test/support/gateway.ts";
import { ParleyError } from "../lib/errors.ts";
import type { ItemId, SessionId, TenantId } from "../lib/ids.ts";
import type { PageRequest, Store, StoredItem } from "../persistence/store.ts";

type ReadStore = Pick<Store, "session" | "items">;

const known = "sess_known" as SessionId;

function storeOf(count: number, asked: PageRequest[] = []): ReadStore {
  const items = Array.from({ length: count }, (_, i): StoredItem => {
    const id = `item_${count - i}` as ItemId;
    const content = [{ type: "input_text", text: "hello" }] as const;
    const item = {
      id,
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "completed",
      content,
    } as const;
    return { item, n: count - i, at: 1_000 };
  });
  return {
    session: async (tenant: TenantId, id: SessionId) =>
      id === known ? { id, tenant, model: "m", openedAt: 1, updatedAt: 2 } : undefined,
    items: async (_tenant, _session, page) => {
      asked.push(page);
      const start = page.before === undefined ? 0 : Number(page.before);
      if (Number.isNaN(start)) throw new ParleyError("ERR_BAD_INPUT", "not a cursor");
      const end = start + page.limit;
      return { entries: items.slice(start, end), ...(end < count && { next: `${end}` }) };
    },
  };
}

async function get(server: TestGateway, path: string, init: RequestInit = { headers: bearer }) {
  const response = await fetch(server.http + path, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}

const failing = (error: Error): ReadStore => ({ ...storeOf(0), session: () => Promise.reject(error) });

describe("items of a session", () => {
  it("are listed newest first, page by page", async () => {
    const server = await startTestGateway({ store: storeOf(5) });
    const seen: string[] = [];
    let next: string | undefined = "";
    for (let pages = 0; next !== undefined && pages < 10; pages++) {
      const before: string = next === "" ? "" : `&before=${next}`;
      const { body } = await get(server, `/v1/sessions/${known}/items?limit=2${before}`);
      const page = body as {
        object: string;
        data: { id: string }[];
        has_more: boolean;
        next_cursor?: string;
      };
      expect(page.object).toBe("list");
      expect(page.has_more).toBe(page.next_cursor !== undefined);
      seen.push(...page.data.map(({ id }) => id));
      next = page.next_cursor;
    }
    expect(seen).toEqual(["item_5", "item_4", "item_3", "item_2", "item_1"]);
  });

  it("come twenty at a time unless asked otherwise", async () => {
    const asked: PageRequest[] = [];
    const server = await startTestGateway({ store: storeOf(0, asked) });
    await get(server, `/v1/sessions/${known}/items`);
    expect(asked).toEqual([{ limit: 20 }]);
  });

  it.each(["0", "101", "-1", "1.5", "", "ten"])("refuse limit %j", async (limit) => {
    const server = await startTestGateway({ store: storeOf(1) });
    const { status, body } = await get(server, `/v1/sessions/${known}/items?limit=${limit}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { type: "invalid_request_error", param: "limit" } });
  });

  it("refuse a cursor that the store did not make, an unknown session, and a caller without the key", async () => {
    const server = await startTestGateway({ store: storeOf(1) });
    const path = `/v1/sessions/${known}/items`;
    expect(await get(server, `${path}?before=x`)).toMatchObject({
      status: 400,
      body: { error: { param: "before" } },
    });
    expect(await get(server, "/v1/sessions/sess_other/items")).toMatchObject({ status: 404 });
    expect(await get(server, path, {})).toMatchObject({
      status: 401,
      body: { error: { code: "invalid_api_key" } },
    });
    expect(await get(server, path, { headers: { "api-key": testKey } })).toMatchObject({ status: 200 });
  });

  it("answer 503 while the store is away, and 500 without a word of the cause for what nobody foresaw", async () => {
    const away = await startTestGateway({ store: failing(new ParleyError("ERR_STORE", "disk")) });
    const unavailable = await get(away, `/v1/sessions/${known}/items`);
    expect(unavailable.status).toBe(503);
    expect(unavailable.headers.has("retry-after")).toBe(true);
    expect((await away.metrics.render()).text).toContain('errors_total{code="ERR_STORE"} 1');

    const broken = await startTestGateway({ store: failing(new Error("secret detail")) });
    const { status, body } = await get(broken, `/v1/sessions/${known}/items`);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(await get(broken, "/health")).toMatchObject({ status: 200 });
  });
});

describe("health, readiness, metrics", () => {
  it("says alive always, ready only without reasons against it", async () => {
    let reasons: string[] = [];
    const server = await startTestGateway({ readiness: () => reasons });
    expect(await get(server, "/ready", {})).toMatchObject({ status: 200, body: { status: "ready" } });
    reasons = ["models are loading"];
    expect(await get(server, "/ready", {})).toMatchObject({ status: 503, body: { reasons } });
    expect(await get(server, "/health", {})).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  it("shows metrics on this machine without a key, but not through a proxy", async () => {
    const server = await startTestGateway();
    await get(server, "/nowhere/1");
    const text = await (await fetch(`${server.http}/metrics`)).text();
    expect(text).toContain('requests_total{route="other",method="GET",status="404"} 1');
    expect(text).toContain("active_connections 0");
    const proxied = { headers: { "x-forwarded-for": "203.0.113.9" } };
    expect((await fetch(`${server.http}/metrics`, proxied)).status).toBe(401);
    const withKey = { headers: { ...proxied.headers, ...bearer } };
    expect((await fetch(`${server.http}/metrics`, withKey)).status).toBe(200);
    const { text: after } = await server.metrics.render();
    expect(after).toContain('requests_total{route="/metrics",method="GET",status="401"} 1');
  });
});

describe("what is not served", () => {
  it("is answered in the shape of the API", async () => {
    const server = await startTestGateway({ store: storeOf(1) });
    expect(await get(server, "/v1/nothing")).toMatchObject({
      status: 404,
      body: { error: { code: "unknown_url" } },
    });
    expect(await get(server, "//elsewhere.example/%zz")).toMatchObject({ status: 404 });
    expect(await get(server, "/v1/realtime")).toMatchObject({ status: 426 });
    const post = await get(server, `/v1/sessions/${known}/items`, {
      method: "POST",
      headers: bearer,
      body: "{}",
    });
    expect(post).toMatchObject({ status: 405, body: { error: { code: "method_not_allowed" } } });
    expect(post.headers.get("allow")).toBe("GET, HEAD");
  });
});

describe("pages of other sites", () => {
  it("are refused, whatever key they hold; welcome ones may read", async () => {
    const server = await startTestGateway({ store: storeOf(1), origins: ["https://app.example"] });
    const path = `/v1/sessions/${known}/items`;
    const from = (origin: string) => get(server, path, { headers: { ...bearer, origin } });
    expect((await from("https://evil.example")).status).toBe(403);
    expect((await from("http://localhost")).status).toBe(403);
    const welcome = await from("https://app.example");
    expect(welcome.status).toBe(200);
    expect(welcome.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const preflight = await fetch(server.http + path, {
      method: "OPTIONS",
      headers: { origin: "https://app.example", "access-control-request-method": "GET" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  });
});

describe("HTTP on the socket", () => {
  it("answers HEAD without a body and goes on with the next request of the connection", async () => {
    const server = await startTestGateway();
    const text = await raw(
      server,
      "HEAD /health HTTP/1.1\r\nhost: a\r\n\r\nGET /ready HTTP/1.1\r\nhost: a\r\n\r\n",
      "ready",
    );
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text.slice(0, text.indexOf("HTTP/1.1", 1))).toMatch(/\r\n\r\n$/);
  });

  it.each(["known", "chunked"])("refuses a body beyond the bound (%s length)", async (kind) => {
    const server = await startTestGateway({ bounds: { bodyBytesMax: 1_000 } });
    const part = "x".repeat(600);
    const body =
      kind === "known"
        ? `content-length: 1200\r\n\r\n`
        : `transfer-encoding: chunked\r\n\r\n258\r\n${part}\r\n258\r\n${part}\r\n`;
    const text = await raw(server, `POST /v1/nothing HTTP/1.1\r\nhost: a\r\n${body}`, "request_too_large");
    expect(text).toContain("HTTP/1.1 413");
  });

  it("refuses what fetch does not know", async () => {
    const server = await startTestGateway();
    expect(await raw(server, "TRACE /health HTTP/1.1\r\nhost: a\r\n\r\n", "invalid_request")).toContain(
      "400",
    );
  });

  it("survives clients that leave before the answer, and finishes answers when it stops", async () => {
    const answers: (() => void)[] = [];
    const session = () => new Promise<undefined>((done) => answers.push(() => done(undefined)));
    const server = await startTestGateway({ store: { ...storeOf(1), session } });
    const path = `/v1/sessions/${known}/items`;
    const leaver = new AbortController();
    const left = fetch(server.http + path, { headers: bearer, signal: leaver.signal }).catch(() => "left");
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    leaver.abort();
    expect(await left).toBe("left");
    answers[0]?.();
    const waiting = get(server, path);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    const closed = server.gateway.close();
    await setTimeout(50); // time in which a server that does not wait would have gone
    answers[1]?.();
    expect((await waiting).status).toBe(404);
    await closed;
  });
});

/** Sends bytes and reads until the text has come. */
async function raw(server: TestGateway, bytes: string, until: string): Promise<string> {
  const socket = connect(server.gateway.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  await once(socket, "connect");
  socket.write(bytes);
  await vi.waitFor(() => expect(text).toContain(until));
  socket.destroy();
  return text;
}
