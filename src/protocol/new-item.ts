import { z } from "zod";
import type { CallId, ItemId } from "../lib/ids.ts";
import { decodeBase64 } from "./base64.ts";
import { imageCharsMax, readImageUrl } from "./image.ts";
import type { ContentPart, Item } from "./items.ts";
import { realtimeError } from "./realtime-error.ts";
import { shortName } from "./settings.ts";
import { dottedPath, validate } from "./validation.ts";
import type { Outcome } from "./validation.ts";

/** An item that a client wants in the conversation, valid but for what only the conversation knows: whether its id
 *  is free and its call exists. */
export interface NewItem {
  /** The client's own id; null: the server picks one. */
  readonly id: ItemId | null;
  readonly body: NewItemBody;
  /** Audio of the item's `input_audio` parts, in the session's input format. */
  readonly audio: readonly { readonly contentIndex: number; readonly bytes: Uint8Array }[];
}

export type NewItemBody =
  | {
      readonly type: "message";
      readonly role: "system" | "user" | "assistant";
      readonly status: "completed" | "incomplete";
      readonly content: readonly ContentPart[];
    }
  | {
      readonly type: "function_call";
      readonly status: "completed" | "incomplete";
      readonly name: string;
      /** null: made from the item's id */
      readonly call_id: CallId | null;
      readonly arguments: string;
    }
  | {
      readonly type: "function_call_output";
      readonly status: "completed" | "incomplete";
      readonly call_id: CallId;
      readonly output: string;
    };

/** One entry of `response.create`'s `input`. */
export type ResponseInput =
  { readonly type: "item"; readonly item: NewItem } | { readonly type: "reference"; readonly id: ItemId };

/** The conversation's item made of a client's; `id` is the client's own or one the server picked. */
export function itemFrom(item: NewItem, id: ItemId): Item {
  const { body } = item;
  const base = { id, object: "realtime.item" as const };
  if (body.type !== "function_call") return { ...base, ...body };
  return { ...base, ...body, call_id: body.call_id ?? (`call_${id}` as CallId) };
}

const contentPartsMax = 64;
/** Text and pictures of one item, bytes of UTF-8 together (audio is kept apart): an item is one entry of a log record,
 *  and a record has to fit a message between nodes (1 MiB). */
export const itemBytesMax = 768 * 1024;
const callIdCharsMax = 128;

/** Item ids become parts of transport subjects, so they hold nothing that has a meaning there. */
const newItemId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9_-]+$/, "expected letters, digits, '_' and '-' only")
  .transform((id) => id as ItemId);

const callId = z
  .string()
  .min(1)
  .max(callIdCharsMax)
  .transform((id) => id as CallId);

const base = {
  id: newItemId.nullable().optional(),
  // A client that copies an item it was shown may copy this too; an item created is never in progress.
  status: z
    .enum(["completed", "incomplete", "in_progress"])
    .nullable()
    .optional()
    .transform((status) => (status === "incomplete" ? status : ("completed" as const))),
};

const textPart = { text: z.string() };
const audioPart = { audio: z.string().nullable().optional(), transcript: z.string().nullable().optional() };

const partSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("input_text"), ...textPart }),
  z.object({ type: z.literal("output_text"), ...textPart }),
  z.object({ type: z.literal("text"), ...textPart }),
  z.object({ type: z.literal("input_audio"), ...audioPart }),
  z.object({ type: z.literal("output_audio"), ...audioPart }),
  z.object({ type: z.literal("audio"), ...audioPart }),
  z.object({
    type: z.literal("input_image"),
    image_url: z.string(),
    detail: z.enum(["auto", "low", "high"]).nullable().optional(),
  }),
]);

const itemSchema = z.discriminatedUnion("type", [
  z.object({
    ...base,
    type: z.literal("message"),
    role: z.enum(["system", "developer", "user", "assistant"]),
    content: z.array(partSchema).max(contentPartsMax),
  }),
  z.object({
    ...base,
    type: z.literal("function_call"),
    name: shortName.min(1),
    call_id: callId.nullable().optional(),
    arguments: z.string(),
  }),
  z.object({ ...base, type: z.literal("function_call_output"), call_id: callId, output: z.string() }),
]);

const referenceSchema = z.object({
  type: z.literal("item_reference"),
  id: shortName.min(1).transform((id) => id as ItemId),
});

type Part = z.infer<typeof partSchema>;
type Role = "system" | "user" | "assistant";
type PartOutcome = Outcome<{ readonly part: ContentPart; readonly bytes: Uint8Array | undefined }>;

