import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Random } from "../test/support/random.ts";
import { frameMs } from "./pacer.ts";
import { Talker } from "./talker.ts";
import type { NextTurn, TalkerOptions } from "./talker.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const speech = [1, 2, 3, 4].map((byte) => Buffer.from([byte]));
const quiet = [Buffer.from([0])];
/** 60 ms of audio. */
const audio = Buffer.from(Buffer.alloc(60 * 48).toString("base64"), "latin1");

/** A talker that speaks from its third frame on, and what it sent and was heard to say. */
function talkerOf(next: NextTurn, vad: TalkerOptions["vad"] = "silero") {
  const told: string[] = [];
  const sent: number[] = [];
  const tell = (what: string) => (value?: number) =>
    void told.push(value === undefined ? what : `${what} ${value}`);
  const talker = new Talker({
    vad,
    utterances: [speech],
    quiet,
    random: new Random(1),
    next,
    thinkMs: { min: 100, max: 100 },
    observer: {
      begun: tell("begun"),
      answering: tell("answering"),
      firstAudio: tell("first audio"),
      audio: () => tell("audio")(),
      done: tell("done"),
      lost: tell("lost"),
      stray: tell("stray"),
    },
  });
  talker.begin({ send: (frame) => void sent.push(frame[0] ?? -1) }, performance.now() + 2 * frameMs);
  const run = (frames: number): void => {
    for (let i = 0; i < frames; i += 1) {
      talker.tick();
      vi.advanceTimersByTime(frameMs);
    }
  };
  const event = (type: string, more: object = {}): void => talker.event({ type, ...more }, performance.now());
  return { talker, told, sent, run, event };
}

const stopped = (ms: number) => ["input_audio_buffer.speech_stopped", { audio_end_ms: ms }] as const;
const response = (id: string) => ({ response: { id, status: "completed" } });

it.each([
  ["energy", 120, 100],
  ["silero", 120, 80],
  ["energy", 130, 80],
  ["silero", 130, 80],
] as const)("knows that %s hears an end at %d ms in the frame sent %d ms ago", (vad, ms, ago) => {
  const { talker, told, run, event } = talkerOf("played", vad);
  run(10); // it is 200 ms now
  event(...stopped(ms));
  event("response.created", response("r"));
  talker.audio("r", audio, performance.now());
  expect(told).toContain(`first audio ${ago}`);
});

it("measures from the frame that holds the end of the turn, whenever the server says where that is", () => {
  const { talker, told, sent, run, event } = talkerOf("played");
  run(10);
  expect(sent).toEqual([0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
  event(...stopped(130)); // in the frame sent at 120 ms; it is 200 ms now
  event("response.created", response("r"));
  talker.audio("r", audio, performance.now());
  run(1);
  talker.audio("r", audio, performance.now());
  event("response.done", response("r"));
  expect(told).toEqual(["begun", "answering 0", "first audio 80", "audio", "audio", "done 100"]);
});

it.each([
  ["played", 320 + 100], // heard from 200 to 320 ms
  ["done", 200 + 100],
] as const)("speaks again when the answer is %s, and a pause later", (next, at) => {
  const { talker, told, run, event } = talkerOf(next);
  run(10);
  event(...stopped(130));
  event("response.created", response("r"));
  talker.audio("r", audio, performance.now());
  talker.audio("r", audio, performance.now());
  event("response.done", response("r"));
  run((at - 200) / frameMs);
  expect(told.filter((what) => what === "begun")).toHaveLength(1);
  run(1);
  expect(told.filter((what) => what === "begun")).toHaveLength(2);
});

it("falls silent when it is answered before it has finished", () => {
  const { sent, run, event } = talkerOf("played");
  run(4);
  event(...stopped(70));
  run(3);
  expect(sent).toEqual([0, 0, 1, 2, 0, 0, 0]);
});

it("gives a turn up 10 s after its end, also when the server never found the end", () => {
  const heard = talkerOf("played");
  heard.run(10);
  heard.event(...stopped(130));
  heard.run((10_120 - 200) / frameMs + 1);
  expect(heard.told).toEqual(["begun"]);
  heard.run(1);
  expect(heard.told).toEqual(["begun", "lost"]);
  heard.event("response.created", response("r"));
  heard.event("response.done", response("r"));
  heard.talker.audio("r", audio, performance.now());
  expect(heard.told).toEqual(["begun", "lost", "answering 0", "stray 2880"]);

  const unheard = talkerOf("played");
  unheard.run((100 + 500 + 10_000) / frameMs + 1);
  expect(unheard.told).toEqual(["begun"]);
  unheard.run(1);
  expect(unheard.told).toEqual(["begun", "lost"]);
});

it("does not take what comes late of a turn that was given up for the next one's", () => {
  const { talker, told, run, event } = talkerOf("played");
  run((100 + 500 + 10_000 + 100) / frameMs + 5);
  expect(told).toEqual(["begun", "lost", "begun"]);
  event(...stopped(620));
  event("response.created", response("old"));
  talker.audio("old", audio, performance.now());
  event("response.done", response("old"));
  expect(told.slice(3)).toEqual(["answering 0", "stray 2880"]);
});
