import { openWebSocket } from "./websocket-client.ts";
import type { WebSocketClient } from "./websocket-client.ts";

/** A server event, as far as the bench looks at it. */
export interface ServerEvent {
  readonly type: string;
  readonly audio_start_ms?: number;
  readonly audio_end_ms?: number;
  readonly response_id?: string;
  readonly response?: {
    readonly id: string;
    readonly status: string;
    readonly status_details?: { readonly reason?: string } | null;
  };
  readonly error?: { readonly code?: string | null; readonly message?: string };
}

export interface SessionHandlers {
  /** One audio delta. @param base64 valid only while it runs; @param at when it was read, ms */
  audio(response: string, base64: Buffer, at: number): void;
  /** Every other event. */
  event(event: ServerEvent, at: number): void;
}

/** What all sessions of a run together saw. */
export class Tally {
  /** Events by type. */
  readonly events = new Map<string, number>();
  /** Error events by code. */
  readonly errors = new Map<string, number>();
  /** Connections that ended by themselves, by close code. */
  readonly closes = new Map<number, number>();
  framesSent = 0;

  count<K>(counts: Map<K, number>, key: K): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  get errorsTotal(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }

  get closesTotal(): number {
    return [...this.closes.values()].reduce((sum, count) => sum + count, 0);
  }

  get eventsTotal(): number {
    return [...this.events.values()].reduce((sum, count) => sum + count, 0);
  }
}

const audioType = "response.output_audio.delta";
const audioMark = `"${audioType}"`;
/** Where the type of an audio delta stands at the latest, bytes: behind an event id at most. */
const typeBytesMax = 160;
const idMark = Buffer.from('"response_id":"');
const deltaMark = Buffer.from('"delta":"');
const quote = 0x22;

/** The value of a JSON string without escapes behind `mark`. */
function stringBehind(json: Buffer, mark: Buffer): Buffer {
  const start = json.indexOf(mark) + mark.length;
  if (start < mark.length) throw new Error(`an audio delta without ${mark.toString()}`);
  return json.subarray(start, json.indexOf(quote, start));
}

/** One client of the server under test. */
export class BenchSession {
  readonly #tally: Tally;
  readonly #socket: WebSocketClient;
  #leaving = false;

  private constructor(tally: Tally, socket: WebSocketClient) {
    this.#tally = tally;
    this.#socket = socket;
  }

  /** @returns the session, once the server has said that it is there
   *  @throws {Error} when it does not */
  static async open(
    { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
    tally: Tally,
    handlers: SessionHandlers,
  ): Promise<BenchSession> {
    let session: BenchSession | undefined;
    let created: () => void = () => {};
    let refused: (error: Error) => void = () => {};
    const ready = new Promise<void>((resolve, reject) => {
      [created, refused] = [resolve, reject];
    });
    const socket = await openWebSocket(url, headers, {
      message: (text) => {
        const at = performance.now();
        if (text.toString("latin1", 0, typeBytesMax).includes(audioMark)) {
          tally.count(tally.events, audioType);
          handlers.audio(stringBehind(text, idMark).toString("latin1"), stringBehind(text, deltaMark), at);
          return;
        }
        const event = JSON.parse(text.toString()) as ServerEvent;
        tally.count(tally.events, event.type);
        if (event.type === "error") tally.count(tally.errors, event.error?.code ?? "none");
        if (event.type === "session.created") created();
        handlers.event(event, at);
      },
      closed: (code) => {
        if (session === undefined || !session.#leaving) tally.count(tally.closes, code);
        refused(new Error(`the server closed a new session with ${code}`));
      },
    });
    session = new BenchSession(tally, socket);
    await ready;
    return session;
  }

  get open(): boolean {
    return this.#socket.open;
  }

  /** @param frame made by `eventFrame` */
  send(frame: Buffer): void {
    this.#tally.framesSent += 1;
    this.#socket.send(frame);
  }

  async close(): Promise<void> {
    this.#leaving = true;
    await this.#socket.close();
  }
}

/** Opened at the same time, so that a thousand clients do not arrive as one burst. */
const openingMax = 16;

/** Makes `count` things, a few at a time, in order. */
export async function openMany<T>(count: number, open: (index: number) => Promise<T>): Promise<readonly T[]> {
  const made: T[] = [];
  for (let from = 0; from < count; from += openingMax) {
    const batch = Array.from({ length: Math.min(openingMax, count - from) }, (_, i) => open(from + i));
    made.push(...(await Promise.all(batch)));
  }
  return made;
}
