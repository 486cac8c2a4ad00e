import { Hearing } from "../../src/actors/listener/hearing.ts";
import { listenerBehaviour } from "../../src/actors/listener/listener-actor.ts";
import type { ListenerMessage } from "../../src/actors/listener/messages.ts";
import { createActorSystem, spawn } from "../../src/actors/runtime/actor.ts";
import type { ActorRef } from "../../src/actors/runtime/actor.ts";
import type { SpeechMessage } from "../../src/actors/session/messages.ts";
import { bytesFromSamples, concatSamples, samplesFromBytes } from "../../src/audio/pcm.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { defaultSessionConfig } from "../../src/protocol/session-config.ts";
import type { TurnDetection } from "../../src/protocol/turn-detection.ts";
import type { SttProvider } from "../../src/providers/stt.ts";
import type { TurnEndEngine } from "../../src/providers/turn-end.ts";
import type { VadEngine } from "../../src/providers/vad.ts";
import { FakeClock } from "../contracts/fake-clock.ts";

export interface TurnParts {
  readonly vad: VadEngine;
  readonly turnEnd: TurnEndEngine;
  /** Absent: what was said stays unknown. */
  readonly stt?: SttProvider;
}

/** A turn as the listener found it. */
export interface FoundTurn {
  /** Where it was committed, ms of audio since the start. */
  readonly endMs: number;
  /** The silence that ended it: from the last frame that the detector took for speech, ms. */
  readonly silenceMs: number;
}

/** What the listener keeps behind the last speech for the recogniser, ms. */
const tailMs = 150;

const rate = 24_000;
export const quiet = (ms: number): Int16Array => new Int16Array((rate / 1_000) * ms);

/** Lets the real listener hear audio as fast as it can, at a standstill of the clock: where turns end is a matter of
 *  the audio alone. Ends when all of it is judged, so the last turn must be over in it.
 *  @param audio 24 kHz */
export async function hearTurns(
  audio: Int16Array,
  detection: TurnDetection,
  { vad, turnEnd, stt }: TurnParts,
): Promise<readonly FoundTurn[]> {
  const clock = new FakeClock();
  const system = createActorSystem({ clock });
  const input = { ...defaultSessionConfig("parley").audio.input, turn_detection: detection };
  const turns: FoundTurn[] = [];
  let started = 0;
  /** What is recognised of a turn ends there, ms; its last request is for all of it. */
  let recognisedMs = 0;
  let judgedFrames = 0;
  const tell = (message: SpeechMessage): void => {
    if (message.type === "speech.started") started += 1;
    if (message.type !== "speech.stopped") return;
    const { endMs } = message;
    turns.push({ endMs, silenceMs: endMs - (recognisedMs - tailMs) });
  };
  const counted: VadEngine = {
    ...vad,
    open: () => {
      const stream = vad.open();
      return {
        judge: async (samples) => {
          const result = await stream.judge(samples);
          judgedFrames += result.length;
          return result;
        },
        reset: () => stream.reset(),
        close: () => stream.close(),
      };
    },
  };
  const listener: ActorRef<ListenerMessage> = spawn(
    system,
    "listener",
    listenerBehaviour(
      {
        vad: counted,
        clock,
        turnEnd,
        hearing: new Hearing(),
        tellSession: tell,
        recognize: (item, end, bytes) => {
          recognisedMs = end / 16;
          const run = "run_1" as RunId;
          const signal = new AbortController().signal;
          const reading = stt?.transcribe({ audio: samplesFromBytes(bytes), signal }) ?? Promise.reject();
          reading.then(
            ({ text }) => listener.urgent({ type: "out", out: { type: "stt.done", item, end, run, text } }),
            () =>
              listener.urgent({
                type: "out",
                out: { type: "stt.failed", item, end, run, code: "ERR_PROVIDER" },
              }),
          );
        },
        keep: () => {},
        release: () => {},
      },
      () => ({ input, writtenMs: 0, cuts: 0, itemPrefix: "1" }),
    ),
    { normalMax: 100 },
  );
  listener.tell({ type: "audio", bytes: bytesFromSamples(audio) });
  const frames = Math.floor((audio.length / rate) * (16_000 / 512)) - 1;
  for (let rounds = 0; rounds < 60_000; rounds += 1) {
    if (judgedFrames >= frames && turns.length === started && started > 0) break;
    await new Promise<void>((resolve) => void setTimeout(resolve, 1));
  }
  await system.stop();
  return turns;
}

/** Without the silence at its end. */
export function trimmed(samples: Int16Array): Int16Array {
  let end = samples.length;
  while (end > 0 && Math.abs(samples[end - 1] ?? 0) < 300) end -= 1;
  return samples.subarray(0, end);
}

export const joined = (...parts: readonly Int16Array[]): Int16Array => concatSamples(parts);
