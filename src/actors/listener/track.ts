/** Recorded samples, addressed by their position since the session's start. The oldest can be let go. */
export class Track {
  private chunks: { readonly start: number; readonly samples: Int16Array }[] = [];
  /** Position behind the last sample. */
  end: number;

  /** @param start position of the first sample to come */
  constructor(start = 0) {
    this.end = start;
  }

  /** Position of the oldest sample that is still here. */
  get start(): number {
    return this.chunks[0]?.start ?? this.end;
  }

  append(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.chunks.push({ start: this.end, samples });
    this.end += samples.length;
  }

  /** Samples from `from` to `to` (exclusive), as far as they are here; a copy. A position converted from another rate may
   *  lie between two samples: the earlier one is meant. */
  slice(from: number, to: number): Int16Array {
    const begin = Math.max(Math.floor(from), this.start);
    const until = Math.min(Math.floor(to), this.end);
    const result = new Int16Array(Math.max(0, until - begin));
    for (let i = this.chunks.length - 1; i >= 0; i -= 1) {
      const chunk = this.chunks[i];
      if (chunk === undefined) break;
      const chunkEnd = chunk.start + chunk.samples.length;
      if (chunkEnd <= begin) break;
      if (chunk.start >= until) continue;
      const piece = chunk.samples.subarray(
        Math.max(0, begin - chunk.start),
        Math.min(chunk.samples.length, until - chunk.start),
      );
      result.set(piece, Math.max(chunk.start, begin) - begin);
    }
    return result;
  }

  /** Lets go of whole chunks before `position`. */
  trim(position: number): void {
    const keep = this.chunks.findIndex((chunk) => chunk.start + chunk.samples.length > position);
    if (keep === -1) this.chunks = [];
    else if (keep > 0) this.chunks.splice(0, keep);
  }
}
