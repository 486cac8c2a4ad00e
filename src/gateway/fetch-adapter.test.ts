import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createFetchAdapter, type FetchHandler } from "./fetch-adapter.ts";
import { createApp, listen } from "./uws.ts";

async function serve(handler: FetchHandler) {
  const errors: unknown[] = [];
  const adapter = createFetchAdapter(handler, { bodyBytesMax: 8_000_000, onError: (e) => errors.push(e) });
  const app = createApp().any("/*", adapter.serve);
  const { port } = await listen(app, "127.0.0.1", 0);
  onTestFinished(() => void app.close());
  return { url: `http://127.0.0.1:${port}`, errors, adapter };
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("the fetch adapter", () => {
  it("hands over method, target, headers and the whole body, and the whole answer back", async () => {
    const seen: unknown[] = [];
    const { url } = await serve(async (request, peer) => {
      seen.push([request.method, new URL(request.url).search, request.headers.get("x-a"), peer]);
      return new Response(await request.arrayBuffer(), { status: 201, headers: { "x-b": "2" } });
    });
    const body = randomBytes(5_000_000);
    const response = await fetch(`${url}/p?q=%20`, { method: "PUT", headers: { "x-a": "1" }, body });
    expect(seen).toEqual([["PUT", "?q=%20", "1", { loopback: true }]]);
    expect([response.status, response.headers.get("x-b")]).toEqual([201, "2"]);
    expect(digest(new Uint8Array(await response.arrayBuffer()))).toBe(digest(body));
  });

  it.each([
    ["throws", () => Promise.reject(new Error("secret"))],
    [
      "answers with a body that fails",
      () => new Response(new ReadableStream({ pull: (stream) => stream.error(new Error("secret")) })),
    ],
  ])("answers 500 when the handler %s", async (_, handler) => {
    const { url, errors, adapter } = await serve(handler);
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
    expect(errors).toHaveLength(1);
    await adapter.idle();
  });

  it("tells the handler when the client has gone, and writes nothing more", async () => {
    let signal: AbortSignal | undefined;
    const { url, errors, adapter } = await serve(async (request) => {
      signal = request.signal;
      await new Promise((done) => request.signal.addEventListener("abort", done));
      return new Response("late");
    });
    const client = new AbortController();
    const left = fetch(url, { signal: client.signal }).catch(() => "left");
    await vi.waitFor(() => expect(signal).toBeDefined());
    client.abort();
    expect(await left).toBe("left");
    await adapter.idle();
    expect(errors).toEqual([]);
  });
});
