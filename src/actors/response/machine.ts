import type { CallId } from "../../lib/ids.ts";
import type { WordMark } from "../../protocol/word-mark.ts";
import { advance, cut, cutText, replaceSegment } from "./advance.ts";
import { answer } from "./asks.ts";
import type { LlmOut, ResponseEffect, ResponseMessage, TtsOut } from "./messages.ts";
import { SegmentCutter } from "./segments.ts";
import { end, update } from "./show.ts";
import type { Work } from "./show.ts";
import { emptyGeneration } from "./state.ts";
import type { Call, ResponseSpec, ResponseState } from "./state.ts";

/** An answer ends `incomplete` after this long without anything new from its workers. */
export const stallMsMax = 15_000;
/** A hole is filled from what was published lately once it is this old, and ends the answer at `holeMsMax`. */
export const holeRepairMs = 300;
export const holeMsMax = 2_000;
/** Text and calls of one answer, characters together; a model that would say more has run away. Its item is one entry
 *  of a log record, and a record has to fit a message between nodes (1 MiB). */
export const answerCharsMax = 262_144;
/** Said when no language model could answer. */
export const apology = "I am sorry, I cannot work out an answer right now.";

export function newResponse(spec: ResponseSpec, at: number): ResponseState {
  return {
    spec,
    phase: "waiting",
    generation: emptyGeneration,
    cutter: new SegmentCutter(),
    uncut: "",
    segments: [],
    current: 0,
    shown: { items: [], open: undefined, textLength: 0, audioSamples: 0 },
    degraded: false,
    failure: undefined,
    congested: false,
    firstAudioAt: undefined,
    progressAt: at,
    hole: undefined,
  };
}

/** How generation ends that had no model, or none that could answer. */
const nothingGenerated = { reason: "stop", inputTokens: 0, cachedTokens: 0, outputTokens: 0 } as const;

type Handlers = {
  readonly [T in ResponseMessage["type"]]: (
    work: Work,
    message: Extract<ResponseMessage, { type: T }>,
  ) => void;
};

/** What an answer does with each message while it has not ended. */
const handlers: Handlers = {
  begin: (work, { opening, at }) => {
    if (work.state.phase !== "waiting") return;
    update(work, { phase: "running", progressAt: at });
    if (opening !== undefined) takeText(work, opening.text, at);
    if (opening?.complete === true) {
      update(work, { generation: { ...work.state.generation, end: nothingGenerated } });
      endText(work);
    } else work.effects.push({ type: "generate" });
    work.effects.push({ type: "timer", key: "watch", ms: stallMsMax });
    advance(work, at);
  },
  out: (work, { out, at }) => {
    if (work.state.phase !== "running") return;
    if (out.type.startsWith("llm.")) takeGenerated(work, out as LlmOut, at);
    else takeSpoken(work, out as TtsOut, at);
    advance(work, at);
  },
  logged: (work, { segment, at }) => {
    if (work.state.segments[segment]?.phase !== "logging") return;
    replaceSegment(work, segment, { phase: "silent" });
    cutText(work);
    advance(work, at);
  },
  refused: (work, { segment, code, at }) => {
    if (segment === undefined) failGeneration(work, code, at);
    else failSpeech(work, segment, at);
    advance(work, at);
  },
  ask: (work, { ask, token, at }) => {
    const reply = answer(work, ask);
    work.effects.push({ type: "reply", token, reply });
    if (reply?.answer === "go") update(work, { progressAt: at, hole: undefined });
    if (reply?.answer !== "bury") return;
    if (ask.target.type === "tts") failSpeech(work, ask.target.segment, at);
    else failGeneration(work, "ERR_PROVIDER", at);
    advance(work, at);
  },
  cancel: (work, { reason }) => end(work, "cancelled", { reason }),
  fail: (work, { code }) => end(work, "failed", { code }),
  congested: (work, { congested, at }) => {
    update(work, { congested });
    advance(work, at);
  },
  speak: (work, { at }) => advance(work, at),
  watch: (work, { at }) => {
    const quiet = at - work.state.progressAt;
    const outstanding = isOutstanding(work.state);
    if (outstanding && quiet >= stallMsMax) end(work, "incomplete");
    else
      work.effects.push({ type: "timer", key: "watch", ms: outstanding ? stallMsMax - quiet : stallMsMax });
  },
  repair: (work, { at }) => {
    const { hole } = work.state;
    if (hole === undefined) return;
    if (at - hole.since >= holeMsMax) end(work, "incomplete");
    else work.effects.push({ type: "repair" }, { type: "timer", key: "repair", ms: holeRepairMs });
  },
};

