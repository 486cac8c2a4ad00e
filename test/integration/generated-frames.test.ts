import { setTimeout as pause } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { FrameMaker } from "../support/generated-frames.ts";
import type { Made } from "../support/generated-frames.ts";
import { heldBytes } from "../support/memory.ts";
import { Random } from "../support/random.ts";
import { startTestServer } from "../support/server.ts";
import { audioOf } from "../support/small-server.ts";
import { responseOf, saidIn } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { configure, connect, disconnect, say } from "./socket.ts";
import type { Client } from "./socket.ts";

/** `FRAMES=100000 SEED=7` runs more, or others. A thousand take about a second on a machine with nothing else to do. */
const framesMin = Number(process.env["FRAMES"] ?? 10_000);
const seed = Number(process.env["SEED"] ?? 1);
const timeoutMs = 120_000 + framesMin * 20;
const framesPerTurn = 100;
/** Each state twice. */
const roundsPerSession = 20;
const warmUpRounds = 40;
/** How long the client of a congested session reads nothing, ms. */
const unreadMs = 20;

const keptBytesMax = 24 * 1024 * 1024;
const freedMsMax = 30_000;
const endedMsMax = 30_000;
/** Turns that may be tried until none of what the frames began stands in the way of one. */
const triesMax = 20;

/** Parts that answer in milliseconds. */
const fast = {
  PARLEY_STT: "synthetic",
  PARLEY_TTS: "synthetic",
  PARLEY_VAD: "energy",
  PARLEY_SYNTHETIC_STT_MS: "20",
  PARLEY_SYNTHETIC_TTS_FIRST_MS: "5",
  PARLEY_SYNTHETIC_TTS_CHUNK_MS: "2",
  PARLEY_SYNTHETIC_TTS_WORD_MS: "100",
};

const normal = configure({
  output_modalities: ["text"],
  instructions: "",
  tools: [],
  tool_choice: "auto",
  max_output_tokens: "inf",
  truncation: "auto",
  audio: { input: { turn_detection: { type: "server_vad" }, transcription: null } },
});

const tool = { type: "function", name: "look_up", parameters: { type: "object", properties: {} } };
const speak = { type: "input_audio_buffer.append", audio: audioOf(200, 9_000) };
const spoken = (response: object = {}) => ({
  type: "response.create",
  response: { output_modalities: ["audio"], ...response },
});

type State = (client: Client) => Promise<void> | void;

/** What the session is doing when the frames come. */
const states: Readonly<Record<string, State>> = {
  idle: () => {},
  speaking: async ({ log, send }) => {
    send(speak);
    await log.next("input_audio_buffer.speech_started");
  },
  answering: async ({ log, send }) => {
    send(say("Tell me a long story about the sea."));
    send(spoken());
    await log.next("response.output_audio.delta");
  },
  "tool pending": async ({ log, send }) => {
    send(say("Look it up."));
    send(spoken({ tools: [tool], tool_choice: { type: "function", name: "look_up" } }));
    await log.next("response.function_call_arguments.done");
  },
  "push to talk": async ({ log, send }) => {
    send(configure({ audio: { input: { turn_detection: null } } }));
    await log.next("session.updated");
    send(speak);
  },
  "transcription pending": async ({ log, send }) => {
    send(configure({ audio: { input: { turn_detection: null, transcription: { model: "any" } } } }));
    send(speak);
    send({ type: "input_audio_buffer.commit" });
    await log.next("input_audio_buffer.committed");
  },
  "just cancelled": async ({ log, send }) => {
    send(say("Tell me a long story about the sea."));
    send(spoken());
    await log.next("response.created");
    send({ type: "response.cancel" });
  },
  "beside the conversation": ({ send }) => {
    for (let n = 0; n < 3; n += 1) send(spoken({ conversation: "none", input: [] }));
  },
  "cut off by speech": async ({ log, send }) => {
    send(say("Tell me a long story about the sea."));
    send(spoken());
    await log.next("response.created");
    send(speak);
  },
};

/** The client reads nothing while the frames are answered: more waits than the network holds. */
const congested = "congested";
const unreadItem = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "x".repeat(600_000) }],
};
const retrievals = 24;

const errorsOf = (events: readonly ServerEvent[]) =>
  events.flatMap((event) =>
    event.type === "error"
      ? [event["error"] as { readonly code: string; readonly event_id: string | null }]
      : [],
  );

/** Each frame has the error that it is due, and no other; what must tell of it does. */
function check(made: readonly Made[], events: readonly ServerEvent[], where: string): void {
  const errors = errorsOf(events);
  const named = new Map<string, string[]>();
  const nameless: string[] = [];
  for (const { code, event_id: id } of errors) {
    if (id === null) nameless.push(code);
    else named.set(id, [...(named.get(id) ?? []), code]);
  }
  const due: string[] = [];
  for (const { frame, due: wanted } of made) {
    if (wanted.type === "error" && wanted.eventId === null) {
      due.push(...wanted.codes);
      continue;
    }
    const id = wanted.eventId ?? "";
    const codes = named.get(id) ?? [];
    named.delete(id);
    const wrong =
      wanted.type === "none"
        ? codes.length > 0
        : codes.length > 1 ||
          (wanted.type === "error" && codes.length === 0) ||
          codes.some((code) => !wanted.codes.includes(code));
    if (wrong)
      throw new Error(
        `${where}: ${JSON.stringify(codes)} for ${String(frame).slice(0, 300)}, due ${JSON.stringify(wanted)}`,
      );
  }
  expect(nameless.toSorted(), where).toEqual(due.toSorted());
  for (const answer of new Set(
    made.flatMap(({ due: d }) => (d.type === "none" && d.answer ? [d.answer] : [])),
  )) {
    const wanted = made.filter(({ due: d }) => d.type === "none" && d.answer === answer).length;
    const given = events.filter(({ type }) => type === answer).length;
    // the server adds items of its own
    if (answer.endsWith("added")) expect(given, `${where}: ${answer}`).toBeGreaterThanOrEqual(wanted);
    else expect(given, `${where}: ${answer}`).toBe(wanted);
  }
}

