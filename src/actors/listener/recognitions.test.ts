import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemId, RunId } from "../../lib/ids.ts";
import type { Ask } from "../../protocol/wire.ts";
import { Recognitions, agreedWords, piecesOf } from "./recognitions.ts";

const rate = 16_000;
const item = "item_1" as ItemId;
const run = (name: string): RunId => name as RunId;
const done = (end: number, text: string, by = "run_1") =>
  ({ type: "stt.done", item, end, run: run(by), text }) as const;
const failed = (end: number, by = "run_1") =>
  ({ type: "stt.failed", item, end, run: run(by), code: "ERR_PROVIDER" }) as const;
const ask = (question: Ask["question"], end: number, by = "run_1"): Ask => ({
  question,
  target: { type: "stt", item, end },
  run: run(by),
  epoch: 1,
});
const piece = (start: number, end: number) => ({ start, end });

/** Audio that is loud everywhere but around the given second. */
const quietAt = (second: number) => ({
  slice: (from: number, to: number) =>
    Int16Array.from({ length: to - from }, (_, i) =>
      Math.abs((from + i) / rate - second) < 0.2 ? 0 : 5_000,
    ),
});

describe("piecesOf", () => {
  it.each([0.5, 27.9])("leaves %d s whole", (seconds) => {
    expect(piecesOf(quietAt(0), 100, 100 + seconds * rate)).toEqual([piece(100, 100 + seconds * rate)]);
  });

  it("has one empty piece of nothing", () => {
    expect(piecesOf(quietAt(0), 5, 5)).toEqual([piece(5, 5)]);
  });

  it("cuts where it is quiet", () => {
    const pieces = piecesOf(quietAt(25), 0, 40 * rate);
    expect(pieces).toHaveLength(2);
    expect(Math.abs((pieces[0]?.end ?? 0) / rate - 25)).toBeLessThan(0.2);
  });

  it("covers everything once in pieces that fit a job, with the same cuts however long it grows", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 * rate }),
        fc.integer({ min: 0, max: 100 * rate }),
        fc.integer({ min: 0, max: 20 * rate }),
        (start, length, more) => {
          const audio = quietAt(50);
          const pieces = piecesOf(audio, start, start + length);
          expect(pieces[0]?.start).toBe(start);
          expect(pieces.at(-1)?.end).toBe(start + length);
          for (const [index, { start: from, end }] of pieces.entries()) {
            expect(end - from).toBeLessThanOrEqual(28 * rate);
            expect(from).toBe(pieces[index - 1]?.end ?? start);
          }
          const longer = piecesOf(audio, start, start + length + more);
          expect(longer.slice(0, pieces.length - 1)).toEqual(pieces.slice(0, -1));
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("agreedWords", () => {
  it.each([
    ["the same", "one two", "one two", 2],
    ["marks and capitals aside", "One, two", "one two.", 2],
    ["a word that was still growing", "one tw", "one two", 1],
    ["another beginning", "won two", "one two", 0],
    ["fewer words now", "one two three", "one", 1],
    ["nothing before", "", "one", 0],
    ["apostrophes count", "we're here", "were here", 0],
  ])("%s", (_name, before, now, count) => {
    const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
    expect(agreedWords(words(before), words(now))).toBe(count);
  });
});

describe("Recognitions", () => {
  it("uses the reading of a pause when the turn ends there", () => {
    const recognitions = new Recognitions();
    expect(recognitions.want(item, [piece(0, 10)])).toEqual([piece(0, 10)]);
    expect(recognitions.take(done(10, " hello "))).toBeUndefined();
    expect(recognitions.want(item, [piece(0, 10)])).toEqual([]);
    expect(recognitions.commit(item, [piece(0, 10)])).toEqual({ text: "hello" });
  });

  it("joins the pieces, whatever order they come in", () => {
    const recognitions = new Recognitions();
    const pieces = [piece(0, 10), piece(10, 20), piece(20, 30)];
    recognitions.want(item, pieces);
    expect(recognitions.commit(item, pieces)).toBeUndefined();
    expect(recognitions.take(done(30, "three"))).toBeUndefined();
    expect(recognitions.take(done(10, "one"))).toBeUndefined();
    expect(recognitions.take(done(10, "again"))).toBeUndefined();
    expect(recognitions.take(done(20, " "))).toEqual({ text: "one three" });
    expect(recognitions.take(done(20, "late"))).toBeUndefined();
  });

  it.each([
    ["the recogniser gave up", (all: Recognitions) => all.take(failed(10)), "ERR_PROVIDER"],
    ["the job was refused", (all: Recognitions) => all.fail(item, 10, "ERR_BUSY"), "ERR_BUSY"],
    ["it took too long", (all: Recognitions) => all.abandon(item, "ERR_TIMEOUT"), "ERR_TIMEOUT"],
  ])("fails once when %s", (_name, fail, code) => {
    const recognitions = new Recognitions();
    recognitions.want(item, [piece(0, 10), piece(10, 20)]);
    recognitions.commit(item, [piece(0, 10), piece(10, 20)]);
    expect(fail(recognitions)).toEqual({ code });
    expect(fail(recognitions)).toBeUndefined();
    expect(recognitions.take(done(20, "late"))).toBeUndefined();
    expect(recognitions.answer(ask("finish", 20), 3)).toEqual({ answer: "confirmed" });
    expect(recognitions.answer(ask("start", 20), 3)).toEqual({ answer: "drop" });
  });

  it("follows the run that was granted last, and grants only so many", () => {
    const recognitions = new Recognitions();
    recognitions.want(item, [piece(0, 10)]);
    recognitions.commit(item, [piece(0, 10)]);
    expect(recognitions.answer(ask("finish", 10), 3)).toBeUndefined();
    expect(recognitions.answer(ask("start", 10, "run_2"), 3)).toEqual({ answer: "go", offset: 0 });
    expect(recognitions.take(done(10, "late", "run_1"))).toBeUndefined();
    expect(recognitions.answer(ask("start", 10, "run_3"), 3)).toEqual({ answer: "go", offset: 0 });
    expect(recognitions.answer(ask("start", 10, "run_4"), 3)).toEqual({ answer: "bury" });
    expect(recognitions.take(done(10, "hello", "run_3"))).toEqual({ text: "hello" });
  });

  it("does not answer for what it does not know", () => {
    expect(new Recognitions().answer(ask("start", 10), 3)).toBeUndefined();
  });

  it("recognises an item anew that was dropped and is committed after all", () => {
    const recognitions = new Recognitions();
    recognitions.want(item, [piece(0, 10)]);
    recognitions.drop(item);
    expect(recognitions.isCommitted(item)).toBe(false);
    expect(recognitions.answer(ask("start", 10), 3)).toEqual({ answer: "drop" });
    expect(recognitions.want(item, [piece(0, 20)])).toEqual([piece(0, 20)]);
    expect(recognitions.commit(item, [piece(0, 20)])).toBeUndefined();
    expect(recognitions.answer(ask("start", 20, "run_2"), 3)).toEqual({ answer: "go", offset: 0 });
    expect(recognitions.take(done(20, "hello", "run_2"))).toEqual({ text: "hello" });
  });
});
