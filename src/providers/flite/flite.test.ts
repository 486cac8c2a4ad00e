import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatSamples, peakOf, rmsOf } from "../../audio/pcm.ts";
import type { TtsChunk, TtsProvider } from "../tts.ts";
import { createFliteTts } from "./flite.ts";
import { flitePieces } from "./pieces.ts";

const request = (text: string, speed = 1, signal = new AbortController().signal) => ({
  text,
  voice: "",
  speed,
  signal,
});
async function chunksOf(speech: AsyncIterable<TtsChunk>): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const { pcm } of speech) chunks.push(pcm);
  return chunks;
}
const spoken = async (tts: TtsProvider, text: string, speed = 1): Promise<Int16Array> =>
  concatSamples(await chunksOf(tts.synthesize(request(text, speed))));

describe("flitePieces", () => {
  it("cuts at sentence ends and gives each its pause", () => {
    expect(flitePieces("Hello there. And then, well,")).toEqual([
      { text: "Hello there.", pauseMs: 250 },
      { text: "And then, well,", pauseMs: 120 },
    ]);
  });

  it("bounds what it gives at once", () => {
    const pieces = flitePieces(`${"word ".repeat(200)}${"x".repeat(900)}`);
    expect(Math.max(...pieces.map((piece) => piece.text.length))).toBeLessThanOrEqual(160);
    expect(
      pieces
        .map((piece) => piece.text)
        .join(" ")
        .match(/word/g),
    ).toHaveLength(200);
  });

  it.each(["", "🎉", "...", "- ' ,"])("has nothing to say for %j", (text) => {
    expect(flitePieces(text)).toEqual([]);
  });

  it("writes letters with marks plainly", () => {
    expect(flitePieces("Zoë’s café")).toEqual([{ text: "Zoe's cafe", pauseMs: 40 }]);
  });
});

describe("createFliteTts", () => {
  let tts: TtsProvider;
  beforeAll(async () => {
    tts = await createFliteTts({ requestsMax: 2 });
  }, 30_000);
  afterAll(() => tts.close());

  it("speaks in chunks of 20 to 120 ms, at the level of speech and never clipped", async () => {
    const chunks = await chunksOf(tts.synthesize(request("It costs $12.50, and it is worth it.")));
    expect(chunks.length).toBeGreaterThan(10);
    for (const chunk of chunks) {
      expect(chunk.length).toBeGreaterThanOrEqual(480);
      expect(chunk.length).toBeLessThanOrEqual(2_880);
    }
    const all = concatSamples(chunks);
    expect(peakOf(all)).toBeGreaterThan(0.1);
    expect(peakOf(all)).toBeLessThan(0.9);
    expect(rmsOf(all)).toBeGreaterThan(0.02);
    expect(rmsOf(all)).toBeLessThan(0.1);
  });

  it("gives the same samples for the same request", async () => {
    expect(await spoken(tts, "The same again.")).toEqual(await spoken(tts, "The same again."));
  });

  it("speaks slower when asked to", async () => {
    const [normal, slow] = [await spoken(tts, "One two three."), await spoken(tts, "One two three.", 0.5)];
    expect(slow.length / normal.length).toBeGreaterThan(1.7);
  });

  it("says nothing for what has no pronunciation", async () => {
    expect(await spoken(tts, "🎉 **")).toHaveLength(0);
    expect(await spoken(tts, "")).toHaveLength(0);
  });

  it("stops within a chunk when the request is aborted", async () => {
    const abort = new AbortController();
    let chunks = 0;
    const reading = (async () => {
      for await (const _ of tts.synthesize(
        request("A long sentence that goes on. ".repeat(20), 1, abort.signal),
      )) {
        if (++chunks === 2) abort.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(chunks).toBe(2);
  });

  it("refuses one request too many", async () => {
    const readers = [1, 2].map(() => tts.synthesize(request("Hello there."))[Symbol.asyncIterator]());
    await Promise.all(readers.map((reader) => reader.next()));
    await expect(spoken(tts, "Hello.")).rejects.toMatchObject({ code: "ERR_BUSY" });
    await Promise.all(readers.map(async (reader) => reader.return?.()));
    expect((await spoken(tts, "Hello.")).length).toBeGreaterThan(0);
  });
});
