import { z } from "zod";
import { ParleyError } from "../lib/errors.ts";

const ofItem = { item_id: z.string() };
const delta = { response_id: z.string(), item_id: z.string(), content_index: z.number(), delta: z.string() };
const response = z.object({
  id: z.string(),
  status: z.string().nullish(),
  status_details: z.object({ error: z.object({ code: z.string().nullish() }).nullish() }).nullish(),
});

const schema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("error"),
    error: z.object({ code: z.string().nullish(), message: z.string(), event_id: z.string().nullish() }),
  }),
  z.object({ type: z.literal("session.updated") }),
  z.object({
    type: z.literal("input_audio_buffer.speech_started"),
    audio_start_ms: z.number(),
    ...ofItem,
  }),
  z.object({ type: z.literal("input_audio_buffer.speech_stopped"), audio_end_ms: z.number(), ...ofItem }),
  z.object({ type: z.literal("input_audio_buffer.committed"), ...ofItem }),
  z.object({
    type: z.literal("conversation.item.input_audio_transcription.completed"),
    transcript: z.string(),
    ...ofItem,
  }),
  z.object({
    type: z.literal("conversation.item.input_audio_transcription.failed"),
    error: z.object({ code: z.string().nullish(), message: z.string().nullish() }),
    ...ofItem,
  }),
  z.object({ type: z.literal("response.created"), response }),
  z.object({ type: z.literal("response.output_text.delta"), ...delta }),
  z.object({ type: z.literal("response.output_audio_transcript.delta"), ...delta }),
  z.object({ type: z.literal("response.output_audio.delta"), ...delta }),
  z.object({ type: z.literal("response.done"), response }),
]);

/** What `talk` reads of a server's events. Only the fields it uses are asked for, so that any server that speaks the
 *  protocol will do. */
export type ServerEvent = z.infer<typeof schema>;

const types: ReadonlySet<string> = new Set(schema.options.map((option) => option.shape.type.value));
const typed = z.object({ type: z.string() });

/** @returns undefined for an event that `talk` has no use for
 *  @throws {ParleyError} `ERR_WIRE`: the frame is no event, or lacks a field that its type must have */
export function readServerEvent(frame: string): ServerEvent | undefined {
  const json = parseJson(frame);
  const { data: event } = typed.safeParse(json);
  if (event === undefined) throw new ParleyError("ERR_WIRE", "The server sent a frame that is no event.");
  if (!types.has(event.type)) return undefined;
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new ParleyError("ERR_WIRE", `The server sent ${event.type} without a usable ${path}.`);
}

function parseJson(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}
