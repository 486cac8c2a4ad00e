import { z } from "zod";
import type { CallId, ItemId, NodeId, RecordId, ResponseId } from "../lib/ids.ts";
import type { ContentPart, Item } from "./items.ts";
import { pack, unpack } from "./pack.ts";

/** A record of a session's log. Decoders are kept for ever: fields are only added, and new ones are optional. */
export interface LogRecord {
  /** Counts the session's records from 1. */
  readonly n: number;
  /** Sequence of the session's previous record; 0 for the first. */
  readonly prev: number;
  /** Sequence of the owner record under which this one was written; 0 in an owner record itself. */
  readonly epoch: number;
  readonly id: RecordId;
  /** ms since the Unix epoch */
  readonly at: number;
  readonly entries: readonly LogEntry[];
}

/** What happened to the session. */
export type LogEntry =
  | { readonly type: "owner"; readonly node: NodeId; readonly model: string }
  /** The effective configuration, whole. */
  | { readonly type: "configured"; readonly config: unknown }
  /** A new item; `after` is the item before it, null for the first. An item written again replaces itself. */
  | { readonly type: "item"; readonly item: Item; readonly after: ItemId | null }
  | { readonly type: "item.deleted"; readonly item: ItemId }
  | {
      readonly type: "item.truncated";
      readonly item: ItemId;
      readonly audioEndMs: number;
      readonly heard: string;
    }
  /** What was recognised in a committed utterance, or why it could not be. */
  | {
      readonly type: "transcript";
      readonly item: ItemId;
      readonly text: string;
      /** Nobody said anything: no model is told of the item. */
      readonly unsaid?: boolean | undefined;
    }
  | { readonly type: "transcript.failed"; readonly item: ItemId; readonly code: string }
  | { readonly type: "response.begun"; readonly response: ResponseId; readonly outOfBand: boolean }
  /** A piece of an answer that may be spoken and shown from now on. `text` starts at character `offset`. */
  | {
      readonly type: "segment";
      readonly response: ResponseId;
      readonly item: ItemId;
      readonly segment: number;
      readonly offset: number;
      readonly text: string;
    }
  | { readonly type: "call"; readonly response: ResponseId; readonly item: ItemId; readonly call: CallId }
  | {
      readonly type: "response.ended";
      readonly response: ResponseId;
      readonly status: "completed" | "cancelled" | "incomplete" | "failed";
      readonly reason?: string | undefined;
    }
  | { readonly type: "alive" }
  | { readonly type: "closed"; readonly reason: string };

const item = z.custom<ItemId>((value) => typeof value === "string");
const response = z.custom<ResponseId>((value) => typeof value === "string");
const call = z.custom<CallId>((value) => typeof value === "string");

const contentPart: z.ZodType<ContentPart> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("input_text"), text: z.string() }),
  z.object({ type: z.literal("input_audio"), transcript: z.string().nullable() }),
  z.object({
    type: z.literal("input_image"),
    image_url: z.string().optional(),
    detail: z.enum(["auto", "low", "high"]),
  }),
  z.object({ type: z.literal("output_text"), text: z.string() }),
  z.object({ type: z.literal("output_audio"), transcript: z.string() }),
]);

const itemBase = {
  id: item,
  object: z.literal("realtime.item"),
  status: z.enum(["in_progress", "completed", "incomplete"]),
};

const itemSchema: z.ZodType<Item> = z.discriminatedUnion("type", [
  z.object({
    ...itemBase,
    type: z.literal("message"),
    role: z.enum(["system", "user", "assistant"]),
    content: z.array(contentPart),
  }),
  z.object({
    ...itemBase,
    type: z.literal("function_call"),
    name: z.string(),
    call_id: call,
    arguments: z.string(),
  }),
  z.object({ ...itemBase, type: z.literal("function_call_output"), call_id: call, output: z.string() }),
]);

const entry: z.ZodType<LogEntry> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("owner"),
    node: z.custom<NodeId>((v) => typeof v === "string"),
    model: z.string(),
  }),
  z.object({ type: z.literal("configured"), config: z.unknown() }),
  z.object({ type: z.literal("item"), item: itemSchema, after: item.nullable() }),
  z.object({ type: z.literal("item.deleted"), item }),
  z.object({ type: z.literal("item.truncated"), item, audioEndMs: z.number(), heard: z.string() }),
  z.object({ type: z.literal("transcript"), item, text: z.string(), unsaid: z.boolean().optional() }),
  z.object({ type: z.literal("transcript.failed"), item, code: z.string() }),
  z.object({ type: z.literal("response.begun"), response, outOfBand: z.boolean() }),
  z.object({
    type: z.literal("segment"),
    response,
    item,
    segment: z.number().int(),
    offset: z.number().int(),
    text: z.string(),
  }),
  z.object({ type: z.literal("call"), response, item, call }),
  z.object({
    type: z.literal("response.ended"),
    response,
    status: z.enum(["completed", "cancelled", "incomplete", "failed"]),
    reason: z.string().optional(),
  }),
  z.object({ type: z.literal("alive") }),
  z.object({ type: z.literal("closed"), reason: z.string() }),
]);

const record: z.ZodType<LogRecord> = z.object({
  n: z.number().int().positive(),
  prev: z.number().int().nonnegative(),
  epoch: z.number().int().nonnegative(),
  id: z.custom<RecordId>((value) => typeof value === "string"),
  at: z.number(),
  entries: z.array(entry),
});

export const encodeLogRecord = (value: LogRecord): Uint8Array => pack(value);

/** @throws {ParleyError} `ERR_WIRE` */
export const decodeLogRecord = (bytes: Uint8Array): LogRecord => unpack(record, bytes);
