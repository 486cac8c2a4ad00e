/** Samples are kept in blocks of this many: a third of a second at 24 kHz, and whole frames of every detector. */
const blockSamples = 7_680;

/** Blocks kept to be used again, of all tracks together: 8 MB. */
const sparesMax = 512;
/** Blocks that were let go of. New ones for each utterance would make the garbage collector work for every session. */
const spares: Int16Array[] = [];

/** Recorded samples, addressed by their position since the session's start. The oldest can be let go. They are copied
 *  into blocks, since thousands of small pieces, each with memory of its own, cost more than the copy. */
export class Track {
  /** In order, without a gap; all are full but the last. */
  private readonly blocks: Int16Array[] = [];
  /** Position of the first block's first sample. */
  private blocksStart: number;
  /** Position behind the last sample. */
  end: number;

  /** @param start position of the first sample to come */
  constructor(start = 0) {
    this.blocksStart = start;
    this.end = start;
  }

  /** Position of the oldest sample that is still here. */
  get start(): number {
    return this.blocksStart;
  }

  append(samples: Int16Array): void {
    for (let taken = 0; taken < samples.length;) {
      const used = this.end - this.blocksStart;
      const block = this.blockFor(used);
      const at = used % blockSamples;
      const count = Math.min(samples.length - taken, blockSamples - at);
      block.set(count === samples.length ? samples : samples.subarray(taken, taken + count), at);
      taken += count;
      this.end += count;
    }
  }

  /** The block that takes the sample after `used` samples. */
  private blockFor(used: number): Int16Array {
    const index = Math.floor(used / blockSamples);
    const known = this.blocks[index];
    if (known !== undefined) return known;
    const made = spares.pop() ?? new Int16Array(blockSamples);
    this.blocks.push(made);
    return made;
  }

  /** Samples from `from` to `to` (exclusive), as far as they are here; read only, and valid until they are trimmed. A position
   *  converted from another rate may lie between two samples: the earlier one is meant. */
  slice(from: number, to: number): Int16Array {
    const begin = Math.max(Math.floor(from), this.blocksStart) - this.blocksStart;
    const until = Math.min(Math.floor(to), this.end) - this.blocksStart;
    if (until <= begin) return new Int16Array(0);
    const first = Math.floor(begin / blockSamples);
    const block = this.blocks[first];
    const blockBegin = first * blockSamples;
    if (block !== undefined && until <= blockBegin + blockSamples) {
      const offset = block.byteOffset + (begin - blockBegin) * block.BYTES_PER_ELEMENT;
      return new Int16Array(block.buffer, offset, until - begin); // at a third of what subarray costs
    }
    const result = new Int16Array(until - begin);
    for (let at = begin; at < until;) {
      const inBlock = at % blockSamples;
      const count = Math.min(until - at, blockSamples - inBlock);
      const source = this.blocks[Math.floor(at / blockSamples)];
      if (source !== undefined) result.set(source.subarray(inBlock, inBlock + count), at - begin);
      at += count;
    }
    return result;
  }

  /** Lets go of whole blocks before `position`. */
  trim(position: number): void {
    const whole = Math.floor((Math.min(position, this.end) - this.blocksStart) / blockSamples);
    if (whole <= 0) return;
    for (const gone of this.blocks.splice(0, whole)) spare(gone);
    this.blocksStart += whole * blockSamples;
  }

  /** Lets go of everything; not to be used again. */
  discard(): void {
    for (const gone of this.blocks.splice(0)) spare(gone);
    this.blocksStart = this.end;
  }
}

function spare(block: Int16Array): void {
  if (spares.length < sparesMax) spares.push(block);
}