const isUnread = ({ type, item }: ServerEvent): boolean =>
  type === "conversation.item.retrieved" && (item as { id: unknown }).id === "item_unread";
const isFence = ({ type, error }: ServerEvent): boolean =>
  type === "error" && String((error as { event_id: unknown }).event_id).startsWith("fence_");

let fences = 0;

/** Waits until all that was sent before has been answered. */
async function fence({ log, send }: Client): Promise<void> {
  const id = `fence_${(fences += 1)}`;
  send({ type: "response.cancel", event_id: id, response_id: "resp_of_nobody" });
  await log.next("error", (event) => (event["error"] as { event_id: unknown }).event_id === id);
}

/** A question is answered as ever, once what the frames had begun is over. */
async function answersAsEver(client: Client): Promise<void> {
  const { log, send } = client;
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    send({ type: "response.cancel", event_id: "quiet" });
    send({ type: "input_audio_buffer.clear" });
    send(normal);
    send(say("What is seven plus five?"));
    const id = `turn_${(fences += 1)}`;
    send({ type: "response.create", event_id: id, response: { metadata: { turn: id } } });
    const answer = await log.nextOf(
      "answer",
      (event) =>
        (event.type === "error" && (event["error"] as { event_id: unknown }).event_id === id) ||
        (event.type === "response.done" &&
          (event["response"] as { metadata: { turn?: string } | null }).metadata?.turn === id),
    );
    if (answer.type === "error" || responseOf(answer).status === "cancelled") continue;
    expect(responseOf(answer).status).toBe("completed");
    expect(saidIn(responseOf(answer))).toMatch(/\b(12|twelve)\b/i);
    return;
  }
  throw new Error("no turn came through");
}

/** In a function of its own, so that nothing here holds the frames afterwards. */
async function round(client: Client, maker: FrameMaker, state: string): Promise<void> {
  const { log, socket, send } = client;
  await states[state]?.(client);
  if (state === congested) {
    // first, so that no answer has to read it
    send({
      type: "conversation.item.create",
      previous_item_id: "root",
      item: { id: "item_unread", ...unreadItem },
    });
    await log.next("conversation.item.done");
    socket.pause();
    for (let n = 0; n < retrievals; n += 1)
      send({ type: "conversation.item.retrieve", item_id: "item_unread" });
  }
  const from = log.events.length;
  const made = Array.from({ length: framesPerTurn }, () => maker.next());
  for (const { frame } of made) socket.send(frame);
  if (state === congested) {
    await pause(unreadMs);
    socket.resume();
  }
  await fence(client);
  const events = log.events.slice(from).filter((event) => !isUnread(event) && !isFence(event));
  check(made, events, state);
  if (state === congested) {
    expect(log.events.slice(from).filter(isUnread)).toHaveLength(retrievals);
    send({ type: "conversation.item.delete", item_id: "item_unread" });
    await log.next("conversation.item.deleted");
  }
  await answersAsEver(client);
}

async function session(url: string, random: Random, rounds: number): Promise<void> {
  const client = await connect(url);
  const maker = new FrameMaker(random);
  client.send(normal);
  await client.log.next("session.updated");
  const kinds = [...Object.keys(states), congested];
  for (let n = 0; n < rounds; n += 1) await round(client, maker, kinds[n % kinds.length]!);
  const { log } = client;
  // answers beside the conversation may still go on
  const ended = () => log.all("response.done").length === log.all("response.created").length;
  await vi.waitFor(() => expect(ended()).toBe(true), { timeout: endedMsMax, interval: 20 });
  log.finish();
  await disconnect(client);
}

it(
  "[PRT-3] answers generated frames each with what it is due, whatever the session is doing",
  async () => {
    const random = new Random(seed);
    const rounds = Math.ceil(framesMin / framesPerTurn);
    const server = await startTestServer(fast);
    let done = 0;
    try {
      let before = 0;
      while (done < rounds) {
        const count = Math.min(roundsPerSession, rounds - done);
        await session(server.url, random, count);
        done += count;
        // what is made once, and code compiled, by the first sessions is kept for good
        if (done >= warmUpRounds && before === 0) before = heldBytes();
      }
      const options = { timeout: freedMsMax, interval: 200 };
      await vi.waitFor(() => expect(heldBytes() - before).toBeLessThan(keptBytesMax), options);
    } catch (error) {
      throw new Error(`SEED=${seed}, after ${done * framesPerTurn} frames`, { cause: error });
    } finally {
      await server.close();
    }
  },
  timeoutMs,
);
