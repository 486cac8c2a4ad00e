import type { CallId, ItemId, ResponseId, RunId } from "../../lib/ids.ts";
import type { LlmEndReason } from "../../protocol/generation.ts";
import type { Item } from "../../protocol/items.ts";
import type { WordMark } from "../../protocol/word-mark.ts";
import type { SegmentCutter } from "./segments.ts";

/** What one answer is to be. */
export interface ResponseSpec {
  readonly id: ResponseId;
  /** Which answer of its session this is, counted from 0. */
  readonly answer: number;
  readonly modality: "audio" | "text";
  /** Items of the answer are `<itemPrefix>_0`, `_1`, …: unique in the session, and the same if asked twice. */
  readonly itemPrefix: string;
}

/** A piece of the answer that is logged, spoken and shown as one. */
export interface Segment {
  /** Characters of the answer before this segment. */
  readonly offset: number;
  readonly text: string;
  /** `ready` to be synthesised · `speaking`: its job is out · `spoken`: all audio has arrived · `silent`: it is shown
   *  without audio · `logging`: it will be, once its record is acknowledged. */
  readonly phase: "logging" | "ready" | "speaking" | "spoken" | "silent";
  readonly run: RunId | undefined;
  readonly runsGranted: number;
  /** Samples that arrived in order. */
  readonly received: number;
  /** Samples of the whole segment, once its run has ended. */
  readonly length: number | undefined;
  /** Ends of its words that have been told, ascending; undefined from a voice that gives none. */
  readonly marks: readonly WordMark[] | undefined;
  /** Audio that arrived while an earlier segment was still being spoken, s16le. */
  readonly waiting: readonly Uint8Array[];
  readonly shown: boolean;
}

export interface Call {
  readonly callId: CallId;
  readonly name: string;
  readonly arguments: string;
}

/** What the language model has given so far. */
export interface Generation {
  readonly run: RunId | undefined;
  readonly runsGranted: number;
  readonly length: number;
  readonly calls: readonly Call[];
  readonly end:
    | undefined
    | {
        readonly reason: LlmEndReason;
        readonly inputTokens: number;
        readonly cachedTokens: number;
        readonly outputTokens: number;
      };
}

/** What the client has been shown: from this alone an answer can be closed at any moment. */
export interface Shown {
  /** Items that are finished, in output order. */
  readonly items: readonly Item[];
  /** The item being shown; its `output_index` is `items.length`. */
  readonly open:
    | undefined
    | { readonly type: "message"; readonly id: ItemId; readonly text: string }
    | { readonly type: "call"; readonly id: ItemId; readonly call: Call; readonly argumentsShown: number };
  /** All characters of text shown, over all items. */
  readonly textLength: number;
  readonly audioSamples: number;
}

export interface ResponseState {
  readonly spec: ResponseSpec;
  /** `waiting` for its context · `running` · `ended`: the terminal has been handed to the session */
  readonly phase: "waiting" | "running" | "ended";
  readonly generation: Generation;
  /** Cuts the text of an answer that is spoken; a text answer is cut by the log's own pace. */
  readonly cutter: SegmentCutter;
  /** Text that arrived and is in no segment yet. */
  readonly uncut: string;
  readonly segments: readonly Segment[];
  /** Index of the segment that is being shown. */
  readonly current: number;
  readonly shown: Shown;
  /** No voice could speak: the rest of the answer is shown as text. */
  readonly degraded: boolean;
  /** Why the answer will end `failed` once what it says has been said. */
  readonly failure: string | undefined;
  /** The client reads too slowly: nothing more is synthesised. */
  readonly congested: boolean;
  /** ms on the session's clock; undefined until the first audio was sent */
  readonly firstAudioAt: number | undefined;
  readonly progressAt: number;
  /** Something is missing before what has arrived: where (the text, or a segment), and since when, ms. */
  readonly hole: undefined | { readonly stream: "text" | number; readonly since: number };
}

/** How long a character takes to speak, samples, while the real length is unknown. */
export const samplesPerCharacter = 1_560;

export const emptyGeneration: Generation = {
  run: undefined,
  runsGranted: 0,
  length: 0,
  calls: [],
  end: undefined,
};

export function newSegment(offset: number, text: string, phase: "logging" | "ready"): Segment {
  return {
    offset,
    text,
    phase,
    run: undefined,
    runsGranted: 0,
    received: 0,
    length: undefined,
    marks: undefined,
    waiting: [],
    shown: false,
  };
}
