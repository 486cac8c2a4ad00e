import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerOf,
  backchannel,
  noise,
  play,
  spokenItems,
  spokenWords,
  turn,
  wordsOf,
} from "../support/interruption-stage.ts";
import type { Stage } from "../support/interruption-stage.ts";
import type { Client } from "../support/small-server.ts";

const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello?" }] };

const resume = { false_interruption: "resume" };

describe("an answer that is cut off for nothing", () => {
  it.each([
    ["that was done, but still being played", 12, {}],
    ["that was being spoken", 80, {}],
    ["that the model was still writing", 80, { tokenMs: 250 }],
  ] as const)("[INT-5] goes on at the word where it stopped: one %s", async (_name, words, parts) => {
    const text = answerOf(words);
    for (const truncates of [false, true]) {
      await play(resume, { words: () => text, truncates, ...parts }, async (stage) => {
        stage.client.send("response.create");
        await stage.hear(3_100);
        await stage.hear(300, noise);
        await stage.hear(900);
        expect(stage.count("input_audio_buffer.speech_started")).toBe(1);
        await stage.hear(200 + words * 350);
        expect(stage.count("response.created")).toBe(2);
        const said = await spokenWords(stage);
        expect(said).toHaveLength(2);
        expect(said.join(" ").trim()).toBe(text);
        const heard = wordsOf(said[0] ?? "").length;
        const [, playedMs] = stage.cuts[0] ?? ["", 0];
        expect(heard).toBe(Math.floor(playedMs / 300));
        expect(stage.count("conversation.item.truncated")).toBe(1);
        // the model is asked again only for what it had not written, and of nothing that was not said
        expect(stage.asked).toHaveLength("tokenMs" in parts ? 2 : 1);
        for (const { messages } of stage.asked) expect(messages).toEqual([]);
        stage.client.send("response.create");
        await stage.hear(400);
        expect(stage.asked.at(-1)?.messages).toEqual(said.map((one) => ({ role: "assistant", text: one })));
      });
    }
  });

  const text = answerOf(80);

  /** An answer is heard for a while, then there is a sound and silence after it. */
  async function interrupt(stage: Stage, level: number): Promise<void> {
    stage.client.send("response.create");
    await stage.hear(3_000);
    await stage.hear(300, level);
    await stage.hear(900);
  }

  it("[INT-5] goes on after a backchannel too, and after several noises", async () => {
    await play(resume, { words: () => text, recognitionMs: 700 }, async (stage) => {
      await interrupt(stage, backchannel);
      await stage.hear(200, noise);
      await stage.hear(900);
      await stage.hear(200, noise);
      await stage.hear(620);
      // one more before it is known what the last one was
      await stage.hear(200, noise);
      await stage.hear(25_000);
      const said = await spokenWords(stage);
      expect(said.join(" ").split(/\s+/).join(" ")).toBe(text);
      expect(stage.count("input_audio_buffer.speech_started")).toBe(4);
      expect(stage.asked).toHaveLength(1);
      stage.client.send("response.create");
      await stage.hear(100);
      expect(new Set(stage.asked.at(-1)?.messages.map(({ role }) => role))).toEqual(new Set(["assistant"]));
    });
  });

  it("[INT-5] is refused nothing of what its client then says it had played", async () => {
    await play(resume, { words: () => text }, async (stage) => {
      await interrupt(stage, noise);
      const [own] = stage.client.of("conversation.item.truncated");
      const endMs = Number(own?.["audio_end_ms"]);
      const item_id = own?.["item_id"];
      stage.client.send("conversation.item.truncate", {
        item_id,
        content_index: 0,
        audio_end_ms: endMs + 200,
      });
      await stage.hear(20);
      // the rest is being said from there: what was heard stays what it was
      expect(stage.client.of("conversation.item.truncated").map((event) => event["audio_end_ms"])).toEqual([
        endMs,
        endMs,
      ]);
    });
  });

  it.each([
    ["words", turn, () => {}],
    ["a message of the client", noise, (client: Client) => client.send("conversation.item.create", { item })],
    [
      "settings that have changed",
      noise,
      (client: Client) => client.send("session.update", { session: { interruption: null } }),
    ],
  ] as const)("[INT-5] is left for %s", async (_name, level, act) => {
    await play(resume, { words: () => text }, async (stage) => {
      stage.client.send("response.create");
      await stage.hear(3_000);
      await stage.hear(300, level);
      act(stage.client);
      await stage.hear(900);
      expect(stage.count("response.created")).toBe(2);
      expect(stage.asked).toHaveLength(2);
      expect(stage.asked[1]?.continueAfter).toBeUndefined();
    });
  });

  it("[INT-5] is left where the client creates the answers", async () => {
    await play(resume, { words: () => text }, async (stage) => {
      stage.client.configure({ turn_detection: { type: "server_vad", create_response: false } });
      stage.client.send("session.update", { session: { output_modalities: ["audio"] } });
      await interrupt(stage, noise);
      expect(stage.count("response.created")).toBe(1);
      stage.client.send("response.create");
      await stage.hear(100);
      expect(stage.asked).toHaveLength(2);
    });
  });

  it("[INT-1] [INT-6] is answered anew by a session without that setting", async () => {
    await play(null, { words: () => text }, async (stage) => {
      await interrupt(stage, noise);
      expect(stage.count("response.created")).toBe(2);
      expect(stage.asked).toHaveLength(2);
      expect(JSON.stringify(stage.asked[1]?.messages)).toContain("[unintelligible]");
      expect(stage.count("conversation.item.truncated")).toBe(0);
    });
  });
});

