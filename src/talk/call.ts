import { bytesFromSamples } from "../audio/pcm.ts";
import type { Clock } from "../lib/clock.ts";
import { ParleyError } from "../lib/errors.ts";
import { encodeBase64 } from "../protocol/base64.ts";
import { frameMs, inRealTime, sessionRate, silentFrames, wait } from "./audio.ts";
import { Conversation } from "./conversation.ts";
import { type Link, openLink } from "./link.ts";
import { readServerEvent, type ServerEvent } from "./server-event.ts";
import { Timeline } from "./timeline.ts";

/** Silence that ends a turn, as the session is told. */
const silenceMs = 500;
/** From the request for our session to its confirmation. */
const sessionMsMax = 10_000;
/** Rest after the last turn: somebody might have spoken on. */
const settleMs = 1_500;
/** Patience with a recording in which the server has heard nothing yet. */
const noSpeechMs = 5_000;
/** Longest time without an event while one is due. */
const quietMsMax = 30_000;
/** From the end of the recording to the end of the last answer. */
const finishMsMax = 300_000;
/** Audio that waits in the socket, about 15 s; beyond it sending stops until the server has read. */
const bufferedBytesMax = 1_000_000;
/** How long a server may leave it there. */
const stalledMsMax = 15_000;

const configureId = "configure";
const configure = {
  type: "session.update",
  event_id: configureId,
  session: {
    type: "realtime",
    output_modalities: ["audio"],
    audio: {
      input: {
        format: { type: "audio/pcm", rate: sessionRate },
        transcription: { model: "whisper-1" },
        turn_detection: {
          type: "server_vad",
          silence_duration_ms: silenceMs,
          create_response: true,
          interrupt_response: false,
        },
      },
      output: { format: { type: "audio/pcm", rate: sessionRate } },
    },
  },
} as const;

export interface CallOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly insecure: boolean;
  readonly clock: Clock;
  /** Keep the answers' audio. */
  readonly keepAudio: boolean;
  /** Called with what was understood, and with what was answered, as soon as each is whole. */
  readonly onSaid: (who: "user" | "assistant", text: string) => void;
}

/** One conversation with a server: what is sent to it, and when it is over. */
export class Call {
  readonly conversation: Conversation;
  readonly #options: CallOptions;
  readonly #timeline = new Timeline();
  readonly #broken = new AbortController();
  #link: Link | undefined;
  #configured = false;
  /** Silence sent since the last event. Counted in what was sent, since a machine that slept has not listened. */
  #quietMs = 0;

  constructor(options: CallOptions) {
    this.#options = options;
    this.conversation = new Conversation({
      endOfSpeech: (startMs, endMs) => this.#timeline.endOfSpeech(startMs, endMs, silenceMs),
      keepAudio: options.keepAudio,
    });
  }

  /** Fires when the conversation cannot go on; its reason is a `ParleyError`. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** Connects and configures the session.
   *  @throws {ParleyError} that says why there is no call */
  async open(): Promise<void> {
    const { url, apiKey, insecure, clock } = this.#options;
    const link = await openLink({ url, apiKey, insecure, onFrame: (frame) => this.#receive(frame) });
    this.#link = link;
    link.lost.addEventListener("abort", () => this.#broken.abort(link.lost.reason), { once: true });
    link.send(configure);
    for (let waitedMs = 0; !this.#configured; waitedMs += frameMs) {
      await wait(clock, frameMs);
      this.#broken.signal.throwIfAborted();
      if (waitedMs >= sessionMsMax) {
        throw new ParleyError("ERR_PROVIDER_TIMEOUT", "The server does not confirm the session.");
      }
    }
  }

  /** Sends what is said, as its frames come, then silence until the last turn is done.
   *  @throws {ParleyError} when the conversation breaks off, or does not come to its end in time */
  async speak(frames: AsyncIterable<Int16Array>): Promise<void> {
    const { clock } = this.#options;
    for await (const frame of frames) await this.#send(frame);
    const saidMs = clock.monotonic();
    this.#quietMs = 0;
    for await (const frame of inRealTime(silentFrames(), clock)) {
      if (this.#isOver(saidMs)) return;
      await this.#send(frame);
      this.#quietMs += frameMs;
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#link?.close();
  }

  async #send(frame: Int16Array): Promise<void> {
    const { clock } = this.#options;
    const link = this.#link!;
    for (let waitedMs = 0; link.bufferedBytes > bufferedBytesMax; waitedMs += frameMs) {
      this.#broken.signal.throwIfAborted();
      if (waitedMs >= stalledMsMax) {
        throw new ParleyError("ERR_PROVIDER_TIMEOUT", "The server has stopped reading.");
      }
      await wait(clock, frameMs);
    }
    this.#broken.signal.throwIfAborted();
    link.send({ type: "input_audio_buffer.append", audio: encodeBase64(bytesFromSamples(frame)) });
    this.#timeline.sent(frame, clock.monotonic());
  }

  #isOver(saidMs: number): boolean {
    const { turns, waitingFor } = this.conversation;
    if (waitingFor === undefined) return this.#quietMs >= (turns.length === 0 ? noSpeechMs : settleMs);
    const spentMs = this.#options.clock.monotonic() - saidMs;
    if (this.#quietMs < quietMsMax && spentMs < finishMsMax) return false;
    throw new ParleyError("ERR_PROVIDER_TIMEOUT", `The server keeps us waiting for ${waitingFor}.`);
  }

  #receive(frame: string): void {
    try {
      const event = readServerEvent(frame);
      if (event !== undefined) this.#accept(event);
    } catch (error) {
      this.#broken.abort(error);
    }
  }

  #accept(event: ServerEvent): void {
    this.#quietMs = 0;
    if (event.type === "session.updated") this.#configured = true;
    if (event.type === "error" && event.error.event_id === configureId) {
      throw new ParleyError(
        "ERR_PROVIDER_REJECTED",
        `The server refuses the session: ${event.error.message}`,
      );
    }
    this.conversation.accept(event, this.#options.clock.monotonic());
    const { onSaid } = this.#options;
    if (event.type === "conversation.item.input_audio_transcription.completed") {
      onSaid("user", event.transcript.trim());
    }
    if (event.type === "response.done") onSaid("assistant", this.conversation.answerTo(event.response.id));
  }
}
