import { isDeepStrictEqual } from "node:util";
import type { ItemId } from "../../lib/ids.ts";
import { quietMsKept } from "../listener/hearing.ts";
import { bytesPerMs } from "./format.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import { withoutImages } from "../../protocol/image.ts";
import type { MessageItem } from "../../protocol/items.ts";
import { itemFrom } from "../../protocol/new-item.ts";
import { realtimeError } from "../../protocol/realtime-error.ts";
import { applySessionUpdate } from "../../protocol/session-config.ts";
import { sessionObject } from "../../protocol/session-object.ts";
import { hasCall, imagesLetGo, placeOf, removeItem, withTranscript } from "./conversation.ts";
import { stopAwaiting } from "./idle.ts";
import { unreadable } from "./input-check.ts";
import { forgetInterruption } from "./interruption.ts";
import { flushed } from "./playback.ts";
import { createResponse } from "./responses.ts";
import { cutShort, forgetSpoken, spokenOf } from "./speaking.ts";
import { playableMs } from "./spoken.ts";
import { freedMax, inBand, isSpokenItem, isStillHeard, pendingMax } from "./state.ts";
import type { SessionState } from "./state.ts";
import {
  appendDone,
  emit,
  isFull,
  itemOf,
  newId,
  place,
  previousOf,
  refuse,
  setActive,
  setItem,
  update,
} from "./work.ts";
import type { Work } from "./work.ts";

type Event<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;
type Handlers = { readonly [T in ClientEvent["type"]]: (work: Work, event: Event<T>) => void };

/** Less audio than this is no utterance. */
const commitMsMin = 100;
/** Audio that may wait: under push to talk for its commit, with voice activity on for the listener to judge it. One append
 *  may go beyond it. */
const bufferedMsMax = 180_000;

const isPushToTalk = ({ config }: SessionState): boolean => config.audio.input.turn_detection === null;

/** Whether the input buffer takes nothing more. */
export function isInputFull(
  state: SessionState,
  { writtenMs, judgedMs }: Pick<SessionState["input"], "writtenMs" | "judgedMs"> = state.input,
): boolean {
  // with voice activity on, the listener lets go of what it has judged and is not speech; else nobody does
  const doneMs = isPushToTalk(state) ? state.input.consumedMs : judgedMs;
  return writtenMs - doneMs >= bufferedMsMax;
}

export const clientHandlers: Handlers = {
  "session.update": updateSession,
  "input_audio_buffer.append": (work, { audio, eventId }) => {
    if (isInputFull(work.state)) {
      const message = isPushToTalk(work.state)
        ? "The input audio buffer is full: commit or clear it."
        : "The input audio buffer is full: audio is sent faster than it can be listened to.";
      return refuse(work, realtimeError.invalidValue("audio", message, eventId));
    }
    const { input, config } = work.state;
    const ms = audio.length / bytesPerMs(config.audio.input.format);
    update(work, { input: { ...input, writtenMs: input.writtenMs + ms } });
    work.effects.push({ type: "listen", message: { type: "audio", bytes: audio } });
  },
  "input_audio_buffer.commit": commit,
  "input_audio_buffer.clear": (work) => {
    goOn(work);
    const cuts = cut(work);
    update(work, {
      input: { ...work.state.input, consumedMs: work.state.input.writtenMs },
      speech: undefined,
      ending: undefined,
      clearedAt: cuts,
    });
    work.effects.push({ type: "listen", message: { type: "clear", cuts } });
    emit(work, [{ type: "input_audio_buffer.cleared" }]);
  },
  "output_audio_buffer.clear": () => {},
  "conversation.item.create": createItem,
  "conversation.item.retrieve": (work, { itemId, eventId }) => {
    if (itemOf(work, itemId) === undefined)
      return refuse(work, realtimeError.cannotRetrieve(itemId, eventId));
    work.effects.push({ type: "retrieve", item: itemId });
  },
  "conversation.item.delete": (work, { itemId, eventId }) => {
    if (itemOf(work, itemId) === undefined) return refuse(work, realtimeError.cannotDelete(itemId, eventId));
    forgetInterruption(work);
    // another item may be made of the same id
    update(work, {
      conversation: removeItem(work.state.conversation, itemId),
      unsaid: without(work.state.unsaid, itemId),
      forgotten: without(work.state.forgotten, itemId),
      freed: withFreed(work.state, itemId),
    });
    forgetSpoken(work, itemId);
    emit(
      work,
      [{ type: "conversation.item.deleted", item_id: itemId }],
      [{ type: "item.deleted", item: itemId }],
    );
  },
  "conversation.item.truncate": truncate,
  "response.create": (work, { overrides, eventId }) => createResponse(work, overrides, eventId),
  "response.cancel": (work, { responseId, eventId }) => {
    const response = responseId === null ? inBand(work.state) : work.state.active.get(responseId);
    if (response === undefined || response.cancelling !== undefined) {
      return refuse(work, realtimeError.cancelNotActive(eventId));
    }
    setActive(work, { ...response, cancelling: "client_cancelled" });
    // whoever cancels an answer does not go on playing it
    if (!response.outOfBand) {
      update(work, { playback: flushed(work.state.playback, work.at) });
      forgetInterruption(work);
    }
    work.effects.push({ type: "cancel", response: response.id, reason: "client_cancelled" });
  },
};

