import { z } from "zod";
import type { ItemId, ResponseId } from "../lib/ids.ts";
import { readAppendFrame, readUsualAppend } from "./append-frame.ts";
import { decodeBase64 } from "./base64.ts";
import { parseFrame } from "./frame.ts";
import { readNewItem } from "./new-item.ts";
import type { NewItem } from "./new-item.ts";
import { realtimeError } from "./realtime-error.ts";
import type { RealtimeError } from "./realtime-error.ts";
import { readResponseOverrides } from "./response-config.ts";
import type { ResponseOverrides } from "./response-config.ts";
import { nameCharsMax, shortName } from "./settings.ts";
import { validate } from "./validation.ts";
import type { Outcome } from "./validation.ts";

/** What a client can say. `eventId` is the client's own id of the event, echoed in an error about it. */
export type ClientEvent =
  /** `session` is validated when it is applied: what it means depends on the configuration it meets. */
  | { readonly type: "session.update"; readonly eventId: string | null; readonly session: unknown }
  /** `audio` is in the session's input format. It is a view that may share its memory with other frames: copy what
   *  you keep. */
  | {
      readonly type: "input_audio_buffer.append";
      readonly eventId: string | null;
      readonly audio: Uint8Array;
    }
  | { readonly type: "input_audio_buffer.commit"; readonly eventId: string | null }
  | { readonly type: "input_audio_buffer.clear"; readonly eventId: string | null }
  /** Means something on other carriers only; on a WebSocket the client plays, and this asks for nothing. */
  | { readonly type: "output_audio_buffer.clear"; readonly eventId: string | null }
  | {
      readonly type: "conversation.item.create";
      readonly eventId: string | null;
      readonly item: NewItem;
      /** Where: after this item, at the very beginning (`root`), or at the end (null). */
      readonly previousItemId: ItemId | "root" | null;
    }
  | {
      readonly type: "conversation.item.retrieve" | "conversation.item.delete";
      readonly eventId: string | null;
      readonly itemId: ItemId;
    }
  | {
      readonly type: "conversation.item.truncate";
      readonly eventId: string | null;
      readonly itemId: ItemId;
      readonly contentIndex: number;
      /** ms of the item's audio that the client has played */
      readonly audioEndMs: number;
    }
  | {
      readonly type: "response.create";
      readonly eventId: string | null;
      readonly overrides: ResponseOverrides;
    }
  /** null: the in-band response in progress */
  | {
      readonly type: "response.cancel";
      readonly eventId: string | null;
      readonly responseId: ResponseId | null;
    };

export type ParsedFrame =
  { readonly ok: true; readonly event: ClientEvent } | { readonly ok: false; readonly error: RealtimeError };

/** Audio of one append, decoded. */
export const appendBytesMax = 15 * 1024 * 1024;
const base64CharsMax = (appendBytesMax / 3) * 4;

type Fields = Readonly<Record<string, unknown>>;

const itemIdSchema = shortName.min(1).transform((id) => id as ItemId);
const responseIdSchema = shortName.transform((id) => id as ResponseId);
const itemFields = z.object({ item_id: itemIdSchema });
const truncateFields = z.object({
  item_id: itemIdSchema,
  content_index: z.number().int().min(0),
  audio_end_ms: z.number().int().min(0),
});
const createFields = z.object({ previous_item_id: shortName.nullish() });
const cancelFields = z.object({ response_id: responseIdSchema.nullish() });
const eventIdSchema = z.object({ event_id: shortName.nullish() });

const event = (value: ClientEvent): ParsedFrame => ({ ok: true, event: value });
const refused = (error: RealtimeError): ParsedFrame => ({ ok: false, error });

/** The event that valid fields make, or the fields' error. */
const made = <T>(fields: Outcome<T>, make: (value: T) => ClientEvent): ParsedFrame =>
  fields.ok ? event(make(fields.value)) : fields;

/** The event of an append frame in its usual layout; undefined: the frame is to be parsed, and may be anything. */
export function readUsualAppendEvent(frame: Buffer): ParsedFrame | undefined {
  const text = readUsualAppend(frame);
  const audio = text === undefined || text.length > base64CharsMax ? undefined : decodeBase64(text);
  return audio && event({ type: "input_audio_buffer.append", eventId: null, audio });
}

function append(audio: string, eventId: string | null): ParsedFrame {
  if (audio.length > base64CharsMax)
    return refused(realtimeError.stringTooLong("audio", base64CharsMax, eventId));
  const bytes = decodeBase64(audio);
  return bytes === undefined
    ? refused(realtimeError.invalidValue("audio", "Invalid audio: expected base64.", eventId))
    : event({ type: "input_audio_buffer.append", eventId, audio: bytes });
}

