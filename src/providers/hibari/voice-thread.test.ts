import { describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ParleyError } from "../../lib/errors.ts";
import type { TtsChunk } from "../tts.ts";
import { type Thread, VoiceThread } from "./voice-thread.ts";
import type { HibariAnswer, HibariCall } from "./worker.ts";

/** A thread that answers each "next" as `next` says and can be made to crash. */
function fakeThread(next: (job: number) => Promise<HibariAnswer>) {
  const calls: HibariCall[] = [];
  let end: ((crash: ParleyError) => void) | undefined;
  const thread: Thread = {
    call: (call) => {
      calls.push(call);
      return call.type === "next" ? next(call.job) : Promise.resolve(undefined);
    },
    pending: 0,
    ended: new Promise((resolve) => {
      end = resolve;
    }),
    close: () => Promise.resolve(),
  };
  return { thread, calls, crash: () => end?.(new ParleyError("ERR_PROVIDER", "crashed")) };
}

const request = (signal = new AbortController().signal, speed = 1) => ({
  text: "Hi.",
  voice: "",
  speed,
  signal,
});
async function chunksOf(speech: AsyncIterable<TtsChunk>): Promise<TtsChunk[]> {
  const chunks: TtsChunk[] = [];
  for await (const chunk of speech) chunks.push(chunk);
  return chunks;
}
/** `count` chunks, then the end. */
function chunks(count: number): () => Promise<HibariAnswer> {
  let left = count;
  return () => Promise.resolve(left-- > 0 ? { pcm: new Int16Array(480), marks: [] } : undefined);
}

describe("VoiceThread", () => {
  it("pulls the chunks of a job to its end and stops it", async () => {
    const { thread, calls } = fakeThread(chunks(3));
    const voice = await VoiceThread.start(() => Promise.resolve(thread), systemClock);
    expect(await chunksOf(voice.speak(request()))).toHaveLength(3);
    expect(calls.map((call) => call.type)).toEqual(["start", "next", "next", "next", "next", "stop"]);
  });

  it("clamps the speed to what the network knows", async () => {
    const { thread, calls } = fakeThread(chunks(0));
    const voice = await VoiceThread.start(() => Promise.resolve(thread), systemClock);
    await chunksOf(voice.speak(request(undefined, 0.25)));
    expect(calls[0]).toMatchObject({ type: "start", speed: 0.5 });
  });

  it("ends at an abort although the thread never answers, and stops the job", async () => {
    const { thread, calls } = fakeThread(() => new Promise(() => {}));
    const voice = await VoiceThread.start(() => Promise.resolve(thread), systemClock);
    const abort = new AbortController();
    const speech = chunksOf(voice.speak(request(abort.signal)));
    await expect.poll(() => calls.length).toBe(2);
    abort.abort();
    await expect(speech).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(calls.at(-1)).toEqual({ type: "stop", job: 1 });
  });

  it("stops the job of a reader that leaves early", async () => {
    const { thread, calls } = fakeThread(chunks(100));
    const voice = await VoiceThread.start(() => Promise.resolve(thread), systemClock);
    for await (const _ of voice.speak(request())) break;
    expect(calls.at(-1)).toEqual({ type: "stop", job: 1 });
  });

  it("replaces a crashed thread, a bounded number of times in a minute", async () => {
    let now = 0;
    let started = 0;
    let latest = fakeThread(chunks(1));
    const clock: Clock = { ...systemClock, monotonic: () => now };
    const start = (): Promise<Thread> => {
      started++;
      latest = fakeThread(chunks(1));
      return Promise.resolve(latest.thread);
    };
    const voice = await VoiceThread.start(start, clock);
    for (let crashes = 1; crashes <= 5; crashes++) {
      latest.crash();
      await latest.thread.ended;
      expect(await chunksOf(voice.speak(request()))).toHaveLength(1);
      expect(started).toBe(crashes + 1);
    }
    latest.crash();
    await latest.thread.ended;
    await expect(chunksOf(voice.speak(request()))).rejects.toMatchObject({ code: "ERR_PROVIDER" });
    now = 60_001;
    expect(await chunksOf(voice.speak(request()))).toHaveLength(1);
  });

  it("replaces a thread that hangs", async () => {
    let started = 0;
    const timeout = (): Promise<never> => Promise.reject(new ParleyError("ERR_TIMEOUT", "too long"));
    const start = (): Promise<Thread> =>
      Promise.resolve(fakeThread(started++ === 0 ? timeout : chunks(1)).thread);
    const voice = await VoiceThread.start(start, systemClock);
    await expect(chunksOf(voice.speak(request()))).rejects.toMatchObject({ code: "ERR_PROVIDER_TIMEOUT" });
    expect(await chunksOf(voice.speak(request()))).toHaveLength(1);
  });
});
