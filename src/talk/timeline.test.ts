import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

const frame = (level: number) => new Int16Array(480).fill(level);

/** Frames of 20 ms with these levels; frame i is sent at 1 000 + 20 i. */
function timelineOf(levels: readonly number[]): Timeline {
  const timeline = new Timeline();
  for (const [i, level] of levels.entries()) timeline.sent(frame(level), 1_000 + 20 * i);
  return timeline;
}

describe("Timeline", () => {
  it("finds the last loud frame before the silence that ended the turn, and no breath in it", () => {
    const timeline = timelineOf([0, 8_000, 8_000, 100, 0, 4_000, 0]);
    expect(timeline.endOfSpeech(0, 140, 60)).toBe(1_040);
  });

  it("takes the last frame of a turn in which nothing is loud", () => {
    const timeline = timelineOf([8_000, 0, 10, 10, 0, 0]);
    expect(timeline.endOfSpeech(40, 120, 40)).toBe(1_060);
  });

  it("keeps to what was sent", () => {
    const timeline = timelineOf([8_000, 8_000]);
    expect(timeline.endOfSpeech(0, 10_000, 500)).toBe(1_020);
    expect(timeline.endOfSpeech(5_000, 6_000, 500)).toBeUndefined();
    expect(new Timeline().endOfSpeech(0, 100, 50)).toBeUndefined();
  });

  it("remembers five minutes", () => {
    const timeline = timelineOf(Array.from<number>({ length: 15_002 }).fill(1_000));
    expect(timeline.endOfSpeech(0, 40, 0)).toBeUndefined();
    expect(timeline.endOfSpeech(0, 300_040, 0)).toBe(1_000 + 20 * 15_001);
  });
});
