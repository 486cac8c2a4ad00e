import { z } from "zod";
import type { ItemId, ResponseId, RunId, SessionId, TenantId } from "../lib/ids.ts";
import type { LlmEndReason, LlmImage, LlmMessage, LlmTool, LlmToolChoice } from "./generation.ts";
import { isFrequentOut } from "./frequent-out.ts";
import { pack, unpack } from "./pack.ts";
import type { WordMark } from "./word-mark.ts";

/** Messages between a session and its workers, as msgpackr maps. */

interface JobBase {
  readonly tenant: TenantId;
  readonly session: SessionId;
  /** The issuer's epoch; an older owner neither answers nor confirms. */
  readonly epoch: number;
  readonly turn: string;
  /** W3C trace context of the turn. */
  readonly traceparent?: string | undefined;
  /** ms since the Unix epoch, when the job was issued */
  readonly at: number;
  /** A job issued again asks before it starts, like a redelivered one. */
  readonly reissued?: boolean | undefined;
}

export interface SttJob extends JobBase {
  readonly type: "stt";
  readonly item: ItemId;
  /** Where the utterance ends, samples at 16 kHz since session start: tells recognitions of one item apart. */
  readonly end: number;
  /** PCM s16le, mono, 16 kHz */
  readonly audio: Uint8Array;
  readonly language?: string | undefined;
  readonly prompt?: string | undefined;
}

export interface LlmJob extends JobBase {
  readonly type: "llm";
  readonly response: ResponseId;
  readonly instructions: string;
  readonly messages: readonly LlmMessage[];
  readonly tools: readonly LlmTool[];
  readonly toolChoice: LlmToolChoice;
  readonly maxOutputTokens: number | "inf";
  readonly parallelToolCalls: boolean;
  /** The answer is the rest of one that was cut off: after what was heard of that, and with `text` at its beginning,
   *  which is known. Offsets count from the beginning of `text`. */
  readonly continues?: { readonly heard: string; readonly text: string } | undefined;
}

export interface TtsJob extends JobBase {
  readonly type: "tts";
  readonly response: ResponseId;
  readonly segment: number;
  readonly text: string;
  readonly voice: string;
  readonly speed: number;
  /** Which answer of its session this is, counted from 0. */
  readonly answer?: number | undefined;
}

export type Job = SttJob | LlmJob | TtsJob;

/** One result on `v1.out.<session>`. Within a run, `offset` (or `index`) says where it belongs. */
export type Out =
  | {
      readonly type: "stt.done";
      readonly item: ItemId;
      readonly end: number;
      readonly run: RunId;
      readonly text: string;
    }
  | {
      readonly type: "stt.failed";
      readonly item: ItemId;
      readonly end: number;
      readonly run: RunId;
      readonly code: string;
    }
  /** `offset`: characters of the answer before `text`. */
  | {
      readonly type: "llm.text";
      readonly response: ResponseId;
      readonly run: RunId;
      readonly offset: number;
      readonly text: string;
    }
  | {
      readonly type: "llm.call";
      readonly response: ResponseId;
      readonly run: RunId;
      readonly index: number;
      readonly callId: string;
      readonly name: string;
    }
  | {
      readonly type: "llm.arguments";
      readonly response: ResponseId;
      readonly run: RunId;
      readonly index: number;
      readonly offset: number;
      readonly delta: string;
    }
  /** `length`: characters of the whole answer; `calls`: how many calls; `argumentsLength`: of each call. */
  | {
      readonly type: "llm.done";
      readonly response: ResponseId;
      readonly run: RunId;
      readonly length: number;
      readonly argumentsLength: readonly number[];
      readonly reason: LlmEndReason;
      readonly inputTokens: number;
      readonly cachedTokens: number;
      readonly outputTokens: number;
    }
  | { readonly type: "llm.failed"; readonly response: ResponseId; readonly run: RunId; readonly code: string }
  /** `offset`: samples (24 kHz) of the segment before `pcm`, which is s16le. `marks`: ends of its words, counted from
   *  the segment's start, each at the latest with the audio that it ends; absent from a voice that gives none. */
  | {
      readonly type: "tts.audio";
      readonly response: ResponseId;
      readonly segment: number;
      readonly run: RunId;
      readonly offset: number;
      readonly pcm: Uint8Array;
      readonly marks?: readonly WordMark[] | undefined;
    }
  /** `length`: samples of the whole segment. */
  | {
      readonly type: "tts.done";
      readonly response: ResponseId;
      readonly segment: number;
      readonly run: RunId;
      readonly length: number;
    }
  | {
      readonly type: "tts.failed";
      readonly response: ResponseId;
      readonly segment: number;
      readonly run: RunId;
      readonly code: string;
    };

/** What a job is about, in questions and answers. */
export type JobTarget =
  | { readonly type: "stt"; readonly item: ItemId; readonly end: number }
  | { readonly type: "llm"; readonly response: ResponseId }
  | { readonly type: "tts"; readonly response: ResponseId; readonly segment: number };

/** A worker's question on `v1.ask.<session>`. `start`: may I run this (again)? `finish`: have you got all of it? */
export type Ask = {
  readonly question: "start" | "finish";
  readonly target: JobTarget;
  readonly run: RunId;
  readonly epoch: number;
};

/** `go` from `offset` (characters or samples already delivered; `text` is the delivered text of an answer) · `drop`
 *  the job · `confirmed`: acknowledge it · `bury`: it was run too often, keep it among the dead letters. A session that does not know the job does not answer. */
