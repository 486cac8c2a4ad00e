import type { ItemId, ResponseId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import { itemFrom } from "../../protocol/new-item.ts";
import { realtimeError } from "../../protocol/realtime-error.ts";
import { effectiveResponseConfig, noOverrides } from "../../protocol/response-config.ts";
import type { ResponseConfig, ResponseOverrides } from "../../protocol/response-config.ts";
import type { AudioFormat } from "../../protocol/settings.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { CancelReason, ResponseEnd, ResponseOutput, ResponseStep } from "../response/messages.ts";
import { contextLengthExceeded, fitContext } from "./context.ts";
import { withTranscript } from "./conversation.ts";
import { errorOfFailure, responseObject } from "./response-object.ts";
import { wrongInput } from "./input-check.ts";
import { bytesPerMs } from "./format.ts";
import { awaitUser, stopAwaiting } from "./idle.ts";
import { forgetInterruption, noteEnd, takeUpRest } from "./interruption.ts";
import { withAudio } from "./playback.ts";
import { beginSpeaking, endSpeaking, heardOfCut, noteSent, noteSpeech, sentOf } from "./speaking.ts";
import { samplesPerMs } from "./spoken.ts";
import { endedRememberedMax, inBand, itemPrefixOf, outOfBandMax } from "./state.ts";
import type { ActiveResponse, SessionState } from "./state.ts";
import {
  dropActive,
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

/** Starts the answer that a committed turn asks for, or remembers that it is owed.
 *  @param log and `events` share the record with the response's begin
 *  @param note for the model, for this answer alone */
export function answerTurn(
  work: Work,
  log: readonly LogEntry[],
  events: readonly ServerEvent[],
  note?: string,
): void {
  if (work.state.leaving) {
    work.effects.push({ type: "emit", log, events });
    return;
  }
  if (inBand(work.state) !== undefined) {
    update(work, { owed: work.state.owed ?? noOverrides });
    work.effects.push({ type: "emit", log, events });
    return;
  }
  start(work, noOverrides, log, events, note);
}

/** `response.create`. */
export function createResponse(work: Work, overrides: ResponseOverrides, eventId: string | null): void {
  const { state } = work;
  if (state.config.type === "transcription") return refuse(work, realtimeError.neverAnswers(eventId));
  const active = overrides.conversation === "auto" ? inBand(state) : undefined;
  // a cancel that the client sent before this may still be on its way through the answer
  const isEnding = active?.cancelling !== undefined && state.owed === undefined;
  if (active !== undefined && !isEnding) {
    return refuse(work, realtimeError.activeResponse(active.id, eventId));
  }
  if (
    overrides.conversation === "none" &&
    [...state.active.values()].filter((r) => r.outOfBand).length >= outOfBandMax
  ) {
    return refuse(
      work,
      realtimeError.rateLimited(`At most ${outOfBandMax} out-of-band responses may be in progress.`, eventId),
    );
  }
  if (overrides.conversation === "auto" && isFull(state)) {
    return refuse(work, realtimeError.conversationFull(eventId));
  }
  const wrong = wrongInput(work, overrides, eventId);
  if (wrong !== undefined) return refuse(work, wrong);
  forgetInterruption(work);
  if (isEnding) update(work, { owed: overrides });
  else start(work, overrides, [], []);
}

function start(
  work: Work,
  overrides: ResponseOverrides,
  log: readonly LogEntry[],
  events: readonly ServerEvent[],
  note?: string,
): void {
  const id = newId(work, "resp") as ResponseId;
  const config = effectiveResponseConfig(work.state.config, overrides);
  const outOfBand = overrides.conversation === "none";
  const context = contextItems(work.state, config);
  const response: ActiveResponse = {
    id,
    outOfBand,
    config,
    awaits: work.state.pending.filter((item) => context.some((entry) => entry.id === item)),
    begun: false,
    note,
    resumed: undefined,
    cancelling: undefined,
  };
  setActive(work, response);
  if (!outOfBand) {
    update(work, { owed: undefined });
    stopAwaiting(work);
  }
  const spec = {
    id,
    answer: work.state.answers,
    modality: config.output_modalities[0],
    itemPrefix: itemPrefixOf(id),
  };
  update(work, { answers: work.state.answers + 1 });
  work.effects.push(
    { type: "respond", spec, config },
    {
      type: "emit",
      log: [...log, { type: "response.begun", response: id, outOfBand }],
      events: [...events, { type: "response.created", response: responseObject(work.state, response) }],
    },
  );
  if (work.state.congested) work.effects.push({ type: "congest", response: id, congested: true });
  beginWhenReady(work, response);
}

function contextItems(state: SessionState, config: ResponseConfig): readonly Item[] {
  if (config.input === null) return state.conversation.filter(({ id }) => !state.unsaid.has(id));
  return config.input.flatMap((input, index) => {
    if (input.type === "item") return [itemFrom(input.item, input.item.id ?? (`input_${index}` as ItemId))];
    return state.conversation.find((item) => item.id === input.id) ?? [];
  });
}

/** Generation begins when all utterances of its context are transcribed. */
function beginWhenReady(work: Work, response: ActiveResponse): void {
  if (response.begun || response.cancelling !== undefined || response.awaits.length > 0) return;
  const { id, config } = response;
  const rest = takeUpRest(work, response);
  setActive(work, { ...response, begun: true, resumed: rest?.resumed });
  // what was said of this answer before is not what it answers
  const isContext = (item: Item): boolean => rest?.resumed.items.includes(item.id) !== true;
  const fitted = fitContext({
    items: contextItems(work.state, config).filter(isContext),
    config,
    truncation: work.state.config.truncation,
    limits: work.state.limits,
    // what a client names itself is wanted, whatever the conversation has left out
    forgotten: config.input === null ? work.state.forgotten : new Set(),
  });
  if (fitted === undefined) {
    work.effects.push({ type: "fail", response: id, code: contextLengthExceeded });
    return;
  }
  // a context of its own says nothing about the conversation's
  if (config.input === null) update(work, { forgotten: fitted.forgotten });
  const note = response.note === undefined ? [] : [{ role: "system" as const, text: response.note }];
  work.effects.push({
    type: "begin",
    response: id,
    request: {
      config,
      messages: [...fitted.messages, ...note],
      ...(rest !== undefined && { opening: rest.opening }),
    },
  });
}

/** An utterance has its transcript, or will have none. */
export function utteranceSettled(work: Work, item: ItemId): void {
  for (const response of work.state.active.values()) {
    if (!response.awaits.includes(item)) continue;
    const ready = { ...response, awaits: response.awaits.filter((id) => id !== item) };
    setActive(work, ready);
    beginWhenReady(work, ready);
  }
}

/** Passes a piece of a response's output on: its items find their places, its entries and events leave together. */
export function takeStep(work: Work, given: ResponseStep): void {
  const response = work.state.active.get(given.response);
  if (response === undefined) return; // its terminal is out: nothing of it may follow
  const step = response.cancelling === undefined ? given : asCancelled(given, response.cancelling);
  if (step.speech !== undefined && !response.outOfBand) noteSpeech(work, step.speech);
  const log: LogEntry[] = [...step.log];
  const events: ServerEvent[] = [];
  for (const output of step.output) {
    if (response.cancelling !== undefined && output.type === "response.output_audio.delta") continue;
    passOn(work, response, output, log, events);
  }
  if (step.ended !== undefined) {
    noteEnd(work, response, step.ended);
    finish(work, response, step.ended, events);
  }
  if (log.length > 0 || events.length > 0) {
    work.effects.push({
      type: "emit",
      log,
      events,
      ...(step.notify !== undefined && { notify: { response: step.response, segment: step.notify } }),
    });
  }
  const { owed, leaving } = work.state;
  if (step.ended === undefined || response.outOfBand) return;
  if (owed === undefined || leaving) awaitUser(work, step.ended);
  else start(work, owed, [], []);
}

/** An answer that had just finished when its cancel was taken ends as cancelled: audio of it has been withheld. */
function asCancelled(step: ResponseStep, reason: CancelReason): ResponseStep {
  if (step.ended?.status !== "completed") return step;
  return {
    ...step,
    log: step.log.map((entry) =>
      entry.type === "response.ended" ? { ...entry, status: "cancelled", reason } : entry,
    ),
    ended: { ...step.ended, status: "cancelled", reason },
  };
}

function passOn(
  work: Work,
  response: ActiveResponse,
  output: ResponseOutput,
  log: LogEntry[],
  events: ServerEvent[],
): void {
  switch (output.type) {
    case "item.added": {
      if (response.outOfBand) return;
      const before = place(work, output.item, null)?.before ?? null;
      log.push({ type: "item", item: output.item, after: before });
      events.push({ type: "conversation.item.added", previous_item_id: before, item: output.item });
      return;
    }
    case "item.done": {
      if (response.outOfBand) return;
      endSpeaking(work);
      if (!isShown(work, output.item.id)) return;
      const heard = heardOfCut(work.state, output.item.id);
      const kept = heard === undefined ? output.item : withTranscript(output.item, heard);
      setItem(work, kept);
      const before = previousOf(work.state, output.item.id);
      log.push({ type: "item", item: kept, after: before });
      events.push({ type: "conversation.item.done", previous_item_id: before, item: output.item });
      return;
    }
    case "response.content_part.added": {
      const item = output.item_id as ItemId;
      const isSpoken = output.part.type === "audio" && !response.outOfBand && isShown(work, item);
      if (isSpoken) beginSpeaking(work, item, response.config.audio.output.speed);
      events.push(output);
      return;
    }
    case "response.output_audio.delta":
      if (response.outOfBand) update(work, { audioHasBeenSent: true });
      else {
        const item = output.item_id as ItemId;
        const samples = samplesOf(output.delta.length, response.config.audio.output.format);
        update(work, {
          audioHasBeenSent: true,
          ...sentOf(work.state, item, samples),
          playback: withAudio(work.state.playback, item, samples / samplesPerMs, work.at),
        });
      }
      events.push(output);
      return;
    default:
      events.push(output);
  }
}

/** Whether an item that was added is still there: the client may have deleted it, and made another of its id. */
const isShown = (work: Work, item: ItemId): boolean => itemOf(work, item)?.status === "in_progress";

/** Samples at 24 kHz of audio in the client's format. */
const samplesOf = (bytes: number, format: AudioFormat): number => (bytes * samplesPerMs) / bytesPerMs(format);

/** Audio of a cancelled answer was taken back before it left: nobody will hear it. */
export function takeBack(work: Work, id: ResponseId, item: ItemId, bytes: number): void {
  const response = work.state.active.get(id);
  if (response === undefined || response.outOfBand) return;
  noteSent(work, item, -samplesOf(bytes, response.config.audio.output.format));
}

function finish(work: Work, response: ActiveResponse, end: ResponseEnd, events: ServerEvent[]): void {
  dropActive(work, response.id);
  if (!response.outOfBand) endSpeaking(work);
  update(work, { ended: [...work.state.ended, response.id].slice(-endedRememberedMax) });
  if (end.status === "failed") {
    events.push({ type: "error", error: errorOfFailure(end, "An answer could not be completed.") });
  }
  events.push({ type: "response.done", response: responseObject(work.state, response, end) });
}
