/** Small results are cut from a block of this size, since making memory for each costs more than decoding it. */
const blockBytes = 65_536;
const smallBytesMax = blockBytes / 8;
let block = Buffer.allocUnsafeSlow(0);
let used = 0;

/** A place for so many bytes, aligned for any element type. */
function room(bytes: number): { readonly memory: Buffer; readonly at: number } {
  if (bytes > smallBytesMax) return { memory: Buffer.allocUnsafeSlow(bytes), at: 0 };
  if (used + bytes > block.length) {
    block = Buffer.allocUnsafeSlow(blockBytes);
    used = 0;
  }
  const at = used;
  used = Math.ceil((used + bytes) / 8) * 8;
  return { memory: block, at };
}

/** Characters that the decoder would take by their low byte. A string of one byte a character has none, which the
 *  engine knows without looking at it. */
const wide = /[^\0-\xff]/;

/** Decodes standard base64, with padding and nothing else in it; undefined for anything else. Node's own decoder
 *  skips what it does not know, so its result is held against the length that clean input must give: every skipped
 *  character makes it shorter. Only what it takes beyond the standard alphabet has to be looked for.
 *  @returns a view of memory that is not used again, but shared with other small results: copy what you keep long */
export function decodeBase64(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  if (text.includes("-") || text.includes("_") || wide.test(text)) return undefined; // the URL-safe alphabet, or no base64
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = (length / 4) * 3 - padding;
  const { memory, at } = room(bytes);
  if (memory.write(text, at, bytes, "base64") !== bytes) return undefined;
  // Not a Buffer: its slice() would be a view where everyone expects a copy.
  return new Uint8Array(memory.buffer, memory.byteOffset + at, bytes);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
