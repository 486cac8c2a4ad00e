const isString = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isMark(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { chars, samples } = value as { readonly chars?: unknown; readonly samples?: unknown };
  return isCount(chars) && isCount(samples) && Object.keys(value).length === 2;
}

/** Checks by hand what comes tens of times in each answer: a token of text and a chunk of audio.
 *  @returns whether it is one of these. Everything else, valid or not, and what has fields that are not known here, is
 *    the schema's to judge */
export function isFrequentOut(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { type, response, run, offset, text, segment, pcm, marks } = value as Readonly<
    Record<string, unknown>
  >;
  if (!isString(response) || !isString(run) || !isCount(offset)) return false;
  const fields = Object.keys(value).length;
  if (type === "llm.text") return isString(text) && fields === 5;
  if (type !== "tts.audio" || !isCount(segment) || !(pcm instanceof Uint8Array)) return false;
  if (marks === undefined) return fields === 6;
  return Array.isArray(marks) && marks.every(isMark) && fields === 7;
}
