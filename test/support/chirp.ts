/** Two rising tones that swell and fade, with a little noise: the same samples everywhere. PCM s16, 16 kHz. */
export function chirp(length: number): Int16Array {
  let state = 12_345;
  return Int16Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const noise = 200 * (state / 2 ** 31 - 1);
    const t = i / 16_000;
    const swell = Math.sin((Math.PI * ((i * 3) % 16_000)) / 16_000);
    const low = 6_000 * Math.sin(2 * Math.PI * (150 + 80 * t) * t);
    const high = 2_500 * Math.sin(2 * Math.PI * (900 + 200 * t) * t);
    return Math.floor(swell * low + swell * high + noise + 0.5);
  });
}
