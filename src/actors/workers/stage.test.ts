import { describe, expect, it } from "vitest";
import { defaultTenant, newRunId } from "../../lib/ids.ts";
import type { ResponseId, SessionId } from "../../lib/ids.ts";
import type { Out, TtsJob } from "../../protocol/wire.ts";
import type { TtsChunk, TtsProvider } from "../../providers/tts.ts";
import { ttsStage } from "./stage.ts";

const job: TtsJob = {
  type: "tts",
  tenant: defaultTenant,
  session: "sess_1" as SessionId,
  epoch: 1,
  turn: "resp_1",
  at: 0,
  response: "resp_1" as ResponseId,
  segment: 2,
  text: "One two three.",
  voice: "",
  speed: 1,
};

const voiceOf = (chunks: readonly TtsChunk[]): TtsProvider => ({
  name: "voice",
  repeatable: true,
  async *synthesize() {
    yield* chunks;
  },
  close: async () => {},
});

async function published(chunks: readonly TtsChunk[], offset: number): Promise<Out[]> {
  const outs: Out[] = [];
  const { signal } = new AbortController();
  const from = { answer: "go", offset } as const;
  const run = { job, run: newRunId(), from, signal, publish: (out: Out) => void outs.push(out) };
  await ttsStage(voiceOf(chunks)).execute(run, () => {});
  return outs;
}

const chunk = (...marks: TtsChunk["marks"] & {}): TtsChunk => ({ pcm: new Int16Array(100), marks });
const one = { chars: 3, samples: 90 };
const two = { chars: 7, samples: 190 };
const three = { chars: 14, samples: 280 };

describe("ttsStage", () => {
  it("sends the ends of words with the audio, and says that there are none yet", async () => {
    expect(await published([chunk(), chunk(one, two), chunk(three)], 0)).toMatchObject([
      { type: "tts.audio", offset: 0, marks: [] },
      { type: "tts.audio", offset: 100, marks: [one, two] },
      { type: "tts.audio", offset: 200, marks: [three] },
      { type: "tts.done", length: 300 },
    ]);
  });

  it("tells what an earlier run may not have told, when it goes on in the midst of a segment", async () => {
    const outs = await published([chunk(one), chunk(two), chunk(three)], 150);
    expect(outs).toMatchObject([
      { type: "tts.audio", offset: 150, marks: [one, two] },
      { type: "tts.audio", offset: 200, marks: [three] },
      { type: "tts.done", length: 300 },
    ]);
    expect(outs[0]).toMatchObject({ pcm: { length: 100 } });
  });

  it("says nothing of words where the voice does not", async () => {
    const outs = await published([{ pcm: new Int16Array(100) }], 0);
    expect(outs[0]).not.toHaveProperty("marks");
  });
});