function createItem(fields: Fields, eventId: string | null): ParsedFrame {
  const place = validate(createFields, fields, "", eventId);
  if (!place.ok) return place;
  if (fields["item"] === undefined) return refused(realtimeError.missingParameter("item", eventId));
  return made(readNewItem(fields["item"], "item", eventId), (item) => ({
    type: "conversation.item.create",
    eventId,
    item,
    // Empty and null mean "at the end", as if it were absent.
    previousItemId: (place.value.previous_item_id || null) as ItemId | "root" | null,
  }));
}

type Reader = (fields: Fields, eventId: string | null) => ParsedFrame;

/** One reader per event type; a new event is a new row. */
const readers: ReadonlyMap<string, Reader> = new Map<ClientEvent["type"], Reader>([
  [
    "session.update",
    (fields, eventId) =>
      fields["session"] === undefined
        ? refused(realtimeError.missingParameter("session", eventId))
        : event({ type: "session.update", eventId, session: fields["session"] }),
  ],
  [
    "input_audio_buffer.append",
    (fields, eventId) => {
      const { audio } = fields;
      if (audio === undefined) return refused(realtimeError.missingParameter("audio", eventId));
      return typeof audio === "string"
        ? append(audio, eventId)
        : refused(realtimeError.invalidValue("audio", "Invalid audio: expected base64.", eventId));
    },
  ],
  ["input_audio_buffer.commit", (_, eventId) => event({ type: "input_audio_buffer.commit", eventId })],
  ["input_audio_buffer.clear", (_, eventId) => event({ type: "input_audio_buffer.clear", eventId })],
  ["output_audio_buffer.clear", (_, eventId) => event({ type: "output_audio_buffer.clear", eventId })],
  ["conversation.item.create", createItem],
  [
    "conversation.item.retrieve",
    (fields, eventId) =>
      made(validate(itemFields, fields, "", eventId), ({ item_id: itemId }) => ({
        type: "conversation.item.retrieve",
        eventId,
        itemId,
      })),
  ],
  [
    "conversation.item.delete",
    (fields, eventId) =>
      made(validate(itemFields, fields, "", eventId), ({ item_id: itemId }) => ({
        type: "conversation.item.delete",
        eventId,
        itemId,
      })),
  ],
  [
    "conversation.item.truncate",
    (fields, eventId) =>
      made(validate(truncateFields, fields, "", eventId), (valid) => ({
        type: "conversation.item.truncate",
        eventId,
        itemId: valid.item_id,
        contentIndex: valid.content_index,
        audioEndMs: valid.audio_end_ms,
      })),
  ],
  [
    "response.create",
    (fields, eventId) =>
      made(readResponseOverrides(fields["response"], eventId), (overrides) => ({
        type: "response.create",
        eventId,
        overrides,
      })),
  ],
  [
    "response.cancel",
    (fields, eventId) =>
      made(validate(cancelFields, fields, "", eventId), (valid) => ({
        type: "response.cancel",
        eventId,
        responseId: valid.response_id || null,
      })),
  ],
]);

/** Says an event of another dialect in GA. */
type Translate = (fields: Fields, eventId: string | null) => Outcome<Fields>;

/** Reads one text frame of a client. Never throws, whatever the frame holds.
 *  @param translate of a client that does not speak GA */
export function parseClientEvent(frame: string, translate?: Translate): ParsedFrame {
  const plain = readAppendFrame(frame);
  if (plain !== undefined && (plain.eventId?.length ?? 0) <= nameCharsMax) {
    // What is wrong with it, if anything, the parser says: some write the slashes of base64 as escapes.
    const read = append(plain.audio, plain.eventId);
    if (read.ok) return read;
  }
  const parsed = parseFrame(frame);
  if (!parsed.ok) return parsed;
  const id = validate(eventIdSchema, parsed.value, "", null);
  if (!id.ok) return id;
  const eventId = id.value.event_id ?? null;
  const translated = translate?.(parsed.value, eventId) ?? parsed;
  return translated.ok ? readEvent(translated.value, eventId) : translated;
}

function readEvent(fields: Fields, eventId: string | null): ParsedFrame {
  const { type } = fields;
  if (type === undefined) return refused(realtimeError.missingParameter("type", eventId));
  const reader = typeof type === "string" ? readers.get(type) : undefined;
  if (reader !== undefined) return reader(fields, eventId);
  const known = [...readers.keys()].map((name) => `'${name}'`).join(", ");
  return refused(
    realtimeError.invalidValue("type", `Invalid value for 'type'. Expected one of ${known}.`, eventId),
  );
}