/** Whether the server picks ids like this one: the listener or an answer may be about to. */
const isOwnId = ({ ids }: SessionState, item: ItemId): boolean => item.startsWith(`item_${ids.prefix}_`);

function withFreed(state: SessionState, item: ItemId): ReadonlySet<ItemId> {
  if (!isOwnId(state, item)) return state.freed;
  return new Set([...state.freed, item].slice(-freedMax));
}

function without(items: ReadonlySet<ItemId>, item: ItemId): ReadonlySet<ItemId> {
  if (!items.has(item)) return items;
  const others = new Set(items);
  others.delete(item);
  return others;
}

/** The client does something that was not refused: the user is not waited for, and no answer from before is gone back to. */
function goOn(work: Work): void {
  stopAwaiting(work);
  forgetInterruption(work);
}

/** Counts a commit or a clear. */
function cut(work: Work): number {
  const cuts = work.state.cuts + 1;
  update(work, { cuts });
  return cuts;
}

function updateSession(work: Work, { session, eventId }: Event<"session.update">): void {
  const { state } = work;
  const outcome = applySessionUpdate(state.config, session, {
    eventId,
    audioHasBeenSent: state.audioHasBeenSent,
  });
  if (!outcome.ok) return refuse(work, outcome.error);
  const before = state.config.audio.input.turn_detection;
  update(work, { config: outcome.config });
  if (!isDeepStrictEqual(before, outcome.config.audio.input.turn_detection)) stopAwaiting(work);
  if (outcome.config.audio.input.turn_detection === null) {
    if (before !== null && state.speech === undefined) letGoOfQuiet(work);
    update(work, { speech: undefined, ending: state.speech ?? state.ending });
  }
  work.effects.push(
    { type: "configured", config: outcome.config, notes: outcome.notes },
    {
      type: "listen",
      message: { type: "configure", input: outcome.config.audio.input },
    },
  );
  emit(
    work,
    [{ type: "session.updated", session: sessionOf(work.state) }],
    [{ type: "configured", config: outcome.config }],
  );
}

/** The listener has let go of it, so push to talk does not begin with a full buffer. */
function letGoOfQuiet(work: Work): void {
  const { input } = work.state;
  const consumedMs = Math.max(input.consumedMs, input.judgedMs - quietMsKept);
  update(work, { input: { ...input, consumedMs } });
}

export const sessionOf = (state: SessionState) => sessionObject(state.config, state.id, state.expiresAt);

function commit(work: Work, { eventId }: Event<"input_audio_buffer.commit">): void {
  const { input, speech, config } = work.state;
  // sums of parts of a millisecond are a little off
  const bufferedMs = Math.round((input.writtenMs - input.consumedMs) * 1_000) / 1_000;
  if (bufferedMs < commitMsMin) return refuse(work, realtimeError.commitEmpty(bufferedMs, eventId));
  if (isFull(work.state)) return refuse(work, realtimeError.conversationFull(eventId));
  if (isBusy(work.state)) return refuse(work, busy(eventId));
  goOn(work);
  // with voice activity on again, what was being spoken before it was off is gone, or has ended by itself
  const ending = config.audio.input.turn_detection === null ? work.state.ending : undefined;
  const item = speech ?? ending ?? (newId(work, "item") as ItemId);
  if (item === ending) update(work, { ending: undefined });
  update(work, { speech: undefined, input: { ...input, consumedMs: input.writtenMs } });
  work.effects.push({ type: "listen", message: { type: "commit", item, cuts: cut(work) } });
  const { log, events } = commitUtterance(work, item);
  emit(work, events, log);
}

const isBusy = (state: SessionState): boolean => state.pending.length >= pendingMax;

const busy = (eventId: string | null) =>
  realtimeError.rateLimited(`At most ${pendingMax} utterances may wait for their transcripts.`, eventId);

