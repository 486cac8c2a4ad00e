import type { ItemId } from "../../lib/ids.ts";
import { realtimeError } from "../../protocol/realtime-error.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import { clientHandlers, commitUtterance, sessionOf } from "./client-handlers.ts";
import { audioPartOf, withTranscript } from "./conversation.ts";
import type { SessionEffect, SessionMessage } from "./messages.ts";
import { stopAwaiting } from "./idle.ts";
import { forgetInterruption, noteInterruption, noteWords } from "./interruption.ts";
import { flushed } from "./playback.ts";
import { answerTurn, takeBack, takeStep, utteranceSettled } from "./responses.ts";
import { tellListener } from "./answering.ts";
import { commitSilence } from "./silence.ts";
import { inBand } from "./state.ts";
import type { SessionState } from "./state.ts";
import { emit, isFull, itemOf, refuse, setActive, setItem, update } from "./work.ts";
import type { Work } from "./work.ts";

/** A session ends after this long. */
export const sessionMinutesMax = 60;

type Handlers = {
  readonly [T in SessionMessage["type"]]: (work: Work, message: Extract<SessionMessage, { type: T }>) => void;
};

/** What a session does with each message. */
const handlers: Handlers = {
  opened: (work) =>
    emit(
      work,
      [{ type: "session.created", session: sessionOf(work.state) }],
      [{ type: "configured", config: work.state.config }],
    ),
  client: (work, { event }) =>
    (clientHandlers[event.type] as (work: Work, event: ClientEvent) => void)(work, event),
  rejected: (work, { error }) => refuse(work, error),
  "speech.started": (work, { item, startMs, cuts }) => {
    // found in audio that the client has cleared or committed: the listener drops it when it hears of that
    if (cuts < work.state.clearedAt) return;
    if (cuts < work.state.cuts) return update(work, { overtaken: { item, startMs } });
    stopAwaiting(work);
    const detects = work.state.config.audio.input.turn_detection !== null;
    update(work, detects ? { speech: item } : { ending: item });
    emit(work, [startOf(item, startMs)]);
    const response = inBand(work.state);
    const interrupts = work.state.config.audio.input.turn_detection?.interrupt_response === true;
    // what is said before an answer is gone back to counts, also when nothing is interrupted any more
    if (interrupts || work.state.interrupted !== undefined) noteInterruption(work, item);
    if (!interrupts) return;
    // stock clients throw away what they have not played when they hear of speech
    update(work, { playback: flushed(work.state.playback, work.at) });
    if (response === undefined || response.cancelling !== undefined) return;
    setActive(work, { ...response, cancelling: "turn_detected" });
    work.effects.push({ type: "cancel", response: response.id, reason: "turn_detected" });
  },
  "speech.stopped": (work, { item, endMs }) => {
    const { speech, ending, input } = work.state;
    const overtaken = work.state.overtaken?.item === item ? work.state.overtaken : undefined;
    // the client has committed this utterance itself, or cleared it
    if (speech !== item && ending !== item && overtaken === undefined) return;
    update(work, {
      speech: speech === item ? undefined : speech,
      ending: overtaken === undefined ? undefined : ending,
      overtaken: undefined,
      input: { ...input, consumedMs: Math.max(input.consumedMs, endMs) },
    });
    const spoken: readonly ServerEvent[] = [
      ...(overtaken === undefined ? [] : [startOf(item, overtaken.startMs)]),
      { type: "input_audio_buffer.speech_stopped", audio_end_ms: endMs, item_id: item },
    ];
    if (isFull(work.state)) {
      forgetInterruption(work);
      emit(work, spoken);
      return refuse(work, realtimeError.conversationFull(null));
    }
    const { log, events } = commitUtterance(work, item);
    const answers = work.state.config.audio.input.turn_detection?.create_response === true;
    if (answers) return answerTurn(work, log, [...spoken, ...events]);
    forgetInterruption(work);
    emit(work, [...spoken, ...events], log);
  },
  "transcript.partial": (work, { item, delta }) => {
    if (work.state.config.audio.input.transcription === null) return;
    emit(work, [
      { type: "conversation.item.input_audio_transcription.delta", ...audioOf(work, item), delta },
    ]);
  },
  transcript: (work, { item, text, seconds }) =>
    takeTranscript(work, item, text, seconds, noteWords(work, item, text)),
  "transcript.failed": (work, { item, code }) => failTranscript(work, item, code),
  step: (work, { step }) => takeStep(work, step),
  "response.lost": (work, { response }) => {
    const lost = work.state.active.get(response);
    if (lost === undefined) return;
    takeStep(work, {
      response,
      log: [{ type: "response.ended", response, status: "failed", reason: "ERR_ACTOR_CRASHED" }],
      output: [],
      ended: {
        status: "failed",
        code: "ERR_ACTOR_CRASHED",
        items: [],
        inputTokens: 0,
        cachedTokens: 0,
        textTokens: 0,
        audioTokens: 0,
      },
    });
  },
  "listener.lost": (work) => {
    for (const item of work.state.pending) failTranscript(work, item, "ERR_ACTOR_CRASHED");
    // the listener that begins has been told nothing
    update(work, { speech: undefined, ending: undefined, guard: undefined });
    work.effects.push({
      type: "listen",
      message: { type: "configure", input: work.state.config.audio.input },
    });
  },
  "audio.dropped": (work, { response, item, bytes }) => takeBack(work, response, item, bytes),
  congested: (work, { congested }) => {
    update(work, { congested });
    for (const response of work.state.active.keys())
      work.effects.push({ type: "congest", response, congested });
  },
  "log.stalled": (work) => {
    for (const response of work.state.active.keys())
      work.effects.push({ type: "fail", response, code: "ERR_STORE" });
  },
  woke: (work, { key }) => {
    if (key === "played") update(work, { playedAt: undefined });
    if (key !== "idle") return;
    const silence = commitSilence(work);
    if (silence !== undefined) takeTranscript(work, silence.item, "", silence.seconds, true);
  },
  gone: (work) => {
    stopAwaiting(work);
    update(work, { leaving: true, owed: undefined });
    for (const response of work.state.active.values()) {
      if (response.cancelling !== undefined) continue;
      setActive(work, { ...response, cancelling: "client_cancelled" });
      work.effects.push({ type: "cancel", response: response.id, reason: "client_cancelled" });
    }
  },
  expired: (work) => {
    refuse(work, realtimeError.sessionExpired(sessionMinutesMax));
    work.effects.push({ type: "close", code: 1001, reason: "session expired" });
  },
};

