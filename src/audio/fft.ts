import assert from "node:assert/strict";

/** A discrete Fourier transform of real signals of one length, `size` = 2 × (a product of 2, 3, 4 and 5).
 *  Frames of 1200 samples (the vocoder) or 400 (log-mel features) are no power of two: radix 2 alone does not serve.
 *  Instances hold scratch memory: one per user, not shared. Spectra hold `size / 2 + 1` bins. */
export interface RealFft {
  readonly size: number;
  /** `re + i·im` = Σ signal[n]·e^(−2πi·kn/size), unscaled. */
  forward(signal: Float32Array, re: Float32Array, im: Float32Array): void;
  /** The exact inverse of `forward` (scaled by 1/size); imaginary parts of the first and last bin are ignored. */
  inverse(re: Float32Array, im: Float32Array, signal: Float32Array): void;
}

/** A signal of n real samples is transformed as n/2 complex ones (even samples real, odd imaginary) and the two
 *  halves are separated afterwards by symmetry: half the work of a complex transform of n. */
export function createRealFft(size: number): RealFft {
  const half = size / 2;
  assert(Number.isInteger(half) && half >= 2, "the size is even");
  const transform = createComplexFft(half);
  const cos = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const inRe = new Float64Array(half);
  const inIm = new Float64Array(half);
  const outRe = new Float64Array(half);
  const outIm = new Float64Array(half);
  return {
    size,
    forward: (signal, re, im) => {
      for (let n = 0; n < half; n++) {
        inRe[n] = signal[2 * n]!;
        inIm[n] = signal[2 * n + 1]!;
      }
      transform(inRe, inIm, outRe, outIm);
      for (let k = 0; k <= half; k++) {
        const a = k === half ? 0 : k;
        const b = k === 0 ? 0 : half - k;
        const evenRe = (outRe[a]! + outRe[b]!) / 2;
        const evenIm = (outIm[a]! - outIm[b]!) / 2;
        const oddRe = (outIm[a]! + outIm[b]!) / 2;
        const oddIm = (outRe[b]! - outRe[a]!) / 2;
        re[k] = evenRe + oddRe * cos[k]! + oddIm * sin[k]!;
        im[k] = evenIm + oddIm * cos[k]! - oddRe * sin[k]!;
      }
    },
    inverse: (re, im, signal) => {
      for (let k = 0; k < half; k++) {
        const m = half - k;
        const imK = k === 0 ? 0 : im[k]!;
        const imM = k === 0 ? 0 : im[m]!;
        const evenRe = (re[k]! + re[m]!) / 2;
        const evenIm = (imK - imM) / 2;
        const oddRe = (re[k]! - re[m]!) / 2;
        const oddIm = (imK + imM) / 2;
        // Even and odd halves become the real and the imaginary part; conjugated, so that `transform` inverts.
        inRe[k] = evenRe - (oddIm * cos[k]! + oddRe * sin[k]!);
        inIm[k] = -(evenIm + (oddRe * cos[k]! - oddIm * sin[k]!));
      }
      transform(inRe, inIm, outRe, outIm);
      for (let n = 0; n < half; n++) {
        signal[2 * n] = outRe[n]! / half;
        signal[2 * n + 1] = -outIm[n]! / half;
      }
    },
  };
}

type Complex = Float64Array;
type ComplexFft = (inRe: Complex, inIm: Complex, outRe: Complex, outIm: Complex) => void;

/** Stockham's self-sorting algorithm over mixed radices: each pass reads one buffer and writes the other, so no
 *  digit reversal is needed. The input is used as scratch. */
function createComplexFft(size: number): ComplexFft {
  const radices = factorise(size);
  const cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  const re = new Float64Array(5);
  const im = new Float64Array(5);
  const pass = (
    radix: number,
    length: number,
    stride: number,
    source: Complex[],
    target: Complex[],
  ): void => {
    const [sourceRe, sourceIm] = source as [Complex, Complex];
    const [targetRe, targetIm] = target as [Complex, Complex];
    const rest = length / radix;
    for (let p = 0; p < rest; p++) {
      for (let q = 0; q < stride; q++) {
        for (let j = 0; j < radix; j++) {
          const from = q + stride * (p + rest * j);
          re[j] = sourceRe[from]!;
          im[j] = sourceIm[from]!;
        }
        butterflies[radix]!(re, im);
        let to = q + stride * radix * p;
        targetRe[to] = re[0]!;
        targetIm[to] = im[0]!;
        for (let j = 1; j < radix; j++) {
          const turn = p * j * stride; // < size, because p < length / radix and j < radix
          to += stride;
          targetRe[to] = re[j]! * cos[turn]! - im[j]! * sin[turn]!;
          targetIm[to] = re[j]! * sin[turn]! + im[j]! * cos[turn]!;
        }
      }
    }
  };
  return (inRe, inIm, outRe, outIm) => {
    let source = [inRe, inIm];
    let target = [outRe, outIm];
    let length = size;
    let stride = 1;
    for (const radix of radices) {
      pass(radix, length, stride, source, target);
      [source, target] = [target, source];
      length /= radix;
      stride *= radix;
    }
    if (source[0] === outRe) return;
    outRe.set(inRe);
    outIm.set(inIm);
  };
}

