/** Loudness that is left as it is; beyond it a knee keeps every sample below full scale. Plain speech peaks at 0.45. */
const linearMax = 0.8;
const kneeRoom = 0.19;

/** One chunk of sound in [-1, 1] as 16-bit samples. What is too loud is bent, never clipped. */
export function toPcm16(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length);
  for (let n = 0; n < samples.length; n++) {
    const sample = samples[n]!;
    const loudness = Math.abs(sample);
    const bent =
      loudness <= linearMax
        ? sample
        : Math.sign(sample) * (linearMax + kneeRoom * Math.tanh((loudness - linearMax) / kneeRoom));
    pcm[n] = Math.round(bent * 32_767);
  }
  return pcm;
}