const startOf = (item: ItemId, startMs: number): ServerEvent => ({
  type: "input_audio_buffer.speech_started",
  audio_start_ms: startMs,
  item_id: item,
});

/** Where the audio of an item is, as events name it. */
const audioOf = (work: Work, item: ItemId) => ({
  item_id: item,
  content_index: audioPartOf(itemOf(work, item)),
});

/** What was said in an utterance.
 *  @param unsaid nobody said anything, so that no model needs to know of it */
function takeTranscript(work: Work, item: ItemId, text: string, seconds: number, unsaid = false): void {
  if (!settle(work, item)) return;
  if (unsaid) update(work, { unsaid: new Set(work.state.unsaid).add(item) });
  const stored = itemOf(work, item);
  if (stored !== undefined) setItem(work, withTranscript(stored, text));
  const wanted = work.state.config.audio.input.transcription !== null;
  emit(
    work,
    wanted
      ? [
          {
            type: "conversation.item.input_audio_transcription.completed",
            ...audioOf(work, item),
            transcript: text,
            usage: { type: "duration", seconds },
          },
        ]
      : [],
    [{ type: "transcript", item, text, ...(unsaid && { unsaid }) }],
  );
  utteranceSettled(work, item);
}

/** Takes the utterance off the list of those that wait; false when it has had its one outcome already. */
function settle(work: Work, item: ItemId): boolean {
  if (!work.state.pending.includes(item)) return false;
  update(work, { pending: work.state.pending.filter((id) => id !== item) });
  return true;
}

function failTranscript(work: Work, item: ItemId, code: string): void {
  if (!settle(work, item)) return;
  noteWords(work, item, undefined);
  const wanted = work.state.config.audio.input.transcription !== null;
  emit(
    work,
    !wanted
      ? []
      : [
          {
            type: "conversation.item.input_audio_transcription.failed",
            ...audioOf(work, item),
            error: {
              type: "transcription_error",
              code,
              message: "The speech could not be recognised.",
            },
          },
        ],
    [{ type: "transcript.failed", item, code }],
  );
  utteranceSettled(work, item);
}

/** Applies one message. Pure: what is to be done comes back as effects, in order.
 *  @param at ms on the session's clock */
export function handleSession(
  state: SessionState,
  message: SessionMessage,
  at = 0,
): { readonly state: SessionState; readonly effects: readonly SessionEffect[] } {
  const work: Work = { state, at, effects: [] };
  (handlers[message.type] as (work: Work, message: SessionMessage) => void)(work, message);
  tellListener(work);
  return work;
}
