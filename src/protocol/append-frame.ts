/** The parts of a plain `input_audio_buffer.append` frame, undecoded. */
export interface AppendFrame {
  /** base64, not yet looked at */
  readonly audio: string;
  readonly eventId: string | null;
}

const quote = 0x22;
const colon = 0x3a;
const comma = 0x2c;
const closingBrace = 0x7d;

/** How nearly all clients write such a frame: this, the audio, and the end of its string and object. */
const usualStarts = ["", " "].map((space) =>
  Buffer.from(`{"type":${space}"input_audio_buffer.append",${space}"audio":${space}"`),
);
const usualEndLength = 2;

/** The audio of an append frame in its usual layout, without a look at what is in it: what is no base64 may be a frame of
 *  another layout. Undefined says nothing but "read it as text". */
export function readUsualAppend(frame: Buffer): string | undefined {
  const end = frame.length - usualEndLength;
  if (frame[end] !== quote || frame[end + 1] !== closingBrace) return undefined;
  for (const start of usualStarts)
    if (startsWith(frame, start))
      return end < start.length ? undefined : frame.toString("latin1", start.length, end);
  return undefined;
}

function startsWith(frame: Buffer, start: Buffer): boolean {
  for (let i = 0; i < start.length; i += 1) if (frame[i] !== start[i]) return false;
  return true;
}

/** Keys an append frame can have. */
const pairsMax = 3;

/** Anything a JSON string can hold without an escape, but for characters outside ASCII. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function skipSpace(frame: string, from: number): number {
  let at = from;
  for (;;) {
    const code = frame.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** Reads an append frame without parsing its JSON: audio frames are nearly all that a server receives, and JSON
 *  would copy each one once more. Only an object of two or three plain strings is understood, in any order of keys;
 *  undefined says nothing but "parse it": the frame may be valid, another event, or garbage. */
export function readAppendFrame(frame: string): AppendFrame | undefined {
  let type: string | undefined;
  let audio: string | undefined;
  let eventId: string | undefined;
  if (frame.charCodeAt(0) !== 0x7b) return undefined;
  let at = 1;
  for (let pair = 0; pair < pairsMax; pair += 1) {
    at = skipSpace(frame, at);
    if (frame.charCodeAt(at) !== quote) return undefined;
    const keyEnd = frame.indexOf('"', at + 1);
    const key = frame.slice(at + 1, keyEnd);
    at = skipSpace(frame, keyEnd + 1);
    if (keyEnd < 0 || frame.charCodeAt(at) !== colon) return undefined;
    at = skipSpace(frame, at + 1);
    if (frame.charCodeAt(at) !== quote) return undefined;
    const valueEnd = frame.indexOf('"', at + 1);
    if (valueEnd < 0) return undefined;
    const value = frame.slice(at + 1, valueEnd);
    // A key seen twice is left to the parser, whose rule is that the last one counts.
    if (key === "audio" && audio === undefined) audio = value;
    else if (key === "type" && type === undefined && value === "input_audio_buffer.append") type = value;
    else if (key === "event_id" && eventId === undefined && plainText.test(value)) eventId = value;
    else return undefined;
    at = skipSpace(frame, valueEnd + 1);
    if (frame.charCodeAt(at) !== comma) break;
    at += 1;
  }
  if (frame.charCodeAt(at) !== closingBrace || skipSpace(frame, at + 1) !== frame.length) return undefined;
  if (type === undefined || audio === undefined) return undefined;
  return { audio, eventId: eventId ?? null };
}
