import { describe, expect, it } from "vitest";
import { createRealFft } from "./fft.ts";

/** The definition, term by term. */
function naiveDft(signal: Float32Array): { re: number[]; im: number[] } {
  const size = signal.length;
  const re: number[] = [];
  const im: number[] = [];
  for (let k = 0; k <= size / 2; k++) {
    let sumRe = 0;
    let sumIm = 0;
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((k * n) % size)) / size;
      sumRe += signal[n]! * Math.cos(angle);
      sumIm += signal[n]! * Math.sin(angle);
    }
    re.push(sumRe);
    im.push(sumIm);
  }
  return { re, im };
}

/** Reproducible values in [-1, 1). */
function noise(length: number): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

describe("createRealFft", () => {
  it.each([4, 6, 8, 10, 12, 30, 120, 400, 1200])("of %i points is the naive DFT", (size) => {
    const signal = noise(size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    createRealFft(size).forward(signal, re, im);
    const expected = naiveDft(signal);
    for (let k = 0; k <= size / 2; k++) {
      expect(Math.abs(re[k]! - expected.re[k]!)).toBeLessThan(2e-5);
      expect(Math.abs(im[k]! - expected.im[k]!)).toBeLessThan(2e-5);
    }
  });

  it.each([12, 30, 1200])("of %i points inverts itself", (size) => {
    const fft = createRealFft(size);
    const signal = noise(size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    const back = new Float32Array(size);
    fft.forward(signal, re, im);
    fft.inverse(re, im, back);
    for (let n = 0; n < size; n++) expect(Math.abs(back[n]! - signal[n]!)).toBeLessThan(1e-6);
  });

  it("refuses a size it cannot factorise", () => {
    expect(() => createRealFft(14)).toThrow(/product/);
    expect(() => createRealFft(9)).toThrow(/even/);
  });
});
