import { describe, expect, it } from "vitest";
import { numbersIn, written } from "./numbers.ts";
import { answerSum } from "./sums.ts";

describe("answerSum", () => {
  it.each([
    ["What is twelve times seven and a half?", "90"],
    ["2+2", "4"],
    ["what's 2 + 3 * 4?", "14"],
    ["(2 + 3) * 4 =", "20"],
    ["two to the power of ten", "1024"],
    ["What is 2 ^ 3 ^ 2", "512"],
    ["-3 squared", "-9"],
    ["How much is fifteen percent of eighty?", "12"],
    ["200 plus 10 percent", "220"],
    ["200 minus 25%", "150"],
    ["what is the square root of 144", "12"],
    ["the square root of two", "1.414213562"],
    ["the cube root of twenty-seven", "3"],
    ["add five and seven", "12"],
    ["Add twenty-one to nine.", "30"],
    ["subtract 4 from 10", "6"],
    ["Multiply two hundred and five by three, please.", "615"],
    ["Divide one by three", "0.3333333333"],
    ["what is the sum of two and three", "5"],
    ["What is the difference between 10 and 4?", "6"],
    ["half of ten", "5"],
    ["three quarters of eighty", "60"],
    ["one thousand two hundred thirty four plus one", "1235"],
    ["a hundred minus one", "99"],
    ["1,000 * 1,000", "1000000"],
    ["two point five times four", "10"],
    ["minus three plus five", "2"],
    ["5 - 8", "-3"],
    ["3x4", "12"],
    ["17 mod 5", "2"],
    ["0.1 + 0.2", "0.3"],
    ["what does six times seven equal", "42"],
    ["ten divided by zero", "undefined"],
    ["5 / (3 - 3)", "undefined"],
    ["0 to the power of minus 1", "undefined"],
    ["the square root of minus four", "undefined"],
    ["9 ^ 9 ^ 9", "infinite"],
  ])("%s → %s", (asked, core) => {
    expect(answerSum(asked)?.core).toBe(core);
  });

  it.each([
    "What is Parley?",
    "twelve",
    "two plus",
    "(2 + 3",
    "2 + 3)",
    "times",
    "what is the time",
    "say two plus two",
    "1 2 + 3",
    "process.exit(1)",
    "is it of",
  ])("%s is no sum", (asked) => {
    expect(answerSum(asked)).toBeUndefined();
  });

  it("gives up on endless brackets without harm", () => {
    expect(answerSum("(".repeat(10_000))).toBeUndefined();
  });
});

describe("numbers", () => {
  it.each<[string, readonly number[]]>([
    ["three apples and twenty-one pears", [3, 21]],
    ["between 5 and 10", [5, 10]],
    ["two hundred and five, then seven and a half", [205, 7.5]],
    ["one two three", [1, 2, 3]],
    ["minus 4 and -7", [-4, -7]],
    ["a dozen eggs, two dozen rolls, 3 million", [12, 24, 3_000_000]],
    ["a million and a quarter", [1_000_000.25]],
    ["nothing to count", []],
  ])("%s → %j", (text, values) => {
    expect(numbersIn(text)).toEqual(values);
  });

  it.each([
    [1 / 3, "0.3333333333"],
    [1e14, "100000000000000"],
    [-0, "0"],
    [1500, "1500"],
    [1e21, "1e+21"],
  ])("%d is written %s", (value, text) => {
    expect(written(value)).toBe(text);
  });
});
