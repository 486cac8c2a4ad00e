/** Shape of the network's spectrum: what its training fixed. */
export const sampleRate = 24_000;
/** Samples per frame: 12.5 ms. */
export const hop = 300;
/** Samples under one analysis window. */
export const windowSize = 1_200;
export const bins = windowSize / 2 + 1;

/** Periodic Hann window. */
export const hann: Float32Array = Float32Array.from(
  { length: windowSize },
  (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / windowSize),
);

/** What the network says about a stretch of speech. All but `f0` hold `bins` rows of `count` frames. */
export interface SpectrumFrames {
  readonly count: number;
  /** Log magnitude of the harmonic part. */
  readonly harmonic: Float32Array;
  /** Phase of the harmonic part before tanh, in units of π. */
  readonly theta: Float32Array;
  /** Log magnitude of the noise. */
  readonly noise: Float32Array;
  /** Log magnitude of the part with a phase of its own. */
  readonly free: Float32Array;
  /** Phase of that part, radians. */
  readonly phi: Float32Array;
  /** Pitch per frame, Hz; 0 where unvoiced. */
  readonly f0: Float32Array;
}