/** Whether something is still to come from a worker. */
const isOutstanding = (state: ResponseState): boolean =>
  state.phase === "running" &&
  (state.generation.end === undefined || state.segments.some((segment) => segment.phase === "speaking"));

/** Applies one message. Pure but for the cutter, which is part of the state. After the terminal nothing changes and
 *  nothing is done any more, but workers are told to drop what they ask about. */
export function handleResponse(
  state: ResponseState,
  message: ResponseMessage,
): { readonly state: ResponseState; readonly effects: readonly ResponseEffect[] } {
  const work: Work = { state, effects: [] };
  if (state.phase !== "ended")
    (handlers[message.type] as (work: Work, message: ResponseMessage) => void)(work, message);
  else if (message.type === "ask") {
    work.effects.push({ type: "reply", token: message.token, reply: answer(work, message.ask) });
  }
  return work;
}

/** Something arrived for a later position than is next: what lies between is missing.
 *  @param stream the text, or the segment by its index */
function noteHole(work: Work, stream: "text" | number, at: number): void {
  if (work.state.hole !== undefined) return;
  update(work, { hole: { stream, since: at } });
  work.effects.push({ type: "timer", key: "repair", ms: holeRepairMs });
}

/** Something new arrived: that stream has no hole (any more). */
function progressed(work: Work, stream: "text" | number, at: number): void {
  update(work, progress(work, stream, at));
}

function progress({ state: { hole } }: Work, stream: "text" | number, at: number): Partial<ResponseState> {
  return { progressAt: at, hole: hole?.stream === stream ? undefined : hole };
}

/** Only one run is followed: the first to be heard from the start, or the one that was granted last. */
function followsText(work: Work, out: LlmOut): boolean {
  const { generation } = work.state;
  if (generation.end !== undefined) return false;
  if (generation.run === undefined) {
    update(work, {
      generation: { ...generation, run: out.run, runsGranted: Math.max(1, generation.runsGranted) },
    });
    return true;
  }
  return generation.run === out.run;
}

function takeGenerated(work: Work, out: LlmOut, at: number): void {
  if (!followsText(work, out)) return;
  const { generation } = work.state;
  switch (out.type) {
    case "llm.text":
      if (out.offset > generation.length) return noteHole(work, "text", at);
      takeText(work, out.text.slice(generation.length - out.offset), at);
      return endIfEndless(work);
    case "llm.call":
      if (out.index > generation.calls.length) return noteHole(work, "text", at);
      if (out.index < generation.calls.length) return;
      takeCalls(
        work,
        [...generation.calls, { callId: out.callId as CallId, name: out.name, arguments: "" }],
        at,
      );
      return endIfEndless(work);
    case "llm.arguments": {
      const call = generation.calls[out.index];
      if (call === undefined || out.offset > call.arguments.length) return noteHole(work, "text", at);
      const rest = out.delta.slice(call.arguments.length - out.offset);
      takeCalls(work, generation.calls.with(out.index, { ...call, arguments: call.arguments + rest }), at);
      return endIfEndless(work);
    }
    case "llm.done":
      if (generation.length < out.length || !sameLengths(generation.calls, out.argumentsLength)) {
        return noteHole(work, "text", at);
      }
      update(work, { generation: { ...generation, end: out } });
      progressed(work, "text", at);
      endText(work);
      return;
    case "llm.failed":
      failGeneration(work, out.code, at);
  }
}

const callChars = (call: Call): number => call.callId.length + call.name.length + call.arguments.length;