export type AskReply =
  | { readonly answer: "go"; readonly offset: number; readonly text?: string | undefined }
  | { readonly answer: "drop" }
  | { readonly answer: "confirmed" }
  | { readonly answer: "bury" };

/** On `v1.cancel.<session>`: stop the runs of this response (or recognition of this item), release their jobs. */
export type Cancel = { readonly part: ResponseId | ItemId; readonly epoch: number };

const text = z.string();
const count = z.number().int().nonnegative();
const id = <T extends string>(): z.ZodType<T> => z.custom<T>((value) => typeof value === "string");
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const item = id<ItemId>();
const response = id<ResponseId>();
const run = id<RunId>();

const jobBase = {
  tenant: id<TenantId>(),
  session: id<SessionId>(),
  epoch: count,
  turn: text,
  traceparent: text.optional(),
  at: z.number(),
  reissued: z.boolean().optional(),
};

const llmImage: z.ZodType<LlmImage> = z.object({
  url: text,
  detail: z.enum(["auto", "low", "high"]),
  offset: count,
});

const llmMessage: z.ZodType<LlmMessage> = z.discriminatedUnion("role", [
  z.object({
    role: z.enum(["system", "user", "assistant"]),
    text,
    images: z.array(llmImage).optional(),
  }),
  z.object({ role: z.literal("tool_call"), callId: text, name: text, arguments: text }),
  z.object({ role: z.literal("tool_result"), callId: text, output: text }),
]);

const job: z.ZodType<Job> = z.discriminatedUnion("type", [
  z.object({
    ...jobBase,
    type: z.literal("stt"),
    item,
    end: count,
    audio: bytes,
    language: text.optional(),
    prompt: text.optional(),
  }),
  z.object({
    ...jobBase,
    type: z.literal("llm"),
    response,
    instructions: text,
    messages: z.array(llmMessage),
    tools: z.array(
      z.object({ name: text, description: text, parameters: z.record(z.string(), z.unknown()) }),
    ),
    toolChoice: z.union([z.enum(["auto", "none", "required"]), z.object({ name: text })]),
    maxOutputTokens: z.union([count, z.literal("inf")]),
    parallelToolCalls: z.boolean(),
    continues: z.object({ heard: text, text }).optional(),
  }),
  z.object({
    ...jobBase,
    type: z.literal("tts"),
    response,
    segment: count,
    text,
    voice: text,
    speed: z.number(),
    answer: count.optional(),
  }),
]);

const wordMark: z.ZodType<WordMark> = z.object({ chars: count, samples: count });

const out: z.ZodType<Out> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("stt.done"), item, end: count, run, text }),
  z.object({ type: z.literal("stt.failed"), item, end: count, run, code: text }),
  z.object({ type: z.literal("llm.text"), response, run, offset: count, text }),
  z.object({ type: z.literal("llm.call"), response, run, index: count, callId: text, name: text }),
  z.object({ type: z.literal("llm.arguments"), response, run, index: count, offset: count, delta: text }),
  z.object({
    type: z.literal("llm.done"),
    response,
    run,
    length: count,
    argumentsLength: z.array(count),
    reason: z.enum(["stop", "tool_calls", "max_output_tokens", "content_filter"]),
    inputTokens: count,
    cachedTokens: count,
    outputTokens: count,
  }),
  z.object({ type: z.literal("llm.failed"), response, run, code: text }),
  z.object({
    type: z.literal("tts.audio"),
    response,
    segment: count,
    run,
    offset: count,
    pcm: bytes,
    marks: z.array(wordMark).optional(),
  }),
  z.object({ type: z.literal("tts.done"), response, segment: count, run, length: count }),
  z.object({ type: z.literal("tts.failed"), response, segment: count, run, code: text }),
]);

const target: z.ZodType<JobTarget> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("stt"), item, end: count }),
  z.object({ type: z.literal("llm"), response }),
  z.object({ type: z.literal("tts"), response, segment: count }),
]);

const ask: z.ZodType<Ask> = z.object({ question: z.enum(["start", "finish"]), target, run, epoch: count });

const reply: z.ZodType<AskReply> = z.discriminatedUnion("answer", [
  z.object({ answer: z.literal("go"), offset: count, text: text.optional() }),
  z.object({ answer: z.literal("drop") }),
  z.object({ answer: z.literal("confirmed") }),
  z.object({ answer: z.literal("bury") }),
]);

const cancel: z.ZodType<Cancel> = z.object({ part: z.union([response, item]), epoch: count });

/** Encoders and decoders; each decoder throws {ParleyError} `ERR_WIRE`. */
export const encodeJob = (value: Job): Uint8Array => pack(value);
export const decodeJob = (value: Uint8Array): Job => unpack(job, value);
export const encodeOut = (value: Out): Uint8Array => pack(value);
export const decodeOut = (value: Uint8Array): Out => unpack(out, value, isFrequentOut);
export const encodeAsk = (value: Ask): Uint8Array => pack(value);
export const decodeAsk = (value: Uint8Array): Ask => unpack(ask, value);
export const encodeReply = (value: AskReply): Uint8Array => pack(value);
export const decodeReply = (value: Uint8Array): AskReply => unpack(reply, value);
export const encodeCancel = (value: Cancel): Uint8Array => pack(value);
export const decodeCancel = (value: Uint8Array): Cancel => unpack(cancel, value);
