import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesFromSamples, samplesFromBytes } from "../../src/audio/pcm.ts";
import { heardWithin } from "../../src/actors/session/spoken.ts";
import type { ItemId, ResponseId, RunId } from "../../src/lib/ids.ts";
import { noOverrides } from "../../src/protocol/response-config.ts";
import type { Out } from "../../src/protocol/wire.ts";
import type { WordMark } from "../../src/protocol/word-mark.ts";
import type { Received } from "../support/log-before-event.ts";
import { ResponseBench } from "../support/response-bench.ts";
import type { MakeOuts } from "../support/response-bench.ts";
import { readSample, sampleOf, segmentSamples } from "../support/session-workers.ts";

/** By response: what its last run says in all. Each run says something else, as models do. */
const said = new Map<ResponseId, string>();
const callArguments = '{"a":1}';
/** Samples of one chunk, and characters of one token. */
const chunk = 40;

/** `resp_1_<n>`: the number that its samples carry. */
const numberOf = (response: string): number => Number.parseInt(response.split("_").at(-1) ?? "0", 36) % 8;

const makeOuts: MakeOuts = (target, runName, text, from) => {
  const { response } = target;
  const run = runName as RunId;
  const outs: Out[] = [];
  if (target.type === "llm") {
    assert.equal(text.length, from, "a run is to go on elsewhere than behind the text it was given");
    const name = runName.replaceAll(/[^a-z]/g, "").slice(0, 6);
    const answerText = `${text}Well, so ${name} goes on. And on ${name} goes. Then it ends.`;
    said.set(response, answerText);
    for (let offset = from; offset < answerText.length; offset += 12)
      outs.push({ type: "llm.text", response, run, offset, text: answerText.slice(offset, offset + 12) });
    outs.push({ type: "llm.call", response, run, index: 0, callId: `call_${response}`, name: "act" });
    outs.push({ type: "llm.arguments", response, run, index: 0, offset: 0, delta: callArguments });
    const usage = { reason: "tool_calls", inputTokens: 1, cachedTokens: 0, outputTokens: 1 } as const;
    const argumentsLength = [callArguments.length];
    outs.push({ type: "llm.done", response, run, length: answerText.length, argumentsLength, ...usage });
    return outs;
  }
  const { segment } = target;
  const length = segmentSamples(text);
  for (let offset = from; offset < length; offset += chunk) {
    const size = Math.min(chunk, length - offset);
    const samples = Int16Array.from({ length: size }, (_, i) =>
      sampleOf(numberOf(response), segment, offset + i),
    );
    // a run that goes on says again where the words ended that were spoken before
    const marks = wordEnds(text).filter(
      (mark) => mark.samples <= offset + size && (offset === from || mark.samples > offset),
    );
    outs.push({ type: "tts.audio", response, segment, run, offset, pcm: bytesFromSamples(samples), marks });
  }
  outs.push({ type: "tts.done", response, segment, run, length });
  return outs;
};

/** Where the words of a segment end: all are equally long. */
function wordEnds(text: string): WordMark[] {
  const words = [...text.matchAll(/\S+/g)];
  return words.map(({ 0: word, index }, i) => ({
    chars: index + word.length,
    samples: Math.floor((segmentSamples(text) * (i + 1)) / words.length),
  }));
}

type Step = {
  readonly do:
    | "round"
    | "session"
    | "response"
    | "log"
    | "work"
    | "repeat"
    | "lose"
    | "die"
    | "respond"
    | "cancel"
    | "interrupt"
    | "transcribe"
    | "wait";
  readonly which: number;
};

const often = {
  round: 10,
  session: 6,
  response: 8,
  log: 4,
  work: 10,
  repeat: 2,
  lose: 1,
  die: 1,
  respond: 2,
  cancel: 1,
};
const seldom = { interrupt: 1, transcribe: 2, wait: 1 };
const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.entries({ ...often, ...seldom }).map(([name, weight]) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(name as Step["do"]), which: fc.nat(1_000) }),
  })),
);

class Play {
  readonly bench = new ResponseBench(makeOuts);
  readonly #utterances: ItemId[] = [];

