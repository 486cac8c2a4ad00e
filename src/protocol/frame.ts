import { realtimeError } from "./realtime-error.ts";
import type { Outcome } from "./validation.ts";

/** Longest frame: 15 MiB of audio as base64 is 20 Mi characters. */
export const frameCharsMax = 22_000_000;
/** Deeper values would overflow the stack of whoever writes them out again (JSON.stringify recurses). */
const depthMax = 64;
/** Frames longer than this hold audio, or their making is looked at before they are parsed. */
const plainFrameCharsMax = 256 * 1024;
/** Commas, brackets and braces of a long frame: what parsing it costs beyond its length. Base64 has none. */
const structureMax = 65_536;

/** Whether a long frame is intricate enough to cost more than its length; stops counting at the bound. */
function tooIntricate(frame: string): boolean {
  let count = 0;
  for (const mark of [",", "[", "{"])
    for (let at = frame.indexOf(mark); at >= 0; at = frame.indexOf(mark, at + 1)) {
      count += 1;
      if (count > structureMax) return true;
    }
  return false;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (deeperThan(inner, levels - 1)) return true;
  return false;
}

const refuse = (
  message: string,
): { readonly ok: false; readonly error: ReturnType<typeof realtimeError.invalidJson> } => ({
  ok: false,
  error: realtimeError.invalidJson(message),
});

/** Parses a frame that must be one JSON object, within bounds of length, depth and number of values.
 *  @param what an error calls it */
export function parseFrame(
  frame: string,
  what: "frame" | "body" = "frame",
): Outcome<Readonly<Record<string, unknown>>> {
  if (frame.length > frameCharsMax) return refuse(`The ${what} is longer than ${frameCharsMax} characters.`);
  if (frame.length > plainFrameCharsMax && tooIntricate(frame))
    return refuse(`The ${what} holds too many values.`);
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return refuse(`The ${what} is not valid JSON.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse(`The ${what} is not a JSON object.`);
  if (deeperThan(value, depthMax)) return refuse(`The ${what} is nested deeper than ${depthMax} levels.`);
  return { ok: true, value: value as Record<string, unknown> };
}
