import { describe, expect, it } from "vitest";
import type { LlmRequest } from "../../src/providers/llm.ts";
import { SmallServer, outcomes, transcripts } from "../support/small-server.ts";
import type { Client } from "../support/small-server.ts";

const timeoutMs = 5_000;
/** Longer than the six words that each answer of these tests has, of 500 ms each. */
const answerMs = 3_000;
const thinkingMs = 1_200;

const detection = { type: "server_vad", idle_timeout_ms: timeoutMs };

/** Plays one history on a server of its own. */
async function play(
  history: (server: SmallServer, client: Client) => Promise<void>,
  asked: LlmRequest[] = [],
  fail: (request: LlmRequest) => Promise<void> = async () => {},
) {
  const server = new SmallServer({
    words: () => "One two three. Four five six.",
    wordMs: answerMs / 6,
    beforeWords: async (request) => {
      await fail(request);
      // every answer but the first takes its time
      if (asked.push(request) > 1)
        await new Promise<void>((resolve) => void server.clock.after(thinkingMs, resolve));
    },
  });
  try {
    const client = server.open();
    client.send("session.update", {
      session: {
        type: "realtime",
        audio: { input: { transcription: { model: "any" }, turn_detection: detection } },
      },
    });
    await server.settle();
    await history(server, client);
  } finally {
    await server.end();
  }
}

/** The client goes on sending silence in real time. */
async function listen(server: SmallServer, client: Client, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 100) {
    client.append(100, 0);
    await server.run(100, 100);
  }
}

async function greet(server: SmallServer, client: Client): Promise<void> {
  client.send("response.create");
  await server.settle();
  expect(client.of("response.done")).toHaveLength(1);
}

const fired = (client: Client) => client.of("input_audio_buffer.timeout_triggered");

describe("the idle timeout", () => {
  it("[IDL-1] makes an item of the silence, and answers it, so long after the answer was heard", async () => {
    const asked: LlmRequest[] = [];
    await play(async (server, client) => {
      await greet(server, client);
      await listen(server, client, answerMs + timeoutMs - 200);
      expect(fired(client)).toEqual([]);
      await listen(server, client, 300);
      const [event] = fired(client);
      expect(Number(event?.["audio_start_ms"])).toBeGreaterThanOrEqual(answerMs - 100);
      expect(Number(event?.["audio_start_ms"])).toBeLessThanOrEqual(answerMs + 200);
      expect(Number(event?.["audio_end_ms"]) - Number(event?.["audio_start_ms"])).toBe(timeoutMs);
      const item = event?.["item_id"];
      const types = client.events
        .slice(client.events.findIndex((one) => one === event))
        .map(({ type }) => type);
      expect(types.slice(0, 5)).toEqual([
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
      ]);
      expect(client.of("input_audio_buffer.committed").map((one) => one["item_id"])).toEqual([item]);
      expect(transcripts(client)).toEqual([[item, ""]]);
      expect(client.of("response.created")).toHaveLength(2);
      expect(server.published.some((id) => id.includes(String(item)))).toBe(false);
      // the answer that comes of it is waited after like any other
      await listen(server, client, thinkingMs + answerMs + timeoutMs + 200);
      expect(fired(client)).toHaveLength(2);
    }, asked);
    const [, idle] = asked;
    expect(idle?.messages.map(({ role }) => role)).toEqual(["assistant", "system"]);
    expect(JSON.stringify(idle?.messages.at(-1))).toContain("silent for 5 seconds");
    // told for that answer alone, and the silence is nothing that was said
    expect(asked[2]?.messages.map(({ role }) => role)).toEqual(["assistant", "assistant", "system"]);
  });

  it.each<readonly [string, (client: Client) => void]>([
    ["speech", (client) => client.speak(900, 8_000)],
    ["a response", (client) => client.send("response.create")],
    ["a commit", (client) => client.send("input_audio_buffer.commit")],
    ["a clear", (client) => client.send("input_audio_buffer.clear")],
    [
      "an item",
      (client) =>
        client.send("conversation.item.create", {
          item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello?" }] },
        }),
    ],
    ["other turn detection", (client) => client.configure({ turn_detection: { type: "semantic_vad" } })],
  ])("[IDL-1] does not come after %s", async (_name, act) => {
    await play(async (server, client) => {
      await greet(server, client);
      await listen(server, client, answerMs + timeoutMs - 500);
      act(client);
      await listen(server, client, 1_000);
      expect(fired(client)).toEqual([]);
    });
  });

  it.each<readonly [string, string, (request: LlmRequest) => Promise<void>]>([
    ["failed", "failed", async () => Promise.reject(new Error("the model fails"))],
    [
      "never came",
      "incomplete",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)),
    ],
  ])(
    "[IDL-1] does not come after an answer that %s, but after the next one",
    async (_name, outcome, fail) => {
      let failing = false;
      await play(
        async (server, client) => {
          await greet(server, client);
          failing = true;
          await listen(server, client, answerMs + timeoutMs + 300);
          expect(fired(client)).toHaveLength(1);
          await listen(server, client, 4 * timeoutMs);
          expect(outcomes(client)).toEqual(["completed", outcome]);
          expect(fired(client)).toHaveLength(1);
          failing = false;
          client.send("response.create");
          await listen(server, client, thinkingMs + answerMs + timeoutMs + 300);
          expect(outcomes(client).slice(0, 3)).toEqual(["completed", outcome, "completed"]);
          expect(fired(client)).toHaveLength(2);
        },
        [],
        async (request) => (failing ? fail(request) : undefined),
      );
    },
  );

  it("[IDL-1] waits while the client sends no audio: that is no silence", async () => {
    await play(async (server, client) => {
      await greet(server, client);
      await server.run(answerMs + 3 * timeoutMs, 100);
      expect(fired(client)).toEqual([]);
      await listen(server, client, timeoutMs + 200);
      expect(fired(client)).toHaveLength(1);
    });
  });

  it("[IDL-1] answers nothing by itself where the client creates the answers", async () => {
    await play(async (server, client) => {
      client.configure({ turn_detection: { ...detection, create_response: false } });
      await greet(server, client);
      await listen(server, client, timeoutMs + 300);
      expect(fired(client)).toHaveLength(1);
      expect(client.of("response.created")).toHaveLength(1);
    });
  });
});
