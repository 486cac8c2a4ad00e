import assert from "node:assert/strict";
import type { LogEntry } from "../../src/protocol/log-record.ts";
import { samplesFromBytes } from "../../src/audio/pcm.ts";
import { readSample } from "./session-workers.ts";

export type Received = { readonly type: string; readonly event_id: string; readonly [key: string]: unknown };

type Fields = { readonly [key: string]: unknown };

/** Checks of one connection that nothing is announced before it is logged. */
export class LoggedFirst {
  readonly #shown = new Map<unknown, string>();
  #configured = 0;

  /** @param log what is known to be logged when the event is sent */
  accept(event: Received, log: readonly LogEntry[]): void {
    const any = (holds: (entry: LogEntry) => boolean): void =>
      assert(log.some(holds), `${event.type} is announced before it is logged`);
    const item = event["item"] as Fields | undefined;
    const response = event["response"] as Fields | undefined;
    switch (event.type) {
      case "session.created":
      case "session.updated":
        this.#configured += 1;
        assert(log.filter(({ type }) => type === "configured").length >= this.#configured, event.type);
        return;
      case "conversation.item.added":
        return any((entry) => entry.type === "item" && entry.item.id === item?.["id"]);
      case "conversation.item.done":
        return any(
          (entry) =>
            entry.type === "item" && entry.item.id === item?.["id"] && entry.item.status === item["status"],
        );
      case "conversation.item.deleted":
        return any((entry) => entry.type === "item.deleted" && entry.item === event["item_id"]);
      case "conversation.item.truncated":
        return any(
          (entry) =>
            entry.type === "item.truncated" &&
            entry.item === event["item_id"] &&
            entry.audioEndMs === event["audio_end_ms"],
        );
      case "conversation.item.input_audio_transcription.completed":
        return any((entry) => entry.type === "transcript" && entry.item === event["item_id"]);
      case "conversation.item.input_audio_transcription.failed":
        return any((entry) => entry.type === "transcript.failed" && entry.item === event["item_id"]);
      case "response.created":
        return any((entry) => entry.type === "response.begun" && entry.response === response?.["id"]);
      case "response.done":
        return any(
          (entry) =>
            entry.type === "response.ended" &&
            entry.response === response?.["id"] &&
            entry.status === response["status"],
        );
      case "response.function_call_arguments.delta":
        return any((entry) => entry.type === "call" && entry.item === event["item_id"]);
      case "response.output_text.delta":
      case "response.output_audio_transcript.delta":
        return this.#text(event, log);
      case "response.output_audio.delta":
        return audio(event, any);
    }
  }

  #text(event: Received, log: readonly LogEntry[]): void {
    const id = event["response_id"];
    const shown = (this.#shown.get(id) ?? "") + String(event["delta"]);
    this.#shown.set(id, shown);
    const logged = log.flatMap((entry) =>
      entry.type === "segment" && entry.response === id ? [entry.text] : [],
    );
    assert(logged.join("").startsWith(shown), "text is shown before its segment is logged");
  }
}

function audio(event: Received, any: (holds: (entry: LogEntry) => boolean) => void): void {
  const samples = samplesFromBytes(Buffer.from(String(event["delta"]), "base64"));
  const segments = new Set([...samples].map((sample) => readSample(sample).segment));
  for (const segment of segments)
    any(
      (entry) =>
        entry.type === "segment" && entry.response === event["response_id"] && entry.segment % 16 === segment,
    );
}