  async step({ do: what, which }: Step): Promise<void> {
    const { bench } = this;
    const responses = [...bench.answers.keys()];
    const response = responses[which % Math.max(1, responses.length)];
    const run = bench.runs[which % Math.max(1, bench.runs.length)];
    if (what === "round") await this.#round(which);
    else if (what === "session") bench.deliverToSession();
    else if (what === "response" && response !== undefined) bench.deliverToResponse(response);
    else if (what === "log") await this.#log();
    else if (what === "work" && run !== undefined) bench.publish(run);
    else if (what === "repeat" && run !== undefined) bench.publish(run, which);
    else if (what === "lose" && run !== undefined) bench.lose(run);
    else if (what === "die" && run !== undefined) bench.redeliver(run);
    else if (what === "wait") bench.clock.advance(which);
    else this.#say(what, which);
  }

  /** Much goes on as it does when nothing is slow, so that what is seldom comes at every stage of an answer. */
  async #round(which: number): Promise<void> {
    const { bench } = this;
    if (which % 2 === 0) await this.#log();
    if (which % 3 > 0) while (bench.deliverToSession());
    for (const response of bench.answers.keys()) while (bench.deliverToResponse(response));
    for (const run of bench.runs) if (!run.dead) bench.publish(run);
  }

  #say(what: Step["do"], which: number): void {
    const { inbox } = this.bench;
    const eventId = null;
    if (what === "respond") {
      const overrides =
        which % 3 === 0
          ? ({ ...noOverrides, conversation: "none", input: [] } as const)
          : { ...noOverrides, output_modalities: [which % 3 === 1 ? "audio" : "text"] as const };
      inbox.push({ type: "client", event: { type: "response.create", eventId, overrides } });
    } else if (what === "cancel") {
      const cancel = {
        type: "client",
        event: { type: "response.cancel", eventId, responseId: null },
      } as const;
      // before or after what responses have just done
      if (which % 2 === 0) inbox.unshift(cancel);
      else inbox.push(cancel);
    } else if (what === "interrupt") {
      const item = `item_s${this.#utterances.length}` as ItemId;
      this.#utterances.push(item);
      inbox.push(
        { type: "speech.started", item, startMs: 0, cuts: 0 },
        { type: "speech.stopped", item, endMs: 1 },
      );
    } else if (what === "transcribe") {
      const item = this.#utterances[which % Math.max(1, this.#utterances.length)];
      if (item === undefined) return;
      if (which % 3 === 0) inbox.push({ type: "transcript.failed", item, code: "ERR_TIMEOUT" });
      else inbox.push({ type: "transcript", item, text: "hello", seconds: 1 });
    }
  }

  async #log(): Promise<boolean> {
    await Promise.resolve(); // what was pushed in one turn is appended after it
    const any = this.bench.acknowledge();
    if (any) await new Promise<void>((resolve) => void setImmediate(resolve));
    return any;
  }

  /** Everything that is still under way comes to its end, a second at a time for what waits for time. */
  async finish(): Promise<void> {
    const { bench } = this;
    for (let rounds = 0; rounds < 2_000; rounds += 1) {
      let moved = await this.#log();
      while (bench.deliverToSession()) moved = true;
      for (const response of bench.answers.keys()) while (bench.deliverToResponse(response)) moved = true;
      for (const run of bench.runs) if (!run.dead && bench.publish(run)) moved = true;
      if (moved) continue;
      if (this.#isQuiet()) return bench.finish();
      for (const item of bench.session.pending)
        bench.inbox.push({ type: "transcript", item, text: "hello", seconds: 1 });
      bench.clock.advance(1_000);
    }
    assert.fail("it does not come to an end");
  }

  #isQuiet(): boolean {
    const { session, inbox } = this.bench;
    return session.active.size === 0 && session.pending.length === 0 && inbox.length === 0;
  }
}

const of = (events: readonly Received[], type: string): Received[] =>
  events.filter((event) => event.type === type);

