import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlmRequest } from "../../src/providers/llm.ts";
import { levelOf, SmallServer } from "../support/small-server.ts";
import type { Client, Parts } from "../support/small-server.ts";
import type { Received } from "../support/log-before-event.ts";

/** What the recogniser makes of a level of sound. */
const saidAt: Readonly<Record<string, string>> = {
  "level 3": "",
  "level 5": "Uh-huh.",
  "level 7": "Tell me something else.",
};
const noise = 3_000;
const backchannel = 5_000;
const turn = 7_000;

/** An answer of so many words, in sentences of five. */
const answerOf = (words: number): string =>
  Array.from({ length: words }, (_, i) => `${i % 5 === 0 ? "W" : "w"}${i}${i % 5 === 4 ? "." : ""}`).join(
    " ",
  );

/** A client that plays what it is sent as it comes, and throws away what it has when it hears of speech. */
class Player {
  /** Of each item, ms: when its audio begins to be heard, and how much of it was sent. */
  readonly items = new Map<string, { begins: number; sentMs: number }>();
  playing: string | undefined;
  #endsAt = 0;
  readonly #now: () => number;
  readonly #onFlush: (item: string, playedMs: number) => void;

  constructor(now: () => number, onFlush: (item: string, playedMs: number) => void) {
    this.#now = now;
    this.#onFlush = onFlush;
  }

