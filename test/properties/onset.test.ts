import { describe, expect, it } from "vitest";
import { answerOf, backchannel, noise, play, saidAt, turn } from "../support/interruption-stage.ts";
import type { Stage } from "../support/interruption-stage.ts";
import { levelOf } from "../support/small-server.ts";

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

  it("[INT-3] is still a backchannel when the answer is over before the silence behind it has lasted", async () => {
    await play({ backchannels: "ignore" }, { words: () => text }, async (stage) => {
      stage.client.send("response.create");
      await stage.hear(8_400);
      await stage.hear(300, backchannel);
      await stage.hear(2_000);
      expect(starts(stage)).toEqual([]);
      expect(stage.count("response.created")).toBe(1);
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
