import type { Item } from "../items.ts";
import type { RealtimeError } from "../realtime-error.ts";
import { conversationIdOf } from "../response-object.ts";
import type { ResponseObject, Usage } from "../response-object.ts";
import { encodeAudioDelta, withAudio } from "../server-events.ts";
import type { ServerEvent } from "../server-events.ts";
import { voiceName } from "../settings.ts";
import { betaTemperature, formatToBeta, modalitiesToBeta, sessionToBeta } from "./session.ts";

/** The beta tells of an item once, when it enters the conversation: of the user's whole, of the assistant's as it
 *  begins. And it names the conversation after the session. */
export function betaOutgoing(events: readonly ServerEvent[]): readonly ServerEvent[] {
  const differs = events.some(({ type }) => type === "conversation.item.done" || type === "session.created");
  return differs ? events.flatMap(outgoing) : events;
}

function outgoing(event: ServerEvent): readonly ServerEvent[] {
  if (event.type === "conversation.item.done") return [];
  if (event.type !== "session.created" || event.session.type === "transcription") return [event];
  const id = conversationIdOf(event.session.id);
  return [event, { type: "conversation.created", conversation: { id, object: "realtime.conversation" } }];
}

function itemToBeta(item: Item): unknown {
  if (item.type !== "message") return item;
  const content = item.content.map((part) => {
    if (part.type === "output_text") return { ...part, type: "text" };
    return part.type === "output_audio" ? { ...part, type: "audio" } : part;
  });
  return { ...item, content };
}

function usageToBeta({ input_token_details: input, ...usage }: Usage): unknown {
  const { text_tokens, audio_tokens, cached_tokens } = input;
  return { ...usage, input_token_details: { cached_tokens, text_tokens, audio_tokens } };
}

function responseToBeta(response: ResponseObject): unknown {
  const { output_modalities: modalities, audio, output, usage, ...same } = response;
  return {
    ...same,
    output: output.map(itemToBeta),
    modalities: modalitiesToBeta(modalities),
    voice: voiceName(audio.output.voice),
    output_audio_format: formatToBeta(audio.output.format),
    temperature: betaTemperature,
    usage: usage && usageToBeta(usage),
  };
}

/** What the machine calls by its GA place, where the beta has another. */
const betaPlaces: Readonly<Record<string, string>> = {
  "session.audio.output.voice": "session.voice",
  // the kind of a session is told by the event's name
  "session.type": "type",
};

function errorToBeta(error: RealtimeError): RealtimeError {
  const param = error.param === null ? null : (betaPlaces[error.param] ?? error.param);
  const message = error.message
    .replace(`'${error.param}'`, `'${param}'`)
    .replaceAll(/'output_(text|audio)'/g, "'$1'");
  return { ...error, param, message };
}

/** The event under its beta name, without its id. */
function eventToBeta(event: ServerEvent): object {
  switch (event.type) {
    case "session.created":
    case "session.updated": {
      const { session } = event;
      const type = session.type === "realtime" ? event.type : `transcription_${event.type}`;
      return { type, session: sessionToBeta(session) };
    }
    case "error":
      return { ...event, error: errorToBeta(event.error) };
    case "conversation.item.added":
      return { ...event, type: "conversation.item.created", item: itemToBeta(event.item) };
    case "conversation.item.retrieved":
      return { type: event.type, item: itemToBeta(withAudio(event.item, event.audio)) };
    case "response.created":
    case "response.done":
      return { ...event, response: responseToBeta(event.response) };
    case "response.output_item.added":
    case "response.output_item.done":
      return { ...event, item: itemToBeta(event.item) };
    case "response.output_text.delta":
      return { ...event, type: "response.text.delta" };
    case "response.output_text.done":
      return { ...event, type: "response.text.done" };
    case "response.output_audio.done":
      return { ...event, type: "response.audio.done" };
    case "response.output_audio_transcript.delta":
      return { ...event, type: "response.audio_transcript.delta" };
    case "response.output_audio_transcript.done":
      return { ...event, type: "response.audio_transcript.done" };
    case "response.function_call_arguments.done": {
      const { name: _, ...beta } = event;
      return beta;
    }
    default:
      return event;
  }
}

/** One text frame in the beta dialect. */
export function encodeBetaEvent(event: ServerEvent, eventId: string): string {
  if (event.type === "response.output_audio.delta")
    return encodeAudioDelta(event, eventId, "response.audio.delta");
  return JSON.stringify({ event_id: eventId, ...eventToBeta(event) });
}