/** A completed answer is what its last run said, and nothing of the runs before it but what that run went on after. */
function assertText({ events, entries }: ResponseBench): void {
  for (const done of of(events, "response.done")) {
    const { id, status } = done["response"] as { id: ResponseId; status: string };
    const logged = entries.flatMap((entry) =>
      entry.type === "segment" && entry.response === id ? [entry.text] : [],
    );
    if (status === "completed") assert.equal(logged.join(""), said.get(id));
  }
}

/** [AUD-1] Samples are those of the segments, each once and in order; all of them in a completed answer. */
function assertAudio({ events, entries, buried }: ResponseBench): number {
  let whole = 0;
  for (const done of of(events, "response.done")) {
    const response = done["response"] as Record<string, unknown>;
    if (String(response["output_modalities"]) !== "audio") continue;
    const id = response["id"] as ResponseId;
    const expected = entries.flatMap((entry) =>
      entry.type === "segment" && entry.response === id
        ? Array.from({ length: segmentSamples(entry.text) }, (_, i) =>
            sampleOf(numberOf(id), entry.segment, i),
          )
        : [],
    );
    const heard = of(events, "response.output_audio.delta")
      .filter((event) => event["response_id"] === id)
      .flatMap((event) => [...samplesFromBytes(Buffer.from(String(event["delta"]), "base64"))]);
    // a segment that was given up in the middle is followed by text alone
    if (buried.has(id)) continue;
    assert.deepEqual(heard.map(readSample), expected.slice(0, heard.length).map(readSample));
    if (response["status"] !== "completed") continue;
    whole += 1;
    assert.equal(heard.length, expected.length, "a completed answer lacks audio");
  }
  return whole;
}

/** [TRU-1] What counts as heard are the words whose audio the client was sent to their end.
 *  @returns answers that stopped within a segment */
function assertHeard({ events, entries, session }: ResponseBench): number {
  let parts = 0;
  for (const [item, spoken] of session.spoken) {
    const sent = new Map<number, number>();
    for (const event of of(events, "response.output_audio.delta")) {
      if (event["item_id"] !== item) continue;
      for (const sample of samplesFromBytes(Buffer.from(String(event["delta"]), "base64"))) {
        const { segment } = readSample(sample);
        sent.set(segment, (sent.get(segment) ?? 0) + 1);
      }
    }
    let isCutOff = false;
    const words = entries.flatMap((entry) => {
      if (entry.type !== "segment" || entry.item !== item) return [];
      const samples = sent.get(entry.segment) ?? 0;
      const ended = wordEnds(entry.text).filter((mark) => mark.samples <= samples).length;
      isCutOff ||= samples > 0 && samples < segmentSamples(entry.text);
      return (entry.text.match(/\S+/g) ?? []).slice(0, ended);
    });
    const { text } = heardWithin(spoken, Infinity);
    assert.deepEqual(text.match(/\S+/g) ?? [], words);
    if (isCutOff) parts += 1;
  }
  return parts;
}

describe("the machines of a session and its responses, message by message", () => {
  it("[AUD-1] [CAN-1] [RSP-1] [TRU-1] [UTT-1] keep order, silence and count under any interleaving", async () => {
    let whole = 0;
    let cutOff = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150, size: "max" }), async (steps) => {
        said.clear();
        const play = new Play();
        await play.bench.open();
        play.bench.inbox.push({ type: "opened" });
        for (const one of steps) await play.step(one);
        await play.finish();
        const { events } = play.bench;
        whole += assertAudio(play.bench);
        cutOff += assertHeard(play.bench);
        assertText(play.bench);
        const ids = (type: string) =>
          of(events, type).map((event) => (event["response"] as { id: string }).id);
        expect(ids("response.done").toSorted()).toEqual(ids("response.created").toSorted());
        const outcomes = events.filter(({ type }) => /transcription\.(completed|failed)$/.test(type));
        const committed = of(events, "input_audio_buffer.committed");
        expect(outcomes.map((event) => String(event["item_id"])).toSorted()).toEqual(
          committed.map((event) => String(event["item_id"])).toSorted(),
        );
      }),
      { numRuns: 250, interruptAfterTimeLimit: 15_000 },
    );
    expect(whole).toBeGreaterThan(5);
    expect(cutOff).toBeGreaterThan(5);
  });
});
