import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../lib/errors.ts";
import { readWav, writeWav } from "./wav.ts";

const samples = Int16Array.of(0, 1, -1, 32_767, -32_768, 5);
const file = Buffer.from(writeWav({ sampleRate: 24_000, samples }));

function edited(edit: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  edit(copy);
  return copy;
}

describe("wav", () => {
  it("reads what it wrote, also from an odd offset", () => {
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(readWav(shifted.subarray(1))).toEqual({ sampleRate: 24_000, samples });
  });

  it("averages two channels", () => {
    expect([...readWav(edited((f) => f.writeUInt16LE(2, 22))).samples]).toEqual([0, 16_383, -16_382]);
  });

  it("passes over chunks it does not know, padded to even lengths", () => {
    const list = Buffer.from("LIST\x03\x00\x00\x00abc\x00", "latin1");
    const withList = Buffer.concat([file.subarray(0, 36), list, file.subarray(36)]);
    expect(readWav(withList).samples).toEqual(samples);
  });

  it("reads a data chunk of unknown or overstated length as far as it goes", () => {
    expect(readWav(edited((f) => f.writeUInt32LE(0xffffffff, 40))).samples).toEqual(samples);
    expect(readWav(file.subarray(0, -3)).samples).toEqual(samples.subarray(0, 4));
  });

  it.each<[string, Buffer]>([
    ["header", Buffer.from("hello")],
    ["codec 3", edited((f) => f.writeUInt16LE(3, 20))],
    ["8 bits", edited((f) => f.writeUInt16LE(8, 34))],
    ["6 channels", edited((f) => f.writeUInt16LE(6, 22))],
    ["96000 Hz", edited((f) => f.writeUInt32LE(96_000, 24))],
    ["no data", file.subarray(0, 36)],
    ["no format", file.subarray(0, 12)],
    ["short format", file.subarray(0, 30)],
    ["data before", Buffer.concat([file.subarray(0, 12), file.subarray(36)])],
  ])("refuses a file and says why: %s", (why, bytes) => {
    expect(() => readWav(bytes)).toThrow(why);
  });

  it("never fails in another way", () => {
    const outcomeOf = (bytes: Uint8Array) => {
      try {
        return readWav(bytes) && "read";
      } catch (error) {
        return errorCode(error);
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 60 }), (noise, at) => {
        expect(["read", "ERR_BAD_INPUT"]).toContain(outcomeOf(Buffer.concat([file.subarray(0, at), noise])));
      }),
    );
  });
});
