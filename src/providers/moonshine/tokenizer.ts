import { ParleyError } from "../../lib/errors.ts";

export const beginToken = 1;
export const endToken = 2;
/** `<unk>`, begin and end stand for no text. */
const firstTextToken = 3;
const marker = /^<<ST_\d+>>$/;

/** Turns the model's tokens into text. */
export interface Tokenizer {
  readonly size: number;
  decode(tokens: readonly number[]): string;
}

/** Reads `tokenizer.bin`: the pieces in order of their token, each after its length in bytes. A length byte of 128 or
 *  more holds the low 7 bits, and the next byte the rest; 0 is a piece that is empty.
 *  @throws {ParleyError} `ERR_MODELS` when a piece reaches beyond the file */
export function readTokenizer(file: Uint8Array): Tokenizer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    let length = file[at]!;
    at += 1;
    if (length >= 128) {
      length = length - 128 + (file[at] ?? Number.NaN) * 128;
      at += 1;
    }
    if (!(at + length <= file.length)) throw new ParleyError("ERR_MODELS", "The tokenizer file is damaged.");
    const piece = file.subarray(at, at + length);
    pieces.push(marker.test(Buffer.from(piece).toString("latin1")) ? piece.subarray(0, 0) : piece);
    at += length;
  }
  return {
    size: pieces.length,
    decode: (tokens) => {
      // Joined as bytes first: a character may be spread over several tokens.
      const bytes = Buffer.concat(
        tokens.filter((token) => token >= firstTextToken).map((token) => pieces[token]!),
      );
      return bytes.toString("utf8").replaceAll("▁", " ").trim();
    },
  };
}
