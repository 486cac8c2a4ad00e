/** WebSocket frames as a client writes and reads them (RFC 6455 §5.2). */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A whole client frame. Its mask key is zero, which is legal and leaves the payload as it is: one frame can be
 *  prepared once and written many times, to many sockets. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extended + 4);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) header.writeUInt16BE(length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

export const textFrame = (text: string): Buffer => clientFrame(opcodes.text, Buffer.from(text));

export const eventFrame = (event: object): Buffer => textFrame(JSON.stringify(event));

interface Header {
  readonly final: boolean;
  readonly opcode: number;
  /** Where the payload begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** Messages larger than this end the connection: no server event comes near it. */
const messageBytesMax = 64 * 1_024 * 1_024;

/** Reads what a server sends, cut anywhere by the network and into fragments by the server. */
export class FrameReader {
  readonly #onMessage: (opcode: number, payload: Buffer) => void;
  /** Bytes that are not a whole frame yet, in the pieces they came in: joined once there are enough of them. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** Bytes without which the frame at the front cannot be whole. */
  #needed = 2;
  #fragments: { readonly opcode: number; readonly payloads: Buffer[] } | undefined;

  /** @param onMessage gets whole messages and control frames; the payload is valid only while it runs */
  constructor(onMessage: (opcode: number, payload: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws {Error} for what no server may send */
  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#needed) return;
    const data = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    let at = 0;
    for (;;) {
      const header = this.#header(data, at);
      if (header === undefined) break;
      at = header.end;
      this.#take(header, data.subarray(header.start, header.end));
    }
    this.#pieces = at === data.length ? [] : [data.subarray(at)];
    this.#held = data.length - at;
  }

  /** Undefined: more bytes are needed, `#needed` of them. */
  #header(data: Buffer, at: number): Header | undefined {
    const held = data.length - at;
    this.#needed = 2;
    if (held < 2) return undefined;
    const [first = 0, second = 0] = [data[at], data[at + 1]];
    if ((first & 0x70) !== 0) throw new Error("a frame with reserved bits");
    if ((second & 0x80) !== 0) throw new Error("a masked frame from a server");
    const short = second & 0x7f;
    const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    this.#needed = headerBytes;
    if (held < headerBytes) return undefined;
    const length =
      short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
    if (length > messageBytesMax) throw new Error("a frame larger than any event");
    this.#needed = headerBytes + length;
    if (held < this.#needed) return undefined;
    const start = at + headerBytes;
    return { final: (first & 0x80) !== 0, opcode: first & 0x0f, start, end: start + length };
  }

  #take({ final, opcode }: Header, payload: Buffer): void {
    if (opcode >= opcodes.close || (final && opcode !== opcodes.continuation)) {
      this.#onMessage(opcode, payload);
      return;
    }
    const copy = Buffer.from(payload);
    if (opcode !== opcodes.continuation) this.#fragments = { opcode, payloads: [copy] };
    else if (this.#fragments === undefined) throw new Error("a continuation of nothing");
    else this.#fragments.payloads.push(copy);
    if (!final || this.#fragments === undefined) return;
    const whole = this.#fragments;
    this.#fragments = undefined;
    this.#onMessage(whole.opcode, Buffer.concat(whole.payloads));
  }
}
