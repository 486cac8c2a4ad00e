import { describe, expect, it } from "vitest";
import { endedAt, heardMore, newProvisional, paused, verdictOn, withWords } from "./provisional.ts";

const guard = (minSpeechMs: number, ignoresBackchannels: boolean) => ({ minSpeechMs, ignoresBackchannels });

describe("speech that began while an answer was given", () => {
  it("counts from its least length on, and is noise when it ends before", () => {
    const short = newProvisional(guard(300, false), 64);
    expect(verdictOn(short, true)).toBeUndefined();
    expect(verdictOn(endedAt(short, 10, 20), true)).toBe("noise");
    expect(verdictOn(heardMore(short, 235), true)).toBeUndefined();
    expect(verdictOn(heardMore(short, 236), true)).toBe("turn");
    expect(verdictOn(newProvisional(guard(0, false), 1), true)).toBe("turn");
  });

  it("counts at once when the answer is over, but not once it has ended itself", () => {
    const short = newProvisional(guard(300, true), 64);
    expect(verdictOn(short, false)).toBe("turn");
    expect(verdictOn(endedAt(short, 10, 20), false)).toBe("noise");
  });

  const speech = newProvisional(guard(200, true), 400);

  it("waits for its words where a backchannel is none, if it is short", () => {
    expect(verdictOn(speech, true)).toBeUndefined();
    expect(verdictOn(paused(speech, 10), true)).toBeUndefined();
    expect(verdictOn(endedAt(speech, 10, 20), true)).toBeUndefined();
    expect(verdictOn(heardMore(speech, 600), true)).toBe("turn");
  });

  it.each([
    ["Stop.", "turn", "turn"],
    [undefined, "turn", "turn"],
    ["Uh-huh.", undefined, "noise"],
    ["", undefined, "noise"],
  ] as const)("said %j in a pause is %s, and at the end %s", (text, inPause, atEnd) => {
    const said = withWords(paused(speech, 10), 10, text);
    expect(verdictOn(said, true)).toBe(inPause);
    expect(verdictOn(endedAt(said, 10, 20), true)).toBe(atEnd);
    // of an end that is another than the pause's, the words are not known yet
    expect(verdictOn(endedAt(said, 11, 20), true)).toBeUndefined();
  });

  it("counts not because the answer is over when its words say nothing, unless it goes on", () => {
    const nothing = withWords(paused(speech, 10), 10, "Uh-huh.");
    expect(verdictOn(nothing, false)).toBeUndefined();
    expect(verdictOn(endedAt(nothing, 10, 20), false)).toBe("noise");
    expect(verdictOn(heardMore(nothing, 32), false)).toBe("turn");
    for (const text of ["Stop.", undefined])
      expect(verdictOn(withWords(paused(speech, 10), 10, text), false)).toBe("turn");
    const anything = newProvisional(guard(500, false), 400);
    expect(verdictOn(withWords(paused(anything, 10), 10, "Uh-huh."), false)).toBe("turn");
  });

  it("is not judged by words that were said before it went on", () => {
    const on = heardMore(withWords(paused(speech, 10), 10, "Stop."), 32);
    expect(verdictOn(on, true)).toBeUndefined();
    expect(withWords(on, 10, "Stop.")).toBe(on);
    expect(verdictOn(heardMore(endedAt(speech, 10, 20), 32), true)).toBeUndefined();
  });

  it("is noise when it is too short, whatever was said", () => {
    const short = newProvisional(guard(500, true), 400);
    expect(verdictOn(endedAt(withWords(paused(short, 10), 10, "Stop."), 10, 20), true)).toBe("noise");
    expect(verdictOn(withWords(paused(short, 10), 10, "Stop."), true)).toBeUndefined();
  });
});
