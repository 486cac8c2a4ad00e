import type { ItemId } from "../../lib/ids.ts";
import { saysNothing } from "../listener/backchannels.ts";
import type { Opening, ResponseEnd } from "../response/messages.ts";
import { findItem, withTranscript } from "./conversation.ts";
import { unplayedMs } from "./playback.ts";
import { cutShort, spokenOf } from "./speaking.ts";
import { heardWithin, sentMs } from "./spoken.ts";
import { inBand } from "./state.ts";
import type { ActiveResponse, Resumed, SessionState } from "./state.ts";
import { emit, itemOf, setItem, update } from "./work.ts";
import type { Work } from "./work.ts";

const resumes = ({ config }: SessionState): boolean => config.interruption?.false_interruption === "resume";

/** Speech cuts off what the client is being told. Called before anything of it is cancelled or flushed. */
export function noteInterruption(work: Work, utterance: ItemId): void {
  const { state, at } = work;
  if (!resumes(state)) return forgetInterruption(work);
  const { interrupted } = state;
  // the rest of that one has not been taken up yet
  if (interrupted !== undefined)
    return update(work, {
      interrupted: { ...interrupted, undecided: [...interrupted.undecided, utterance] },
    });
  const cut = inBand(state);
  if (cut === undefined) return notePlayed(work, utterance);
  if (!cut.begun || cut.cancelling !== undefined) return;
  update(work, {
    interrupted: {
      response: cut.id,
      playedMs: playedMs(state, state.speaking?.item, at),
      undecided: [utterance],
      known: undefined,
      before: cut.resumed,
    },
  });
}

/** The answer is done, but the client still plays it. */
function notePlayed(work: Work, utterance: ItemId): void {
  const { state, at } = work;
  const response = state.ended.at(-1);
  const item = state.conversation.at(-1);
  if (response === undefined || item?.type !== "message" || item.id !== state.playback?.item) return;
  if (unplayedMs(state.playback, at) === 0) return;
  const text = item.content.map((part) => (part.type === "output_audio" ? part.transcript : "")).join("");
  update(work, {
    interrupted: {
      response,
      playedMs: playedMs(state, item.id, at),
      undecided: [utterance],
      known: { item: item.id, text, complete: true },
      before: undefined,
    },
  });
}

function playedMs(state: SessionState, item: ItemId | undefined, at: number): number {
  if (item === undefined || state.playback?.item !== item) return 0;
  const spoken = spokenOf(state, item);
  return spoken === undefined ? 0 : Math.max(0, Math.floor(sentMs(spoken) - unplayedMs(state.playback, at)));
}

/** Something was said or asked for since: the answer is not gone back to. */
export function forgetInterruption(work: Work): void {
  if (work.state.interrupted !== undefined) update(work, { interrupted: undefined });
}

/** An answer has ended: now it is known what it would have said. */
export function noteEnd(work: Work, { id }: ActiveResponse, end: ResponseEnd): void {
  const { interrupted } = work.state;
  if (interrupted?.response !== id || interrupted.known !== undefined) return;
  if (end.status !== "cancelled" || end.known === undefined) return forgetInterruption(work);
  const item = end.items.find(({ type }) => type === "message")?.id;
  update(work, { interrupted: { ...interrupted, known: { item, ...end.known } } });
}

/** What was said in an utterance is known.
 *  @param text undefined when it could not be recognised
 *  @returns whether it was the false alarm that an answer was cut off for */
export function noteWords(work: Work, utterance: ItemId, text: string | undefined): boolean {
  const { interrupted } = work.state;
  if (interrupted?.undecided.includes(utterance) !== true) return false;
  if (text === undefined || !saysNothing(text)) {
    forgetInterruption(work);
    return false;
  }
  const undecided = interrupted.undecided.filter((id) => id !== utterance);
  update(work, { interrupted: { ...interrupted, undecided } });
  return true;
}

/** An answer begins: the rest of the one that was cut off for nothing, if there is such a one.
 *  @returns what it opens with; undefined: it is an answer like any other */
export function takeUpRest(
  work: Work,
  response: ActiveResponse,
): { readonly opening: Opening; readonly resumed: Resumed } | undefined {
  const { state } = work;
  const { interrupted } = state;
  if (interrupted === undefined || response.outOfBand) return undefined;
  forgetInterruption(work);
  const { known, before, undecided, playedMs: ms } = interrupted;
  const { output_modalities: modalities, input } = response.config;
  if (known === undefined || undecided.length > 0 || !resumes(state)) return undefined;
  if (modalities[0] !== "audio" || input !== null || response.note !== undefined) return undefined;
  if (known.item !== undefined && findItem(state.conversation, known.item) === undefined) return undefined;
  const chars = known.item === undefined ? 0 : cutToHeard(work, known.item, ms);
  const text = known.text.slice(chars).trimStart();
  const heard = (before?.heard ?? "") + known.text.slice(0, known.text.length - text.length);
  // of an answer of which not a word is known there is no rest
  if (heard === "" && text === "" && !known.complete) return undefined;
  const items = [...(before?.items ?? []), ...(known.item === undefined ? [] : [known.item])];
  return { opening: { heard, text, complete: known.complete }, resumed: { heard, items } };
}

/** Of the item stays what was heard: as the client has said, else as it can have been.
 *  @returns characters of the item's text that were heard */
function cutToHeard(work: Work, item: ItemId, ms: number): number {
  const spoken = spokenOf(work.state, item);
  const stored = itemOf(work, item);
  if (spoken === undefined || stored === undefined) return 0;
  if (spoken.cut) return heardWithin(spoken, Infinity).chars;
  const { chars } = heardWithin(spoken, ms);
  const { audioEndMs, heard } = cutShort(work, item, ms, "server");
  setItem(work, withTranscript(stored, heard));
  emit(
    work,
    [{ type: "conversation.item.truncated", item_id: item, content_index: 0, audio_end_ms: audioEndMs }],
    [{ type: "item.truncated", item, audioEndMs, heard }],
  );
  return chars;
}
