import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import { normaliseForSpeech } from "../normalise/normalise.ts";
import { type TtsChunk, type TtsProvider, type TtsRequest, ttsSampleRate } from "../tts.ts";
import { FliteProcess } from "./child-process.ts";
import { FliteChild } from "./flite-child.ts";
import { flitePieces } from "./pieces.ts";

export interface FliteOptions {
  /** Requests in progress; one more is refused with `ERR_BUSY`. */
  readonly requestsMax?: number;
  readonly clock?: Clock;
}

const defaultRequestsMax = 16;
/** Samples of a usual chunk, 100 ms; the last one of a piece holds up to one and a fifth of it. */
const chunkSamples = ttsSampleRate / 10;
const chunkSamplesMin = ttsSampleRate / 50;
/** A plain voice that needs no model files. The engine runs in a child process, because a crash of it takes its
 *  process along; a crash fails the requests in progress with `ERR_PROVIDER`. `voice` is ignored, there is only one.
 *  @throws {ParleyError} `ERR_PROVIDER` when the process does not come up */
export async function createFliteTts(options: FliteOptions = {}): Promise<TtsProvider> {
  const { requestsMax = defaultRequestsMax, clock = systemClock } = options;
  const child = new FliteChild(() => FliteProcess.start(clock), clock);
  await child.running();
  let active = 0;
  return {
    name: "flite",
    repeatable: true,
    async *synthesize(request) {
      if (active >= requestsMax) throw new ParleyError("ERR_BUSY", "the flite voice is busy");
      active++;
      try {
        yield* speak(request, child);
      } finally {
        active--;
      }
    },
    close: () => child.close(),
  };
}

async function* speak(
  { text, speed, signal }: TtsRequest,
  child: FliteChild,
): AsyncGenerator<TtsChunk, void> {
  for (const piece of flitePieces(normaliseForSpeech(text))) {
    throwIfAborted(signal);
    const process = await child.running();
    const pauseMs = piece.pauseMs / speed;
    const samples = await orAborted(process.speak({ text: piece.text, stretch: 1 / speed, pauseMs }), signal);
    for (const pcm of chunksOf(samples)) {
      throwIfAborted(signal);
      yield { pcm };
    }
  }
}

/** Chunks of 20 to 120 ms. */
function* chunksOf(samples: Int16Array): Generator<Int16Array, void> {
  let at = 0;
  for (; samples.length - at >= chunkSamples + chunkSamplesMin; at += chunkSamples) {
    yield samples.slice(at, at + chunkSamples);
  }
  if (at < samples.length) yield samples.slice(at);
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortedError());
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortedError();
}

const abortedError = (): ParleyError => new ParleyError("ERR_ABORTED", "the synthesis was cancelled");
