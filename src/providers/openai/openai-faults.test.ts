import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import {
  delta,
  endpoint,
  failure,
  line,
  provider,
  read,
  refuses,
  request,
  streams,
} from "../../../test/support/chat-endpoint.ts";

describe("the openai provider, when things go wrong", () => {
  it.each([
    [429, "ERR_PROVIDER"],
    [500, "ERR_PROVIDER"],
    [503, "ERR_PROVIDER"],
    [400, "ERR_PROVIDER_REJECTED"],
    [401, "ERR_PROVIDER_REJECTED"],
    [404, "ERR_PROVIDER_REJECTED"],
  ])("answers status %i with %s, and quotes neither key nor conversation", async (status, code) => {
    const message = "bad key sk-secret in a private sentence";
    const { url, bodies } = await endpoint(refuses(status, { message, code: "some_code", type: "t" }));
    const error = await failure(provider(url));
    expect(error).toMatchObject({ code, message: `openai: the endpoint answered ${status} (some_code)` });
    expect((error as Error).cause).toBeUndefined();
    expect(bodies).toHaveLength(1); // trying again is not this provider's business
  });

  it.each(["max_tokens", "stream_options"])(
    "tries once more without %s when the endpoint refuses it, and remembers",
    async (name) => {
      const refusal = refuses(400, {
        message: `Unsupported parameter: '${name}'. Use another.`,
        param: name,
        code: "unsupported_parameter",
      });
      const { url, bodies } = await endpoint(refusal, streams(delta({ content: "x" }, "stop")));
      const llm = provider(url);
      for (let i = 0; i < 2; i += 1) await read(llm, request({ maxOutputTokens: 7 }));
      expect(bodies.map((body) => name in body)).toEqual([true, false, false]);
      expect(bodies.at(-1)).toMatchObject(
        name === "max_tokens" ? { max_completion_tokens: 7 } : { max_tokens: 7 },
      );
    },
  );

  it("gives up when the endpoint refuses both names of the limit", async () => {
    const { url, bodies } = await endpoint((response, body) => {
      const name = "max_tokens" in body ? "max_tokens" : "max_completion_tokens";
      void refuses(400, { message: `${name} is too large`, param: name })(response, body, undefined as never);
    });
    expect(await failure(provider(url), request({ maxOutputTokens: 7 }))).toMatchObject({
      code: "ERR_PROVIDER_REJECTED",
    });
    expect(bodies.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ["is cut", (response: ServerResponse) => response.destroy()],
    ["ends without a reason", (response: ServerResponse) => response.end()],
    ["brings a chunk that is no JSON", (response: ServerResponse) => response.end('data: {"choices": [\n\n')],
    ["brings a chunk that is no object", (response: ServerResponse) => response.end("data: 17\n\n")],
    [
      "brings an error",
      (response: ServerResponse) => response.end(line({ error: { message: "a private sentence" } })),
    ],
    [
      "brings a call without a name",
      (response: ServerResponse) => response.end(delta({ tool_calls: [{ index: 0, id: "a" }] })),
    ],
  ])("fails, retryable and without a quote, when the stream %s in mid-answer", async (_name, cut) => {
    const { url } = await endpoint((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(delta({ content: "Hel" }), () => cut(response));
    });
    const error = await failure(provider(url));
    expect(error).toMatchObject({ code: "ERR_PROVIDER", retryable: true });
    expect((error as Error).message).not.toContain("private");
  });

  it("fails, retryable, when nobody listens", async () => {
    expect(await failure(provider("http://127.0.0.1:1/v1"))).toMatchObject({ code: "ERR_PROVIDER" });
  });

  it.each(["firstChunkMsMax", "idleMsMax", "answerMsMax"] as const)(
    "fails with a timeout after %s",
    async (name) => {
      const { url } = await endpoint((response) => {
        if (name === "firstChunkMsMax") return;
        response.writeHead(200, { "content-type": "text/event-stream" });
        const write = (): boolean => response.write(delta({ content: "x" }));
        write();
        if (name === "answerMsMax") {
          const timer = setInterval(write, 5);
          response.on("close", () => clearInterval(timer));
        }
      });
      expect(await failure(provider(url, { timeouts: { [name]: 60 } }))).toMatchObject({
        code: "ERR_PROVIDER_TIMEOUT",
      });
    },
  );

  it("does not wait for token counts that never come", async () => {
    const { url } = await endpoint((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(delta({ content: "Hello" }, "stop"));
    });
    expect((await read(provider(url))).at(-1)).toMatchObject({ type: "end", reason: "stop" });
  });

  it("ends at once when the caller gives up, and hangs up", async () => {
    let hungUp: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (hungUp = resolve));
    const { url } = await endpoint((response) => {
      response.on("close", hungUp);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(delta({ content: "Hel" }));
    });
    const controller = new AbortController();
    const reading = (async () => {
      for await (const event of provider(url).generate(request({ signal: controller.signal }))) {
        if (event.type === "text") controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await closed;
    expect(await failure(provider(url), request({ signal: controller.signal }))).toMatchObject({
      code: "ERR_ABORTED",
    });
  });

  it("hangs up when the consumer leaves early", async () => {
    let hungUp: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (hungUp = resolve));
    const { url } = await endpoint((response) => {
      response.on("close", hungUp);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(delta({ content: "Hel" }));
    });
    for await (const event of provider(url).generate(request())) if (event.type === "text") break;
    await expect(closed).resolves.toBeUndefined();
  });

  it("does not continue an answer", async () => {
    expect(await failure(provider("http://127.0.0.1:1/v1"), request({ continueAfter: "Hel" }))).toMatchObject(
      {
        code: "ERR_CANNOT_CONTINUE",
      },
    );
  });
});