  take(event: Received): void {
    const now = this.#now();
    if (event.type === "response.output_audio.delta") {
      const id = String(event["item_id"]);
      const ms = Buffer.from(String(event["delta"]), "base64").length / 48;
      const item = this.items.get(id) ?? { begins: Math.max(now, this.#endsAt), sentMs: 0 };
      this.items.set(id, { ...item, sentMs: item.sentMs + ms });
      this.#endsAt = Math.max(now, this.#endsAt) + ms;
      this.playing = id;
    }
    if (event.type !== "input_audio_buffer.speech_started") return;
    const item = this.items.get(this.playing ?? "");
    if (item !== undefined && this.playing !== undefined && this.#endsAt > now)
      this.#onFlush(this.playing, Math.floor(item.sentMs - (this.#endsAt - now)));
    this.#endsAt = Math.min(this.#endsAt, now);
  }
}

interface Stage {
  readonly server: SmallServer;
  readonly client: Client;
  readonly asked: readonly LlmRequest[];
  /** ms that the player had played of each item that it threw away the rest of. */
  readonly cuts: readonly (readonly [string, number])[];
  /** The client sends sound of a level, in real time. */
  hear(ms: number, level?: number): Promise<void>;
  count(type: string): number;
}

async function play(
  interruption: object | null,
  parts: Parts & { readonly truncates?: boolean; readonly recognitionMs?: number },
  history: (stage: Stage) => Promise<void>,
): Promise<void> {
  const asked: LlmRequest[] = [];
  const server = new SmallServer({
    wordMs: 300,
    transcribe: async ({ audio }) => {
      await new Promise<void>((resolve) => void server.clock.after(parts.recognitionMs ?? 0, resolve));
      return saidAt[levelOf(audio)] ?? "";
    },
    beforeWords: async (request) => void asked.push(request),
    ...parts,
  });
  try {
    const client = server.open();
    const cuts: (readonly [string, number])[] = [];
    const player = new Player(
      () => server.clock.monotonic(),
      (item, ms) => {
        cuts.push([item, ms]);
        const audio_end_ms = ms;
        if (parts.truncates === true)
          client.send("conversation.item.truncate", { item_id: item, content_index: 0, audio_end_ms });
      },
    );
    client.onEvent = (event) => player.take(event);
    const input = { transcription: { model: "any" } };
    client.send("session.update", { session: { type: "realtime", interruption, audio: { input } } });
    await server.settle();
    await history({
      server,
      client,
      asked,
      cuts,
      hear: async (ms, level = 0) => {
        for (let at = 0; at < ms; at += 20) {
          client.append(20, level);
          await server.run(20, 20);
        }
      },
      count: (type) => client.of(type).length,
    });
    expect(client.codes()).toEqual([]);
    assertNothingStale(client);
  } finally {
    await server.end();
  }
}

/** [INT-1] After speech has begun there is no audio of an answer from before. */
function assertNothingStale(client: Client): void {
  const stale = new Set<string>();
  const begun = new Set<string>();
  for (const event of client.events) {
    if (event.type === "response.created") begun.add((event["response"] as { id: string }).id);
    if (event.type === "input_audio_buffer.speech_started") for (const id of begun) stale.add(id);
    if (event.type === "response.output_audio.delta")
      assert(!stale.has(String(event["response_id"])), "audio of an answer that was interrupted");
  }
}

/** What the conversation holds of the assistant's words, by item, as it is read back. */
async function spokenItems({ server, client }: Stage): Promise<ReadonlyMap<string, string>> {
  const ids = client
    .of("conversation.item.added")
    .map((event) => event["item"] as { id: string; role?: string })
    .filter(({ role }) => role === "assistant")
    .map(({ id }) => id);
  for (const item_id of ids) client.send("conversation.item.retrieve", { item_id });
  await server.run(20);
  const items = client
    .of("conversation.item.retrieved")
    .map((event) => event["item"] as { id: string; content: { transcript: string }[] });
  return new Map(items.map(({ id, content }) => [id, content[0]?.transcript ?? ""]));
}

const spokenWords = async (stage: Stage): Promise<readonly string[]> => [
  ...(await spokenItems(stage)).values(),
];

const wordsOf = (text: string): readonly string[] => text.match(/\S+/g) ?? [];

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

describe("speech while an answer is given", () => {
  const text = answerOf(30);
  const starts = (stage: Stage) =>
    stage.client.of("input_audio_buffer.speech_started").map((event) => Number(event["audio_start_ms"]));

  /** One answer that is done at once and played for nine seconds, and a sound in its midst. */
  async function during(stage: Stage, ms: number, level: number): Promise<void> {
    stage.client.send("response.create");
    await stage.hear(2_000);
    await stage.hear(ms, level);
    await stage.hear(1_200);
  }

  it.each([
    [300, 500, 0],
    [420, 500, 0],
    [700, 500, 1],
    [300, 200, 1],
    [300, 0, 1],
  ])("[INT-2] of %d ms where %d ms are the least", async (ms, min_speech_ms, interruptions) => {
    await play({ min_speech_ms }, { words: () => text }, async (stage) => {
      await during(stage, ms, turn);
      expect(starts(stage)).toHaveLength(interruptions);
      expect(stage.count("input_audio_buffer.committed")).toBe(interruptions);
      expect(stage.cuts).toHaveLength(interruptions);
      // announced late, but for what it is: from its beginning, with the padding
      for (const start of starts(stage)) {
        expect(start).toBeGreaterThanOrEqual(1_640);
        expect(start).toBeLessThanOrEqual(1_760);
      }
      for (const [, playedMs] of stage.cuts)
        expect(playedMs).toBeGreaterThanOrEqual(2_000 + min_speech_ms - 50);
    });
  });

  it("[INT-2] counts gaps for nothing, and speech that goes on behind them", async () => {
    await play({ min_speech_ms: 500 }, { words: () => text }, async (stage) => {
      stage.client.send("response.create");
      await stage.hear(1_000);
      for (let i = 0; i < 2; i += 1) {
        await stage.hear(220, turn);
        await stage.hear(300);
      }
      expect(starts(stage)).toEqual([]);
      await stage.hear(300, turn);
      expect(starts(stage)).toHaveLength(1);
      expect(starts(stage)[0]).toBeLessThanOrEqual(760);
    });
  });

  it.each([
    ["a backchannel", 400, backchannel, 0],
    ["a noise", 400, noise, 0],
    ["words", 400, turn, 1],
    ["a second of anything", 1_300, backchannel, 1],
  ])("[INT-3] is %s", async (_name, ms, level, interruptions) => {
    await play({ backchannels: "ignore" }, { words: () => text }, async (stage) => {
      await during(stage, ms, level);
      expect(starts(stage)).toHaveLength(interruptions);
      expect(stage.cuts).toHaveLength(interruptions);
      const items = stage.count("input_audio_buffer.committed");
      expect([items, stage.count("conversation.item.input_audio_transcription.completed")]).toEqual([
        interruptions,
        interruptions,
      ]);
      await stage.hear(8_000);
      expect(stage.count("response.created")).toBe(1 + interruptions);
    });
  });

  it("[INT-3] counts when nobody says in time what it was, or that cannot be said", async () => {
    const transcribe = (): Promise<string> => new Promise(() => {});
    await play({ backchannels: "ignore" }, { words: () => text, transcribe }, async (stage) => {
      await during(stage, 400, backchannel);
      expect(starts(stage)).toEqual([]);
      await stage.hear(1_500);
      expect(starts(stage)).toHaveLength(1);
      expect(stage.count("input_audio_buffer.speech_stopped")).toBe(1);
    });
    const failing = async (): Promise<string> => Promise.reject(new Error("no recogniser"));
    await play({ backchannels: "ignore" }, { words: () => text, transcribe: failing }, async (stage) => {
      await during(stage, 400, backchannel);
      expect(starts(stage)).toHaveLength(1);
    });
  });

  it("[INT-3] is one utterance with what is said before it is known what it was", async () => {
    let transcripts = 0;
    await play(
      { backchannels: "ignore" },
      {
        words: () => text,
        transcribe: async ({ audio, signal }) => {
          transcripts += 1;
          if (transcripts === 1) await new Promise((_, reject) => signal.addEventListener("abort", reject));
          return saidAt[levelOf(audio)] ?? "";
        },
        sttSlots: 2,
      },
      async (stage) => {
        stage.client.send("response.create");
        await stage.hear(1_000);
        await stage.hear(300, backchannel);
        await stage.hear(700);
        await stage.hear(800, turn);
        await stage.hear(700);
        expect(starts(stage)).toHaveLength(1);
        expect(starts(stage)[0]).toBeLessThanOrEqual(760);
      },
    );
  });

  it("[INT-3] is the client's to commit while it is not known what it was", async () => {
    let readings = 0;
    const transcribe = async (): Promise<string> => {
      readings += 1;
      return readings > 1 ? "Stop." : new Promise(() => {});
    };
    await play({ backchannels: "ignore" }, { words: () => text, transcribe, sttSlots: 2 }, async (stage) => {
      await during(stage, 300, backchannel);
      stage.client.send("input_audio_buffer.commit");
      await stage.hear(3_000);
      expect(starts(stage)).toEqual([]);
      expect(stage.count("input_audio_buffer.committed")).toBe(1);
      expect(stage.count("conversation.item.input_audio_transcription.completed")).toBe(1);
    });
  });

  it.each([{ min_speech_ms: 1_000 }, { backchannels: "ignore" }])(
    "[INT-4] is told of at once when no answer is given, with %j",
    async (interruption) => {
      await play(interruption, { words: () => answerOf(10) }, async (stage) => {
        await stage.hear(200, backchannel);
        expect(starts(stage)).toHaveLength(1);
        await stage.hear(700);
        expect(stage.count("response.done")).toBe(1);
        // three seconds are played; what is still being said when they are over counts
        await stage.hear(2_200);
        await stage.hear(200, backchannel);
        expect(starts(stage)).toHaveLength(1);
        await stage.hear(400, backchannel);
        expect(starts(stage)).toHaveLength(2);
        await stage.hear(700);
      });
    },
  );

  it("[INT-4] is the client's to commit or to clear, told of or not", async () => {
    await play({ backchannels: "ignore" }, { words: () => text }, async (stage) => {
      await during(stage, 0, 0);
      await stage.hear(300, turn);
      stage.client.send("input_audio_buffer.commit");
      await stage.hear(1_000);
      expect(starts(stage)).toEqual([]);
      expect(stage.count("input_audio_buffer.committed")).toBe(1);
      await stage.hear(300, turn);
      stage.client.send("input_audio_buffer.clear");
      await stage.hear(1_000);
      expect(starts(stage)).toEqual([]);
      expect(stage.count("input_audio_buffer.committed")).toBe(1);
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
