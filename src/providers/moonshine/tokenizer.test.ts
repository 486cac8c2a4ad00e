import { describe, expect, it } from "vitest";
import { readTokenizer } from "./tokenizer.ts";

const piece = (text: string | Buffer) => {
  const bytes = Buffer.from(text);
  const length = bytes.length < 128 ? [bytes.length] : [128 + (bytes.length % 128), bytes.length >> 7];
  return Buffer.concat([Buffer.from(length), bytes]);
};
const long = "x".repeat(300);
const euro = Buffer.from("€");
const pieces = [
  "<unk>",
  "<s>",
  "</s>",
  "▁Hello",
  "",
  "▁wor",
  "ld",
  long,
  euro.subarray(0, 1),
  euro.subarray(1),
  "<<ST_3>>",
];
const file = Buffer.concat(pieces.map(piece));

describe("tokenizer", () => {
  it("reads pieces of every length and joins characters that are spread over tokens", () => {
    const tokenizer = readTokenizer(file);
    expect(tokenizer.size).toBe(pieces.length);
    expect(tokenizer.decode([1, 3, 4, 5, 6, 8, 9, 10, 2])).toBe("Hello world€");
    expect(tokenizer.decode([7])).toBe(long);
  });

  it("refuses a file that ends inside a piece", () => {
    expect(() => readTokenizer(file.subarray(0, -1))).toThrow("damaged");
    expect(() => readTokenizer(Uint8Array.of(200))).toThrow("damaged");
  });
});
