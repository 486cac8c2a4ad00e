/** Measured values, kept one by one, so that percentiles are those of real values. */
export class Samples {
  #values = new Float64Array(1_024);
  #count = 0;
  #sorted = true;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
    this.#sorted = false;
  }

  get count(): number {
    return this.#count;
  }

  /** The smallest value that at least `percent` of all values do not exceed (nearest rank); undefined when empty.
   *  @param percent above 0, to 100 */
  percentile(percent: number): number | undefined {
    if (this.#count === 0) return undefined;
    if (!this.#sorted) this.#values.subarray(0, this.#count).sort();
    this.#sorted = true;
    return this.#values[Math.max(1, Math.ceil((percent / 100) * this.#count)) - 1];
  }

  get max(): number | undefined {
    return this.percentile(100);
  }
}

/** The middle value, or the mean of the two in the middle; undefined when there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}

/** Slope of the straight line with the smallest squared error through the points; undefined below two distinct `x`. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number | undefined {
  const mean = (pick: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) return undefined;
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
