import { toPcm16 } from "./pcm.ts";

/** Samples of a usual chunk: 100 ms at 24 kHz. */
const chunkSamples = 2_400;
/** Samples of the shortest chunk: 20 ms. */
const chunkSamplesMin = 480;

/** Gathers sound of any length into PCM chunks of 20 to 120 ms. */
export interface Chunker {
  push(samples: Float32Array): Int16Array[];
  /** What is left, filled with silence to the shortest chunk; none when nothing is left. */
  finish(): Int16Array[];
}

export function createChunker(): Chunker {
  const gathered = new Float32Array(chunkSamples + chunkSamplesMin);
  let length = 0;
  return {
    push: (samples) => {
      const chunks: Int16Array[] = [];
      for (let at = 0; at < samples.length;) {
        const fits = samples.subarray(at, at + gathered.length - length);
        gathered.set(fits, length);
        length += fits.length;
        at += fits.length;
        if (length < gathered.length) break;
        chunks.push(toPcm16(gathered.subarray(0, chunkSamples))); // enough stays for a last chunk
        gathered.copyWithin(0, chunkSamples);
        length -= chunkSamples;
      }
      return chunks;
    },
    finish: () => {
      if (length === 0) return [];
      const rest = Math.max(length, chunkSamplesMin);
      gathered.fill(0, length, rest);
      length = 0;
      return [toPcm16(gathered.subarray(0, rest))];
    },
  };
}
