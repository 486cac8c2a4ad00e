import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import WebSocket from "ws";
import { FakeClock } from "../../test/contracts/fake-clock.ts";
import { checkValue } from "../../test/support/event-types.ts";
import {
  bearer,
  openClient,
  refusalOf,
  connectTo,
  startTestGateway,
  testKey,
  type TestGateway,
  type TestGatewayOptions,
} from "../../test/support/gateway.ts";
import { defaultTenant } from "../lib/ids.ts";
import { ClientSecrets } from "./client-secrets.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly value: string;
    readonly expires_at: number;
    readonly session: Readonly<Record<string, unknown>>;
  };
}

async function post(
  server: TestGateway,
  body: unknown = {},
  headers: Record<string, string> = bearer,
  path = "/v1/realtime/client_secrets",
): Promise<Answer> {
  const response = await fetch(server.http + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer["body"],
  };
}

/** When the clock of these tests starts, ms. */
const at = new FakeClock().now();

async function start(options: TestGatewayOptions = {}): Promise<[TestGateway, FakeClock]> {
  const clock = new FakeClock();
  return [await startTestGateway({ clock, ...options }), clock];
}

describe("making a client secret", () => {
  it("answers with the value, its end, and the whole session in the published type", async () => {
    const [server] = await start();
    const { status, headers, body } = await post(server, {
      expires_after: { anchor: "created_at", seconds: 60 },
      session: {
        type: "realtime",
        model: "m",
        instructions: "Be brief.",
        audio: { output: { voice: "marin" } },
        something_new: true,
      },
    });
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({
      value: expect.stringMatching(/^ek_[\w-]{22}$/),
      expires_at: at / 1_000 + 60,
      session: {
        type: "realtime",
        object: "realtime.session",
        id: expect.stringMatching(/^sess_/),
        model: "m",
        instructions: "Be brief.",
        audio: {
          input: { format: { type: "audio/pcm", rate: 24_000 }, turn_detection: { type: "server_vad" } },
          output: { voice: "marin", speed: 1 },
        },
      },
    });
    expect(checkValue("realtime/client-secrets", "ClientSecretCreateResponse", body)).toEqual({
      errors: [],
      extraKeys: [],
    });
  }, 60_000);

  it("may be for a transcription session", async () => {
    const [server] = await start();
    const input = { transcription: { model: "any", language: "en" }, turn_detection: null };
    const session = { type: "transcription", audio: { input } };
    const { body } = await post(server, { session });
    expect(body.session).toEqual({
      type: "transcription",
      object: "realtime.transcription_session",
      id: expect.stringMatching(/^sess_/),
      audio: { input: { ...input, format: { type: "audio/pcm", rate: 24_000 } } },
    });
    expect(checkValue("realtime/client-secrets", "ClientSecretCreateResponse", body).errors).toEqual([]);
    await once(connectTo(server, { headers: { "api-key": body.value } }, "/v1/realtime?model=m"), "open");
    const opened = await vi.waitUntil(() => server.sessions[0]);
    expect(opened.request).toMatchObject({ kind: "transcription", session });
  }, 60_000);

  it("lasts ten minutes unless asked otherwise, and takes no body for an empty one", async () => {
    const [server] = await start();
    const { body } = await post(server, "");
    expect(body.expires_at).toBe(at / 1_000 + 600);
    expect(body.session).not.toHaveProperty("model");
  });

  it.each([
    [{ expires_after: { seconds: 9 } }, "expires_after.seconds"],
    [{ expires_after: { seconds: 7_201 } }, "expires_after.seconds"],
    [{ expires_after: { anchor: "now" } }, "expires_after.anchor"],
    [{ session: 7 }, "session"],
    [{ session: { type: "realtime", audio: { output: { speed: 9 } } } }, "session.audio.output.speed"],
    [{ session: { tools: [{ type: "function" }] } }, "session.tools[0].name"],
  ])("refuses %j and names the place", async (request, param) => {
    const [server] = await start();
    expect(await post(server, request)).toMatchObject({
      status: 400,
      body: { error: { type: "invalid_request_error", param, code: expect.any(String) } },
    });
  });

  const deep = `{"session":{"prompt":${'{"a":'.repeat(50_000)}1${"}".repeat(50_002)}`;
  it.each([
    ["{", "{"],
    ["[]", "[]"],
    ["null", "null"],
    ['"ek"', '"ek"'],
    ["too deep to be written out again", deep],
  ])("refuses a body that is %s", async (_name, text) => {
    const [server] = await start();
    const body = { error: { type: "invalid_request_error", code: "invalid_json", param: null } };
    expect(await post(server, text)).toMatchObject({ status: 400, body });
  });

  it("is for pages of allowed origins, too", async () => {
    const [server] = await start({ origins: ["https://app.example"] });
    const ask = (origin: string) =>
      fetch(`${server.http}/v1/realtime/client_secrets`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type,x-client-version",
        },
      });
    const welcome = await ask("https://app.example");
    expect(welcome.status).toBe(204);
    expect(welcome.headers.get("access-control-allow-methods")).toContain("POST");
    expect(welcome.headers.get("access-control-allow-headers")).toContain("x-client-version");
    expect((await ask("https://evil.example")).status).toBe(403);
  });

  it("answers other methods with the one that is served", async () => {
    const [server] = await start();
    const response = await fetch(`${server.http}/v1/realtime/client_secrets`, { headers: bearer });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });
});