interface Sound {
  readonly quietMs: number;
  readonly ms: number;
  readonly level: number;
}

const sound = (levels: readonly number[]) =>
  fc.record({
    quietMs: fc.integer({ min: 0, max: 2_500 }),
    ms: fc.integer({ min: 60, max: 900 }),
    level: fc.constantFrom(...levels),
  });

const world = fc.record({
  interruption: fc.record({
    min_speech_ms: fc.constantFrom(0, 0, 250, 600),
    backchannels: fc.constantFrom("interrupt", "ignore"),
    false_interruption: fc.constant("resume"),
  }),
  words: fc.integer({ min: 1, max: 70 }),
  tokenMs: fc.constantFrom(undefined, 60, 200),
  truncates: fc.boolean(),
});

/** Plays an answer and the sounds that come in its midst, and waits until nobody says anything any more. */
const played = (
  { interruption, words, tokenMs, truncates }: Parameters<Parameters<typeof world.map>[0]>[0],
  sounds: readonly Sound[],
  check: (stage: Stage, text: string) => Promise<void> = async () => {},
) => {
  const text = answerOf(words);
  const parts = { words: () => text, truncates, ...(tokenMs !== undefined && { tokenMs }) };
  return play(interruption, parts, async (stage) => {
    stage.client.send("response.create");
    for (const { quietMs, ms, level } of sounds) {
      await stage.hear(quietMs);
      await stage.hear(ms, level);
    }
    await stage.hear(2_000 + words * (300 + (tokenMs ?? 0)));
    expect(stage.count("response.done")).toBe(stage.count("response.created"));
    await check(stage, text);
  });
};

describe("answers among sounds at any time", () => {
  it("[INT-1] are not heard after speech has begun", async () => {
    let interruptions = 0;
    const sounds = fc.array(sound([noise, backchannel, turn]), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(world, sounds, (given, some) =>
        played(given, some, async ({ cuts }) => void (interruptions += cuts.length)),
      ),
      { numRuns: 12, interruptAfterTimeLimit: 12_000 },
    );
    expect(interruptions).toBeGreaterThan(3);
  });

  it("[INT-5] are said whole, each word once, while nobody says anything", async () => {
    let resumed = 0;
    const sounds = fc.array(sound([noise, backchannel]), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(world, sounds, (given, some) =>
        played(given, some, async (stage, text) => {
          // a sound that cut nothing off, since all was heard or nothing known, is answered anew
          const [first, ...more] = stage.asked;
          const wentOn = more.filter(({ continueAfter }) => continueAfter === undefined);
          const starts = stage.count("input_audio_buffer.speech_started");
          assert(
            wentOn.length <= starts - stage.cuts.length,
            "an answer that was cut off is not gone back to",
          );
          if (wentOn.length > 0) return;
          resumed += stage.count("response.created") - 1;
          const items = await spokenItems(stage);
          assert.deepEqual([...items.values()].flatMap(wordsOf), wordsOf(text));
          for (const [id, playedMs] of stage.cuts)
            assert.equal(
              wordsOf(items.get(id) ?? "").length,
              Math.floor(playedMs / 300),
              "not what was heard",
            );
          for (const { messages } of more) assert.deepEqual(messages, first?.messages);
        }),
      ),
      { numRuns: 25, interruptAfterTimeLimit: 20_000 },
    );
    expect(resumed).toBeGreaterThan(5);
  });
});
