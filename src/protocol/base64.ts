/** Decodes standard base64, with padding and nothing else in it; undefined for anything else. Node's own decoder
 *  skips what it does not know, so its result is held against the length that clean input must give: every skipped
 *  character makes it shorter. Only what it takes beyond the standard alphabet has to be looked for.
 *  @returns a view that may share its memory with other small results: copy what you keep */
export function decodeBase64(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  // The URL-safe alphabet, and characters outside ASCII (which the decoder would take by their low byte).
  if (text.includes("-") || text.includes("_") || Buffer.byteLength(text, "utf8") !== length)
    return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== (length / 4) * 3 - padding) return undefined;
  // Not a Buffer: its slice() would be a view where everyone expects a copy.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
