import type { ItemId } from "../../lib/ids.ts";
import { commitUtterance } from "./client-handlers.ts";
import { idleTimeoutMs, idleWoke } from "./idle.ts";
import { answerTurn } from "./responses.ts";
import { emit, newId, update } from "./work.ts";
import type { Work } from "./work.ts";

/** Where the user has said nothing for too long, the silence becomes an item, which is answered like a turn. The listener
 *  is not told: whatever it is just about to recognise as speech stays whole.
 *  @returns the item, if there is one; nobody else will say what was said in it */
export function commitSilence(work: Work): { readonly item: ItemId; readonly seconds: number } | undefined {
  const silence = idleWoke(work);
  if (silence === undefined) return undefined;
  const item = newId(work, "item") as ItemId;
  update(work, { input: { ...work.state.input, consumedMs: silence.toMs } });
  const { log, events } = commitUtterance(work, item);
  const triggered = {
    type: "input_audio_buffer.timeout_triggered",
    audio_start_ms: Math.floor(silence.fromMs),
    audio_end_ms: Math.floor(silence.toMs),
    item_id: item,
  } as const;
  const answers = work.state.config.audio.input.turn_detection?.create_response === true;
  if (answers) answerTurn(work, log, [triggered, ...events], silenceNote(idleTimeoutMs(work.state) ?? 0));
  else emit(work, [triggered, ...events], log);
  return { item, seconds: (silence.toMs - silence.fromMs) / 1_000 };
}

/** What the model is told for this answer alone: the silence itself is nothing that it could answer. */
const silenceNote = (ms: number): string =>
  `The user has been silent for ${Math.round(ms / 1_000)} seconds since you last spoke. ` +
  "Say one short sentence that takes the conversation up again, or ask whether they are still there.";
