import type { NewItem } from "../../protocol/new-item.ts";
import { realtimeError } from "../../protocol/realtime-error.ts";
import type { RealtimeError } from "../../protocol/realtime-error.ts";
import type { ResponseOverrides } from "../../protocol/response-config.ts";
import type { SessionState } from "./state.ts";
import { itemOf } from "./work.ts";
import type { Work } from "./work.ts";

/** The error of a context that a client gives an answer, when it cannot be read. */
export function wrongInput(
  work: Work,
  { input }: ResponseOverrides,
  eventId: string | null,
): RealtimeError | undefined {
  for (const [index, entry] of (input ?? []).entries()) {
    const root = `response.input[${index}]`;
    if (entry.type === "reference") {
      if (itemOf(work, entry.id) === undefined)
        return realtimeError.unknownReference(entry.id, `${root}.id`, eventId);
      continue;
    }
    const error = unreadable(work.state, entry.item, root, eventId);
    if (error !== undefined) return error;
    // what is said here is no item of the conversation, and only those are recognised
    const audio = entry.item.audio.find(({ contentIndex }) => !isTranscribed(entry.item, contentIndex));
    if (audio === undefined) continue;
    const message =
      "Audio without a transcript is recognised in the conversation's items only: refer to one.";
    return realtimeError.invalidValue(`${root}.content[${audio.contentIndex}].audio`, message, eventId);
  }
  return undefined;
}

function isTranscribed({ body }: NewItem, index: number): boolean {
  const part = body.type === "message" ? body.content[index] : undefined;
  return part?.type === "input_audio" && part.transcript !== null;
}

/** The error of an item that holds a picture where the language model takes none. */
export function unreadable(
  { limits }: SessionState,
  { body }: NewItem,
  root: string,
  eventId: string | null,
): RealtimeError | undefined {
  if (limits.takesImages || body.type !== "message") return undefined;
  const index = body.content.findIndex(({ type }) => type === "input_image");
  return index === -1 ? undefined : realtimeError.imagesNotTaken(`${root}.content[${index}]`, eventId);
}