/** The part as the conversation keeps it: the old names `text` and `audio` become the ones for the role. */
function readPart(part: Part, role: Role, path: string, eventId: string | null): PartOutcome {
  const refuse = (key: string, message: string): PartOutcome => ({
    ok: false,
    error: realtimeError.invalidValue(`${path}.${key}`, message, eventId),
  });
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "text": {
      const type = role === "assistant" ? "output_text" : "input_text";
      // Pipecat says `input_text` in what it has the assistant say, and an error would end its conversation
      if (part.type === "output_text" && type === "input_text")
        return refuse("type", `Content of a ${role} message must be of type '${type}'.`);
      return { ok: true, value: { part: { type, text: part.text }, bytes: undefined } };
    }
    case "input_audio":
    case "output_audio":
    case "audio": {
      if (role === "assistant") return refuse("type", "Audio of the assistant cannot be created.");
      if (role !== "user" || part.type === "output_audio")
        return refuse("type", `A ${role} message cannot hold this type of content.`);
      const transcript = part.transcript ?? null;
      const bytes = typeof part.audio === "string" ? decodeBase64(part.audio) : undefined;
      if (typeof part.audio === "string" && bytes === undefined)
        return refuse("audio", "Invalid audio: expected base64.");
      if (bytes === undefined && transcript === null)
        return { ok: false, error: realtimeError.missingParameter(`${path}.audio`, eventId) };
      return { ok: true, value: { part: { type: "input_audio", transcript }, bytes } };
    }
    case "input_image": {
      if (role !== "user") return refuse("type", "Only a user message can hold an image.");
      const image = readImageUrl(part.image_url);
      if (!image.ok) {
        return image.code === "invalid_value"
          ? refuse("image_url", image.why)
          : {
              ok: false,
              error: realtimeError.stringTooLong(`${path}.image_url`, imageCharsMax, eventId),
            };
      }
      const { type, detail } = part;
      return {
        ok: true,
        value: { part: { type, image_url: image.url, detail: detail ?? "auto" }, bytes: undefined },
      };
    }
  }
}

function readMessage(
  message: Extract<z.infer<typeof itemSchema>, { type: "message" }>,
  root: string,
  eventId: string | null,
): Outcome<NewItem> {
  const role = message.role === "developer" ? "system" : message.role;
  const content: ContentPart[] = [];
  const audio: { contentIndex: number; bytes: Uint8Array }[] = [];
  let imageChars = 0;
  for (const [contentIndex, given] of message.content.entries()) {
    const path = dottedPath(root, ["content", contentIndex]);
    const refuse = (key: string, why: string): Outcome<NewItem> => ({
      ok: false,
      error: realtimeError.invalidValue(`${path}.${key}`, why, eventId),
    });
    const read = readPart(given, role, path, eventId);
    if (!read.ok) return read;
    const { part, bytes } = read.value;
    if (part.type === "input_audio" && content.some(({ type }) => type === part.type))
      return refuse("type", "A message holds one part of audio: create an item for each.");
    if (part.type === "input_image") imageChars += part.image_url?.length ?? 0;
    if (imageChars > imageCharsMax)
      return refuse(
        "image_url",
        `The images of a message are at most ${imageCharsMax} characters together: create an item for each.`,
      );
    content.push(part);
    if (bytes !== undefined) audio.push({ contentIndex, bytes });
  }
  const body = { type: "message" as const, role, status: message.status, content };
  return { ok: true, value: { id: message.id ?? null, body, audio } };
}

/** @param root where `value` stands in its event, for the `param` of an error: `item`, `response.input[2]` */
export function readNewItem(value: unknown, root: string, eventId: string | null): Outcome<NewItem> {
  const read = readItem(value, root, eventId);
  if (!read.ok || bytesOf(read.value.body) <= itemBytesMax) return read;
  const message = `An item is at most ${itemBytesMax} bytes long: split it into several.`;
  return { ok: false, error: realtimeError.invalidValue(root, message, eventId) };
}

function bytesOf(body: NewItemBody): number {
  const parts = body.type === "message" ? body.content : [body];
  const texts = parts.flatMap((part) => Object.values(part)).filter((text) => typeof text === "string");
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function readItem(value: unknown, root: string, eventId: string | null): Outcome<NewItem> {
  const parsed = validate(itemSchema, value, root, eventId);
  if (!parsed.ok) return parsed;
  const given = parsed.value;
  if (given.type === "message") return readMessage(given, root, eventId);
  const { id = null, status } = given;
  const body: NewItemBody =
    given.type === "function_call"
      ? {
          type: "function_call",
          status,
          name: given.name,
          call_id: given.call_id ?? null,
          // Clients parse arguments as JSON; a call without any still has an object.
          arguments: given.arguments === "" ? "{}" : given.arguments,
        }
      : { type: "function_call_output", status, call_id: given.call_id, output: given.output };
  return { ok: true, value: { id, body, audio: [] } };
}

export function readResponseInput(
  value: unknown,
  root: string,
  eventId: string | null,
): Outcome<ResponseInput> {
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (type === "item_reference") {
    const reference = validate(referenceSchema, value, root, eventId);
    return reference.ok ? { ok: true, value: { type: "reference", id: reference.value.id } } : reference;
  }
  const read = readNewItem(value, root, eventId);
  return read.ok ? { ok: true, value: { type: "item", item: read.value } } : read;
}
