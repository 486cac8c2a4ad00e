import { describe, expect, it } from "vitest";
import { AnswerCheck, answerAudio, answerBytes, answerMs, firstAudioMs } from "./contract.ts";

/** Hands over audio as deltas of `chunkBytes`. */
function checked(answer: number, audio: Buffer, chunkBytes = 4_800): AnswerCheck {
  const check = new AnswerCheck(answer);
  for (let at = 0; at < audio.length; at += chunkBytes) {
    check.take(Buffer.from(audio.subarray(at, at + chunkBytes).toString("base64"), "latin1"));
  }
  return check;
}

const outcome = ({ whole, bytes, staleBytes, wrongBytes }: AnswerCheck) => ({
  whole,
  bytes,
  staleBytes,
  wrongBytes,
});

describe("the check of an answer", () => {
  it("expects 6 s of audio, the first of it 125 ms after the end of the turn", () => {
    expect([answerMs, answerBytes, firstAudioMs]).toEqual([6_000, 288_000, 125]);
  });

  it.each([
    ["in the provider's chunks", 4_800, 1],
    ["the other way up", 4_800, -1],
    ["in chunks that end within a wave", 1_234, 1],
    ["in one piece", answerBytes, -1],
  ] as const)("takes the whole answer %s", (_how, chunkBytes, polarity) => {
    for (const answer of [0, 7, 255, 256]) {
      const check = checked(answer, answerAudio(answer, answerMs, polarity), chunkBytes);
      expect(outcome(check)).toEqual({ whole: true, bytes: answerBytes, staleBytes: 0, wrongBytes: 0 });
    }
  });

  it("counts the bytes of another answer as stale, wherever they are", () => {
    const audio = answerAudio(3, answerMs);
    answerAudio(2, 100).copy(audio, 9_600);
    answerAudio(4, 1).copy(audio, 100_032);
    expect(outcome(checked(3, audio))).toEqual({
      whole: false,
      bytes: answerBytes,
      staleBytes: 4_848,
      wrongBytes: 0,
    });
  });

  it("counts bytes of no answer, and such that are out of order, as wrong", () => {
    const audio = answerAudio(0, answerMs);
    audio.writeInt16LE(5, 5_000);
    const noise = checked(0, audio);
    expect(outcome(noise)).toMatchObject({ whole: false, staleBytes: 0, wrongBytes: 2 });
    // 24 samples are missing: everything behind them is half a wave off
    const shifted = Buffer.concat([audio.subarray(0, 4_800), audio.subarray(4_848, 9_600)]);
    expect(checked(0, shifted).wrongBytes).toBe(4_752);
    // a chunk that would be right in its place, half a wave too early
    const early = checked(0, audio.subarray(0, 4_752));
    early.take(Buffer.from(audio.subarray(0, 4_800).toString("base64"), "latin1"));
    expect(early).toMatchObject({ bytes: 9_552, wrongBytes: 4_800 });
  });

  it("does not take less or more than the answer for the whole", () => {
    const audio = answerAudio(1, answerMs);
    expect(checked(1, audio.subarray(0, -4_800)).whole).toBe(false);
    expect(checked(1, Buffer.concat([audio, audio.subarray(0, 4_800)])).whole).toBe(false);
  });
});
