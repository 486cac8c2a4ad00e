import type { DialectName } from "../../src/protocol/dialect.ts";
import { EventOrderChecker } from "./event-order.ts";
import { fieldsOf, textOf } from "./response-order.ts";
import type { Fields } from "./response-order.ts";

interface Event {
  readonly type: string;
  readonly event_id: string;
}

/** What follows the server events of one connection, in its dialect. */
export type OrderChecker = Pick<EventOrderChecker, "accept" | "finish">;

export const orderChecker = (dialect: DialectName): OrderChecker =>
  dialect === "ga" ? new EventOrderChecker() : new BetaOrderChecker();

const gaTypes: ReadonlyMap<string, string> = new Map([
  ["response.text.delta", "response.output_text.delta"],
  ["response.text.done", "response.output_text.done"],
  ["response.audio.delta", "response.output_audio.delta"],
  ["response.audio.done", "response.output_audio.done"],
  ["response.audio_transcript.delta", "response.output_audio_transcript.delta"],
  ["response.audio_transcript.done", "response.output_audio_transcript.done"],
]);

/** Holds beta events to the order of GA: reads from them what GA would have said. */
class BetaOrderChecker implements OrderChecker {
  readonly #ga = new EventOrderChecker();
  /** Items of answers that are in the conversation and not done. */
  readonly #inProgress = new Map<unknown, Fields>();

  accept(event: Event): void {
    for (const ga of this.#translate(event)) this.#ga.accept(ga);
  }

  finish(): void {
    this.#ga.finish();
  }

  #translate(event: Event): readonly Event[] {
    const fields = fieldsOf(event, "the event");
    const done = { type: "conversation.item.done", event_id: `${event.event_id}:done` };
    switch (event.type) {
      case "session.updated":
      case "transcription_session.updated": {
        const { turn_detection } = fieldsOf(fields["session"], "session");
        return [
          { ...event, type: "session.updated", session: { audio: { input: { turn_detection } } } } as Event,
        ];
      }
      case "conversation.item.created": {
        const { previous_item_id } = fields;
        const item = gaItem(fields["item"]);
        const added = { ...event, type: "conversation.item.added", item };
        if (item["status"] !== "in_progress") return [added, { ...done, previous_item_id, item } as Event];
        this.#inProgress.set(item["id"], item);
        return [added];
      }
      case "response.output_item.added":
        return [{ ...event, item: gaItem(fields["item"]) } as Event];
      case "response.output_item.done": {
        const item = gaItem(fields["item"]);
        const itself = { ...event, item } as Event;
        if (!this.#inProgress.delete(item["id"])) return [itself];
        return [{ ...done, previous_item_id: null, item } as Event, itself];
      }
      case "response.function_call_arguments.done": {
        const name = this.#inProgress.get(fields["item_id"])?.["name"];
        return [{ ...event, name } as Event];
      }
      case "response.created":
      case "response.done":
        return [{ ...event, response: gaResponse(fieldsOf(fields["response"], "response")) } as Event];
      case "conversation.item.deleted":
        this.#inProgress.delete(fields["item_id"]);
        return [event];
      default:
        return [{ ...event, type: gaTypes.get(event.type) ?? event.type }];
    }
  }
}

function gaItem(value: unknown): Fields {
  const item = fieldsOf(value, "item");
  if (!Array.isArray(item["content"])) return item;
  const content = item["content"].map((given: unknown) => {
    const part = fieldsOf(given, "a part");
    const type = textOf(part, "type");
    return type === "text" || type === "audio" ? { ...part, type: `output_${type}` } : part;
  });
  return { ...item, content };
}

function gaResponse(response: Fields): Fields {
  const type = response["output_audio_format"] === "pcm16" ? "audio/pcm" : "audio/pcmu";
  const output = response["output"];
  return {
    ...response,
    output: Array.isArray(output) ? output.map(gaItem) : output,
    audio: { output: { format: { type } } },
  };
}
