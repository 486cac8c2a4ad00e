import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAppendFrame, readUsualAppend } from "./append-frame.ts";

const type = "input_audio_buffer.append";

describe("readUsualAppend", () => {
  it.each([
    ['{"type":"input_audio_buffer.append","audio":"AAA="}', "AAA="],
    ['{"type": "input_audio_buffer.append", "audio": "AAA="}', "AAA="],
    ['{"type":"input_audio_buffer.append","audio":""}', ""],
    ['{"type":"input_audio_buffer.append","audio":"AAA=","event_id":"e"}', 'AAA=","event_id":"e'],
    ['{"type":"input_audio_buffer.append","audio":"}', undefined],
    ['{"type":"input_audio_buffer.append","audio":"AAA="} ', undefined],
    ['{"type":"input_audio_buffer.append","audio":"AAA="', undefined],
    ['{"event_id":"e","type":"input_audio_buffer.append","audio":"AAA="}', undefined],
    ['{"type":"conversation.item.create","audio":"AAA="}', undefined],
    ['"}', undefined],
    ["", undefined],
  ])("reads %s", (frame, audio) => {
    expect(readUsualAppend(Buffer.from(frame))).toBe(audio);
  });
});

describe("readAppendFrame", () => {
  it.each([
    ['{"type":"input_audio_buffer.append","audio":"AAA="}', { audio: "AAA=", eventId: null }],
    ['{"type": "input_audio_buffer.append", "audio": "AAA="}', { audio: "AAA=", eventId: null }],
    ['{"event_id":"e 1","type":"input_audio_buffer.append","audio":""}', { audio: "", eventId: "e 1" }],
    [' {"audio":"AAA=","type":"input_audio_buffer.append"}'.trim() + "\n", { audio: "AAA=", eventId: null }],
  ])("reads %s", (frame, expected) => {
    expect(readAppendFrame(frame)).toEqual(expected);
  });

  it.each([
    ["another event", '{"type":"input_audio_buffer.commit"}'],
    ["an escape", '{"type":"input_audio_buffer.append","audio":"AAA=","event_id":"\\u0041"}'],
    ["an escaped key", '{"type":"input_audio_buffer.append","\\u0061udio":"AAA="}'],
    ["a key twice", '{"type":"input_audio_buffer.append","audio":"AAA=","audio":"AAAA"}'],
    ["a further key", '{"type":"input_audio_buffer.append","audio":"AAA=","more":"x"}'],
    ["a value that is no string", '{"type":"input_audio_buffer.append","audio":null}'],
    ["four keys", '{"type":"input_audio_buffer.append","audio":"","event_id":"","x":""}'],
    ["something after it", '{"type":"input_audio_buffer.append","audio":"AAA="}x'],
    ["a comma at its end", '{"type":"input_audio_buffer.append","audio":"AAA=",}'],
    ["no end", '{"type":"input_audio_buffer.append","audio":"AAA="'],
    ["no end of its string", '{"type":"input_audio_buffer.append","audio":"AAA='],
    ["no audio", '{"type":"input_audio_buffer.append"}'],
    ["no type", '{"audio":"AAA="}'],
    ["a key only", '{"type"'],
    ["an open key", '{"type'],
    ["a brace", "{"],
    ["nothing", ""],
    ["a raw line end in its id", '{"type":"input_audio_buffer.append","event_id":"a\nb","audio":""}'],
  ])("leaves %s to the parser", (_, frame) => {
    expect(readAppendFrame(frame)).toBeUndefined();
  });

  it("understands nothing that JSON does not, and the same", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      ",",
      ":",
      '"',
      "\\",
      " ",
      "\n",
      '"type"',
      `"${type}"`,
      '"audio"',
      '"event_id"',
      '"AAA="',
      '"x"',
      `{"type":"${type}","audio":"AAA="`,
      `"audio":"AAA=","type":"${type}"`,
      '"event_id":"e"',
      "\u2028",
    );
    let understood = 0;
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.boolean(), (parts, whole) => {
        const frame = whole ? `{${parts.join("")}}` : parts.join("");
        const read = readAppendFrame(frame);
        if (read === undefined) return;
        understood += 1;
        const parsed = JSON.parse(frame) as Record<string, unknown>;
        expect(parsed).toEqual({
          type,
          audio: read.audio,
          ...(read.eventId === null ? {} : { event_id: read.eventId }),
        });
      }),
      { numRuns: 20_000, seed: 7 },
    );
    expect(understood).toBeGreaterThan(10);
  });
});
