import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

const standard = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

describe("base64", () => {
  it("gives back what was encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it("encodes a view, not the buffer under it", () => {
    expect(encodeBase64(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe("AgM=");
  });

  it("accepts the standard alphabet with padding and nothing else", () => {
    const nearly = fc.array(
      fc.constantFrom("A", "z", "9", "+", "/", "=", "-", "_", " ", "\n", "\\", "é", "Ł", "ı", "😀"),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(nearly, (characters) => {
        const text = characters.join("");
        expect(decodeBase64(text) !== undefined).toBe(standard.test(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(["A", "AB", "ABC", "A===", "====", "AB==CD==", "AB=C", "AAAA=", "AA A", "AA-_", "ŁŁŁŁ", "éAAA"])(
    "refuses %j",
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );

  it("is a plain array of bytes, whose slice is a copy", () => {
    const bytes = decodeBase64("AQIDBA==");
    expect(Buffer.isBuffer(bytes)).toBe(false);
    const copy = bytes?.slice(0, 1);
    bytes?.fill(9);
    expect(copy).toEqual(new Uint8Array([1]));
  });
});