/** The utterance becomes an item; its transcript follows. */
export function commitUtterance(
  work: Work,
  id: ItemId,
): Pick<ReturnType<typeof appendDone>, "log" | "events"> {
  const item: MessageItem = {
    id,
    object: "realtime.item",
    type: "message",
    role: "user",
    status: "completed",
    content: [{ type: "input_audio", transcript: null }],
  };
  update(work, { pending: [...work.state.pending, id] });
  const { log, events, before } = appendDone(work, item);
  return {
    log,
    events: [{ type: "input_audio_buffer.committed", item_id: id, previous_item_id: before }, ...events],
  };
}

const ownIdMessage =
  "The server picks ids that begin like this one. Use another, or that of an item which you have deleted.";

const stillHeard = (eventId: string | null) =>
  realtimeError.invalidValue(
    "item.id",
    "The item that had this id is deleted, but its audio is still being processed: use another id, or try again.",
    eventId,
  );

function createItem(
  work: Work,
  { item: given, previousItemId, eventId }: Event<"conversation.item.create">,
): void {
  const { state } = work;
  if (isFull(state)) return refuse(work, realtimeError.conversationFull(eventId));
  if (given.audio.length > 0 && isBusy(state)) return refuse(work, busy(eventId));
  const wrong = unreadable(state, given, "item", eventId);
  if (wrong !== undefined) return refuse(work, wrong);
  const id = given.id ?? (newId(work, "item") as ItemId);
  if (itemOf(work, id) !== undefined) return refuse(work, realtimeError.duplicateItem(id, eventId));
  if (given.id !== null && isOwnId(state, id) && !state.freed.has(id))
    return refuse(work, realtimeError.invalidValue("item.id", ownIdMessage, eventId));
  // what is still to come of the item that had this id would be taken for this one's
  if (given.audio.length > 0 && isStillHeard(state, id)) return refuse(work, stillHeard(eventId));
  const { body } = given;
  if (body.type === "function_call_output" && !hasCall(state.conversation, body.call_id)) {
    return refuse(work, realtimeError.unknownCall(body.call_id, eventId));
  }
  if (placeOf(state.conversation, previousItemId) === undefined) {
    return refuse(work, realtimeError.unknownPreviousItem(previousItemId ?? "", eventId));
  }
  goOn(work);
  const item = itemFrom(given, id);
  update(work, { freed: without(state.freed, id) });
  const poorer = imagesLetGo(state.conversation, item);
  for (const one of poorer) setItem(work, one);
  const before = place(work, item, previousItemId)?.before ?? null;
  const audio = given.audio[0];
  if (audio !== undefined) {
    update(work, { pending: [...work.state.pending, id] });
    work.effects.push({ type: "listen", message: { type: "recognize", item: id, bytes: audio.bytes } });
  }
  const shown = withoutImages(item);
  for (const one of poorer)
    emit(work, [], [{ type: "item", item: one, after: previousOf(work.state, one.id) }]);
  emit(
    work,
    [
      { type: "conversation.item.added", previous_item_id: before, item: shown },
      { type: "conversation.item.done", previous_item_id: before, item: shown },
    ],
    [{ type: "item", item, after: before }],
  );
}

function truncate(work: Work, event: Event<"conversation.item.truncate">): void {
  const { itemId, contentIndex, audioEndMs, eventId } = event;
  const item = itemOf(work, itemId);
  if (item === undefined) return refuse(work, realtimeError.cannotTruncate(itemId, eventId));
  if (!isSpokenItem(work.state, item))
    return refuse(work, realtimeError.truncateNotAudio("item_id", eventId));
  if (contentIndex !== 0) return refuse(work, realtimeError.truncateNotAudio("content_index", eventId));
  const spoken = spokenOf(work.state, itemId);
  const audioMs = spoken === undefined ? 0 : playableMs(spoken);
  if (audioEndMs > audioMs)
    return refuse(work, realtimeError.truncateBeyondAudio(audioMs, audioEndMs, eventId));
  const short = cutShort(work, itemId, audioEndMs, "client");
  // one that is still being shown gets its transcript when it is done
  if (item.status !== "in_progress") setItem(work, withTranscript(item, short.heard));
  // a client truncates what it has stopped playing
  if (work.state.playback?.item === itemId) update(work, { playback: flushed(work.state.playback, work.at) });
  emit(
    work,
    [
      {
        type: "conversation.item.truncated",
        item_id: itemId,
        content_index: 0,
        audio_end_ms: short.audioEndMs,
      },
    ],
    [{ type: "item.truncated", item: itemId, ...short }],
  );
}
