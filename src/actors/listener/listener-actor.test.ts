import { expect, it } from "vitest";
import { loudnessVad } from "../../../test/support/loudness.ts";
import { bytesFromSamples } from "../../audio/pcm.ts";
import { systemClock } from "../../lib/clock.ts";
import type { RunId } from "../../lib/ids.ts";
import { defaultSessionConfig } from "../../protocol/session-config.ts";
import { noTurnEnd } from "../../providers/unavailable.ts";
import { createActorSystem, spawn } from "../runtime/actor.ts";
import type { SpeechMessage } from "../session/messages.ts";
import { Hearing } from "./hearing.ts";
import { listenerBehaviour } from "./listener-actor.ts";

it("[UTT-2] recognises in the pause, and has the transcript when the turn is committed", async () => {
  const told: SpeechMessage[] = [];
  const jobs: { item: string; end: number }[] = [];
  const system = createActorSystem();
  const { input } = defaultSessionConfig("parley").audio;
  const listener = spawn(
    system,
    "listener",
    listenerBehaviour(
      {
        turnEnd: noTurnEnd,
        vad: loudnessVad(),
        clock: systemClock,
        hearing: new Hearing(),
        tellSession: (message) => void told.push(message),
        recognize: (item, end) => {
          jobs.push({ item, end });
          const run = "run_1" as RunId;
          listener.urgent({ type: "out", out: { type: "stt.done", item, end, run, text: "go forward" } });
        },
        keep: () => {},
        release: () => {},
      },
      () => ({ input, writtenMs: 0, cuts: 0, itemPrefix: "1" }),
    ),
    { normalMax: 100 },
  );
  const say = (ms: number, loudness: number): void =>
    void listener.tell({ type: "audio", bytes: bytesFromSamples(new Int16Array(ms * 24).fill(loudness)) });
  say(1_000, 8_000);
  say(400, 0);
  await expect.poll(() => jobs.length).toBe(1);
  expect(told.map(({ type }) => type)).toEqual(["speech.started"]); // the silence window is still open
  say(300, 0);
  await expect
    .poll(() => told.map(({ type }) => type))
    .toEqual(["speech.started", "speech.stopped", "transcript"]);
  expect(jobs).toHaveLength(1); // nothing was recognised again
  expect(told.at(-1)).toMatchObject({ text: "go forward" });
  await system.stop();
});