function factorise(size: number): number[] {
  const radices: number[] = [];
  let rest = size;
  for (const radix of [5, 4, 3, 2]) {
    for (; rest % radix === 0; rest /= radix) radices.push(radix);
  }
  assert(rest === 1, `${size} is a product of 2, 3, 4 and 5`);
  return radices;
}

const third = Math.sin((2 * Math.PI) / 3);
const fifthCos1 = Math.cos((2 * Math.PI) / 5);
const fifthCos2 = Math.cos((4 * Math.PI) / 5);
const fifthSin1 = Math.sin((2 * Math.PI) / 5);
const fifthSin2 = Math.sin((4 * Math.PI) / 5);

/** Transforms of 2 to 5 points in place, by radix. */
const butterflies: Readonly<Record<number, (re: Complex, im: Complex) => void>> = {
  2: (re, im) => {
    const [r0, r1] = [re[0]!, re[1]!];
    const [i0, i1] = [im[0]!, im[1]!];
    re[0] = r0 + r1;
    im[0] = i0 + i1;
    re[1] = r0 - r1;
    im[1] = i0 - i1;
  },
  3: (re, im) => {
    const sumRe = re[1]! + re[2]!;
    const sumIm = im[1]! + im[2]!;
    const diffRe = third * (re[1]! - re[2]!);
    const diffIm = third * (im[1]! - im[2]!);
    const baseRe = re[0]! - sumRe / 2;
    const baseIm = im[0]! - sumIm / 2;
    re[0] = re[0]! + sumRe;
    im[0] = im[0]! + sumIm;
    re[1] = baseRe + diffIm;
    im[1] = baseIm - diffRe;
    re[2] = baseRe - diffIm;
    im[2] = baseIm + diffRe;
  },
  4: (re, im) => {
    const evenRe = re[0]! + re[2]!;
    const evenIm = im[0]! + im[2]!;
    const evenDiffRe = re[0]! - re[2]!;
    const evenDiffIm = im[0]! - im[2]!;
    const oddRe = re[1]! + re[3]!;
    const oddIm = im[1]! + im[3]!;
    const oddDiffRe = re[1]! - re[3]!;
    const oddDiffIm = im[1]! - im[3]!;
    re[0] = evenRe + oddRe;
    im[0] = evenIm + oddIm;
    re[1] = evenDiffRe + oddDiffIm;
    im[1] = evenDiffIm - oddDiffRe;
    re[2] = evenRe - oddRe;
    im[2] = evenIm - oddIm;
    re[3] = evenDiffRe - oddDiffIm;
    im[3] = evenDiffIm + oddDiffRe;
  },
  5: (re, im) => {
    const sumRe1 = re[1]! + re[4]!;
    const sumIm1 = im[1]! + im[4]!;
    const sumRe2 = re[2]! + re[3]!;
    const sumIm2 = im[2]! + im[3]!;
    const diffRe1 = re[1]! - re[4]!;
    const diffIm1 = im[1]! - im[4]!;
    const diffRe2 = re[2]! - re[3]!;
    const diffIm2 = im[2]! - im[3]!;
    const re0 = re[0]!;
    const im0 = im[0]!;
    const midRe1 = re0 + fifthCos1 * sumRe1 + fifthCos2 * sumRe2;
    const midIm1 = im0 + fifthCos1 * sumIm1 + fifthCos2 * sumIm2;
    const midRe2 = re0 + fifthCos2 * sumRe1 + fifthCos1 * sumRe2;
    const midIm2 = im0 + fifthCos2 * sumIm1 + fifthCos1 * sumIm2;
    const turnRe1 = fifthSin1 * diffIm1 + fifthSin2 * diffIm2;
    const turnIm1 = fifthSin1 * diffRe1 + fifthSin2 * diffRe2;
    const turnRe2 = fifthSin2 * diffIm1 - fifthSin1 * diffIm2;
    const turnIm2 = fifthSin2 * diffRe1 - fifthSin1 * diffRe2;
    re[0] = re0 + sumRe1 + sumRe2;
    im[0] = im0 + sumIm1 + sumIm2;
    re[1] = midRe1 + turnRe1;
    im[1] = midIm1 - turnIm1;
    re[2] = midRe2 + turnRe2;
    im[2] = midIm2 - turnIm2;
    re[3] = midRe2 - turnRe2;
    im[3] = midIm2 + turnIm2;
    re[4] = midRe1 - turnRe1;
    im[4] = midIm1 + turnIm1;
  },
};