function endIfEndless(work: Work): void {
  const { length, calls } = work.state.generation;
  const chars = calls.reduce((sum, call) => sum + callChars(call), length);
  if (chars > answerCharsMax) end(work, "incomplete", { reason: "max_output_tokens" });
}

const sameLengths = (calls: readonly Call[], lengths: readonly number[]): boolean =>
  calls.length === lengths.length && calls.every((call, index) => call.arguments.length === lengths[index]);

function takeText(work: Work, text: string, at: number): void {
  if (text === "") return;
  const { generation, spec, uncut } = work.state;
  update(work, {
    generation: { ...generation, length: generation.length + text.length },
    uncut: uncut + text,
    ...progress(work, "text", at),
  });
  if (spec.modality === "text") return cutText(work);
  const pieces = work.state.cutter.push(text);
  update(work, { uncut: work.state.uncut.slice(pieces.reduce((sum, piece) => sum + piece.length, 0)) });
  cut(work, pieces);
}

function takeCalls(work: Work, calls: readonly Call[], at: number): void {
  update(work, { generation: { ...work.state.generation, calls } });
  progressed(work, "text", at);
}

function endText(work: Work): void {
  if (work.state.spec.modality === "text") return cutText(work);
  const pieces = work.state.cutter.end();
  update(work, { uncut: "" });
  cut(work, pieces);
}

/** A model that failed before it said a word is apologised for aloud; what was already said is ended as it stands. */
function failGeneration(work: Work, code: string, at: number): void {
  const { generation, shown, segments } = work.state;
  if (generation.end !== undefined) return;
  if (code === "ERR_CANNOT_CONTINUE") return end(work, "incomplete");
  update(work, {
    failure: code,
    generation: {
      ...generation,
      calls: [],
      end: nothingGenerated,
    },
  });
  progressed(work, "text", at);
  const nothingSaid = shown.open === undefined && segments.length === 0 && work.state.uncut === "";
  if (nothingSaid) cut(work, [apology]);
  else endText(work);
}

function takeSpoken(work: Work, out: TtsOut, at: number): void {
  const segment = work.state.segments[out.segment];
  if (segment?.phase !== "speaking") return;
  if (segment.run === undefined) {
    replaceSegment(work, out.segment, { run: out.run, runsGranted: Math.max(1, segment.runsGranted) });
  } else if (segment.run !== out.run) return;
  switch (out.type) {
    case "tts.audio": {
      if (out.offset > segment.received) return noteHole(work, out.segment, at);
      const fresh = out.pcm.subarray(2 * (segment.received - out.offset));
      if (fresh.length === 0) return;
      const change = {
        received: segment.received + fresh.length / 2,
        waiting: [...segment.waiting, fresh],
        marks: out.marks === undefined ? segment.marks : withMarks(segment.marks ?? [], out.marks),
      };
      replaceSegment(work, out.segment, change, progress(work, out.segment, at));
      return;
    }
    case "tts.done":
      if (segment.received < out.length) return noteHole(work, out.segment, at);
      replaceSegment(work, out.segment, { phase: "spoken", length: out.length });
      progressed(work, out.segment, at);
      return;
    case "tts.failed":
      failSpeech(work, out.segment, at);
  }
}

/** A run that goes on tells again what was told before: each mark counts once. */
function withMarks(marks: readonly WordMark[], more: readonly WordMark[]): readonly WordMark[] {
  const last = marks.at(-1)?.chars ?? 0;
  const fresh = more.filter(({ chars }) => chars > last);
  return fresh.length === 0 ? marks : [...marks, ...fresh];
}

/** No voice could speak this segment: the answer goes on as text. */
function failSpeech(work: Work, index: number, at: number): void {
  const segment = work.state.segments[index];
  if (segment === undefined || segment.phase === "spoken" || segment.phase === "silent") return;
  const unsent = segment.waiting.reduce((sum, pcm) => sum + pcm.length / 2, 0);
  replaceSegment(work, index, { phase: "silent", waiting: [], received: segment.received - unsent });
  update(work, { degraded: true });
  progressed(work, index, at);
}
