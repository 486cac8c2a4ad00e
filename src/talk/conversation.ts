import { samplesFromBytes } from "../audio/pcm.ts";
import { decodeBase64 } from "../protocol/base64.ts";
import { sessionRate } from "./audio.ts";
import type { ServerEvent } from "./server-event.ts";

/** One utterance and its answer. Times are of the client's clock, ms; undefined: has not happened. */
export interface Turn {
  readonly item: string;
  endOfSpeechMs?: number | undefined;
  commitMs?: number;
  transcriptMs?: number;
  firstTokenMs?: number;
  firstAudioMs?: number;
  doneMs?: number;
  transcript?: string;
}

interface Answer {
  readonly id: string;
  /** What it answers; more than one when somebody spoke on during the answer before. */
  readonly turns: readonly Turn[];
  /** By item and part, in the order of their beginnings. */
  readonly texts: Map<string, string>;
  done: boolean;
}

interface ConversationOptions {
  /** When the speech between two positions of the input audio ended, on the client's clock. */
  readonly endOfSpeech: (startMs: number, endMs: number) => number | undefined;
  readonly keepAudio: boolean;
}

/** Answers' audio that is kept: an hour, as long as a session lives. */
const audioSamplesMax = sessionRate * 3_600;

/** What the server's events say about one conversation, as far as `talk` wants to know. */
export class Conversation {
  readonly turns: Turn[] = [];
  /** What went wrong on the server's side, as sentences. */
  readonly problems: string[] = [];
  readonly #options: ConversationOptions;
  readonly #answers: Answer[] = [];
  readonly #audio: Int16Array[] = [];
  #audioSamples = 0;
  readonly #transcribing = new Set<string>();
  #owed: Turn[] = [];
  #speech: { readonly item: string; readonly startMs: number } | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** What has begun and not ended, in words; undefined: the conversation is at rest. */
  get waitingFor(): string | undefined {
    if (this.#speech !== undefined) return "the end of a turn";
    if (this.#transcribing.size > 0) return "a transcript";
    if (this.#owed.length > 0) return "an answer";
    if (this.#answers.some(({ done }) => !done)) return "the end of an answer";
    return undefined;
  }

  /** All turns joined. */
  get understood(): string {
    return joined(this.turns.map(({ transcript }) => transcript ?? ""));
  }

  get answered(): string {
    return joined(this.#answers.flatMap(({ texts }) => [...texts.values()]));
  }

  answerTo(id: string): string {
    return joined([...(this.#answers.find((answer) => answer.id === id)?.texts.values() ?? [])]);
  }

  get audio(): readonly Int16Array[] {
    return this.#audio;
  }

  accept(event: ServerEvent, atMs: number): void {
    switch (event.type) {
      case "session.updated":
        return;
      case "error":
        this.problems.push(`The server reports ${event.error.code ?? "an error"}: ${event.error.message}`);
        return;
      case "response.created":
        this.#answers.push({ id: event.response.id, turns: this.#owed, texts: new Map(), done: false });
        this.#owed = [];
        return;
      case "response.output_text.delta":
      case "response.output_audio_transcript.delta":
      case "response.output_audio.delta":
        this.#delta(event, atMs);
        return;
      case "response.done":
        this.#answerDone(event.response, atMs);
        return;
      default:
        this.#input(event, atMs);
    }
  }

  #input(event: Extract<ServerEvent, { item_id: string; delta?: never }>, atMs: number): void {
    const item = event.item_id;
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        this.#speech = { item, startMs: event.audio_start_ms };
        return;
      case "input_audio_buffer.speech_stopped":
        this.#turn(item).endOfSpeechMs = this.#options.endOfSpeech(
          this.#speech?.startMs ?? 0,
          event.audio_end_ms,
        );
        return;
      case "input_audio_buffer.committed":
        this.#turn(item).commitMs = atMs;
        this.#owed.push(this.#turn(item));
        this.#transcribing.add(item);
        this.#speech = undefined;
        return;
      case "conversation.item.input_audio_transcription.completed":
        Object.assign(this.#turn(item), { transcript: event.transcript.trim(), transcriptMs: atMs });
        this.#transcribing.delete(item);
        return;
      case "conversation.item.input_audio_transcription.failed":
        this.problems.push(
          `The server could not transcribe a turn: ${event.error.code ?? "no reason given"}.`,
        );
        this.#transcribing.delete(item);
    }
  }

  #delta(event: Extract<ServerEvent, { delta: string }>, atMs: number): void {
    const answer = this.#answers.find(({ id }) => id === event.response_id);
    if (answer === undefined) return;
    if (event.type === "response.output_audio.delta") {
      for (const turn of answer.turns) turn.firstAudioMs ??= atMs;
      if (this.#options.keepAudio) this.#keep(event.delta);
      return;
    }
    for (const turn of answer.turns) turn.firstTokenMs ??= atMs;
    const part = `${event.item_id} ${event.content_index}`;
    answer.texts.set(part, (answer.texts.get(part) ?? "") + event.delta);
  }

  #keep(base64: string): void {
    const bytes = decodeBase64(base64);
    if (bytes === undefined) {
      this.problems.push("The server sent audio that is not base64.");
      return;
    }
    const samples = samplesFromBytes(bytes);
    if (this.#audioSamples + samples.length > audioSamplesMax) return;
    this.#audioSamples += samples.length;
    this.#audio.push(samples);
  }

  #answerDone(response: Extract<ServerEvent, { type: "response.done" }>["response"], atMs: number): void {
    const answer = this.#answers.find(({ id }) => id === response.id);
    if (answer === undefined) return;
    answer.done = true;
    for (const turn of answer.turns) turn.doneMs = atMs;
    if (response.status === "failed") {
      const code = response.status_details?.error?.code ?? "no reason given";
      this.problems.push(`The server could not answer: ${code}.`);
    }
  }

  #turn(item: string): Turn {
    const known = this.turns.find((turn) => turn.item === item);
    if (known !== undefined) return known;
    const turn: Turn = { item };
    this.turns.push(turn);
    return turn;
  }
}

function joined(texts: readonly string[]): string {
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join(" ");
}
