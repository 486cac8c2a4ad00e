import type { ItemId, ResponseId } from "../../lib/ids.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import type { Item } from "../../protocol/items.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { Ask, AskReply, Out } from "../../protocol/wire.ts";
import type { WordMark } from "../../protocol/word-mark.ts";

type OutOf<Prefix extends string> = Extract<Out, { type: `${Prefix}.${string}` }>;
export type LlmOut = OutOf<"llm">;
export type TtsOut = OutOf<"tts">;

/** Everything a response can be told. `at`: ms on the session's monotonic clock. */
export type ResponseMessage =
  /** The context is complete: generation may begin. */
  | { readonly type: "begin"; readonly opening?: Opening; readonly at: number }
  | { readonly type: "out"; readonly out: LlmOut | TtsOut; readonly at: number }
  /** The record with this segment, which is not spoken, is acknowledged. */
  | { readonly type: "logged"; readonly segment: number; readonly at: number }
  /** A job could not be queued. */
  | {
      readonly type: "refused";
      readonly segment: number | undefined;
      readonly code: string;
      readonly at: number;
    }
  | { readonly type: "ask"; readonly ask: Ask; readonly token: number; readonly at: number }
  | { readonly type: "cancel"; readonly reason: CancelReason; readonly at: number }
  | { readonly type: "fail"; readonly code: string; readonly at: number }
  | { readonly type: "congested"; readonly congested: boolean; readonly at: number }
  /** Timers. */
  | { readonly type: "speak"; readonly at: number }
  | { readonly type: "watch"; readonly at: number }
  | { readonly type: "repair"; readonly at: number };

/** The answer is the rest of another one, which was cut off. */
export interface Opening {
  /** What was heard of that one, up to where `text` begins. */
  readonly heard: string;
  /** What is known of the rest. */
  readonly text: string;
  /** That is all of it: no model is asked. */
  readonly complete: boolean;
}

export type CancelReason = "client_cancelled" | "turn_detected";

/** What a response does. */
export type ResponseEffect =
  | { readonly type: "step"; readonly step: ResponseStep }
  | { readonly type: "generate" }
  | { readonly type: "synthesize"; readonly segment: number; readonly text: string }
  /** No answer when `reply` is undefined. */
  | { readonly type: "reply"; readonly token: number; readonly reply: AskReply | undefined }
  /** Workers stop; waiting jobs are dropped. */
  | { readonly type: "stop.jobs" }
  /** Read again what was published lately. */
  | { readonly type: "repair" }
  | { readonly type: "timer"; readonly key: "speak" | "watch" | "repair"; readonly ms: number };

/** What is known of how a segment is spoken. Told again whenever it changes, at the latest with the audio concerned. */
export interface SegmentSpeech {
  readonly segment: number;
  /** Characters of the item before this segment. */
  readonly offset: number;
  readonly text: string;
  /** Ends of words within `text` and within the segment's audio; undefined from a voice that gives none. */
  readonly marks: readonly WordMark[] | undefined;
  /** Samples of its audio (24 kHz), once all has been sent. */
  readonly length: number | undefined;
  /** The voice failed in its midst: the rest of its text is shown without audio. */
  readonly broken: boolean;
}

/** A piece of a response's output. Its events leave after its entries are acknowledged, and after all earlier ones. */
export interface ResponseStep {
  readonly response: ResponseId;
  readonly log: readonly LogEntry[];
  readonly output: readonly ResponseOutput[];
  /** Segment whose `logged` is to follow. */
  readonly notify?: number;
  /** How the segment is spoken whose audio this brings or has brought, as far as is known by now. */
  readonly speech?: SegmentSpeech & { readonly item: ItemId };
  readonly ended?: ResponseEnd;
}

/** The session places items in the conversation; the rest is sent as it is. */
export type ResponseOutput =
  | ServerEvent
  | { readonly type: "item.added"; readonly item: Item }
  | { readonly type: "item.done"; readonly item: Item };

export interface ResponseEnd {
  readonly status: "completed" | "cancelled" | "incomplete" | "failed";
  readonly reason?: string;
  readonly code?: string;
  readonly items: readonly Item[];
  /** Of an answer that is spoken: all of its text that the model has given, shown or not, and whether it is all. */
  readonly known?: { readonly text: string; readonly complete: boolean };
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly textTokens: number;
  readonly audioTokens: number;
}