describe("[KEY-1] a client secret", () => {
  it("opens sessions, however it is sent, until it expires", async () => {
    const [server, clock] = await start();
    const { body } = await post(server, { expires_after: { seconds: 10 } });
    const { value } = body;
    const ways = [
      { headers: { authorization: `Bearer ${value}` } },
      { headers: { "api-key": value } },
      { headers: {}, protocols: ["realtime", `openai-insecure-api-key.${value}`] },
    ];
    const connect = ({ headers, protocols = [] }: { headers: object; protocols?: string[] }) =>
      new WebSocket(`${server.ws}/v1/realtime?model=m`, protocols, { headers: { ...headers } });
    const open: WebSocket[] = [];
    for (const way of ways) {
      const client = connect(way);
      await once(client, "open");
      open.push(client);
    }
    expect(server.sessions.map(({ request }) => request.tenant)).toEqual(ways.map(() => defaultTenant));
    clock.advance(9_999);
    const last = connect(ways[0] ?? { headers: {} });
    await once(last, "open");
    clock.advance(1);
    for (const way of ways) {
      const refusal = await refusalOf(connect(way));
      expect(refusal).toMatchObject({ status: 401, body: { error: { code: "invalid_api_key" } } });
    }
    // [KEY-2] those that are open go on
    for (const [index, client] of open.entries()) {
      client.send("still here");
      await vi.waitFor(() => expect(server.sessions[index]?.frames).toEqual(["still here"]));
    }
  });

  it("makes no other secret and reads nothing", async () => {
    const [server, clock] = await start();
    const { value } = (await post(server)).body;
    const secret = { authorization: `Bearer ${value}` };
    const refused = { status: 403, body: { error: { code: "api_key_required" } } };
    expect(await post(server, {}, secret)).toMatchObject(refused);
    const read = await fetch(`${server.http}/v1/sessions/sess_1/items`, { headers: secret });
    expect(read.status).toBe(403);
    const metrics = await fetch(`${server.http}/metrics`, {
      headers: { ...secret, "x-forwarded-for": "203.0.113.9" },
    });
    expect(metrics.status).toBe(403);
    clock.advance(600_000);
    expect(await post(server, {}, secret)).toMatchObject({ status: 401 });
    expect(await post(server, {}, {})).toMatchObject({
      status: 401,
      body: { error: { type: "invalid_request_error", code: "invalid_api_key", param: null } },
    });
  });
});

describe("[KEY-2] a session that is opened with a client secret", () => {
  const session = { type: "realtime", model: "from-secret", instructions: "Be brief." };

  it("starts with the secret's session, and its model when the address names none", async () => {
    const [server] = await start();
    const { value } = (await post(server, { session }, { "api-key": testKey })).body;
    const options = { headers: { authorization: `Bearer ${value}` } };
    const asked = async (query: string) => {
      const known = server.sessions.length;
      await once(connectTo(server, options, `/v1/realtime${query}`), "open");
      return (await vi.waitUntil(() => server.sessions[known])).request;
    };
    expect(await asked("")).toMatchObject({ model: "from-secret", kind: "realtime", session });
    expect(await asked("?model=")).toMatchObject({ model: "from-secret" });
    expect(await asked("?model=other")).toMatchObject({ model: "other", session });
    expect(await asked("?intent=transcription")).toMatchObject({ kind: "realtime" });
  });

  it("is what the address asks for when the secret says nothing", async () => {
    const [server] = await start();
    const { value } = (await post(server)).body;
    const options = { headers: { authorization: `Bearer ${value}` } };
    await once(connectTo(server, options, "/v1/realtime?intent=transcription"), "open");
    const opened = await vi.waitUntil(() => server.sessions[0]);
    expect(opened.request).toMatchObject({ model: "", kind: "transcription" });
    expect(opened.request).not.toHaveProperty("session");
    const [, other] = await openClient(server);
    expect(other.request).not.toHaveProperty("session");
  });
});

describe("[KEY-3] secrets together", () => {
  it("are bounded: one more is refused with the time until there is room, and none is dropped", async () => {
    const secretBounds = { secretsMax: 2, sessionCharsMax: 1_000_000 };
    const [server, clock] = await start({ secretBounds });
    const short = await post(server, { expires_after: { seconds: 20 } });
    clock.advance(5_000);
    const long = await post(server);
    const refused = await post(server);
    expect(refused).toMatchObject({ status: 429, body: { error: { type: "rate_limit_error" } } });
    expect(refused.headers.get("retry-after")).toBe("15");
    for (const { body } of [short, long])
      await once(connectTo(server, { headers: { "api-key": body.value } }), "open");
    clock.advance(15_000);
    expect((await post(server)).status).toBe(200);
    expect((await post(server)).status).toBe(429);
    await once(connectTo(server, { headers: { "api-key": long.body.value } }), "open");
  });

  it("are bounded by the size of their sessions, which is free again when they have expired", () => {
    const clock = new FakeClock();
    const secrets = new ClientSecrets(clock, { secretsMax: 100, sessionCharsMax: 1_000 });
    const grant = { session: { instructions: "x".repeat(400) } };
    for (let round = 0; round < 3; round += 1) {
      const outcomes = [10, 20, 30].map((seconds) => secrets.create(defaultTenant, grant, seconds).outcome);
      expect(outcomes).toEqual(["created", "created", "full"]);
      clock.advance(30_000);
    }
  });
});
