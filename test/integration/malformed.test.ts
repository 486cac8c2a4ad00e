import { expect, it, vi } from "vitest";
import { heldBytes } from "../support/memory.ts";
import { startTestServer } from "../support/server.ts";
import { responseOf, saidIn } from "./event-log.ts";
import { configure, connect, disconnect, say } from "./socket.ts";
import type { Client } from "./socket.ts";

const frames = 1_000;
const framesPerTurn = 100;

/** Every 25th frame is this long: 40 of them, 480 MiB in all. */
const largeFrameBytes = 12 * 1024 * 1024;
/** What may be kept of all that: less than three of them. */
const keptBytesMax = 32 * 1024 * 1024;
const freedMsMax = 30_000;

interface Malformed {
  readonly frame: string | Buffer;
  /** Echoed, when there was one to read. */
  readonly eventId: string | null;
  readonly code: string;
}

type Kind = (n: number) => Malformed;

const unreadable =
  (frame: (n: number) => string | Buffer): Kind =>
  (n) => ({ frame: frame(n), eventId: null, code: "invalid_json" });

const wrong =
  (code: string, event: object): Kind =>
  (n) => {
    const eventId = `client_${n}`;
    return { frame: JSON.stringify({ event_id: eventId, ...event }), eventId, code };
  };

const item = (body: object): object => ({ type: "conversation.item.create", item: body });

const kinds: readonly Kind[] = [
  unreadable(() => ""),
  unreadable((n) => `{"type":"response.create","n":${n}`),
  unreadable((n) => `[${n}]`),
  unreadable((n) => `${n}`),
  unreadable(() => '"response.create"'),
  unreadable(() => "null"),
  unreadable((n) => `{"type":${"[".repeat(500 + n)}`),
  unreadable((n) => `{"type":"x","deep":${"[".repeat(100 + n)}${"]".repeat(100 + n)}}`),
  unreadable((n) => Buffer.from([0xff, 0xfe, 0x00, n % 256, 0x80])),
  unreadable(() => "\u0000\u0001\u0002"),
  wrong("missing_required_parameter", {}),
  wrong("invalid_value", { type: "no.such.event" }),
  wrong("invalid_value", { type: "__proto__" }),
  wrong("missing_required_parameter", { type: "session.update" }),
  wrong("invalid_value", { type: "session.update", session: { type: "realtime", instructions: 7 } }),
  wrong("invalid_value", {
    type: "session.update",
    session: { type: "realtime", output_modalities: ["smell"] },
  }),
  wrong("missing_required_parameter", { type: "input_audio_buffer.append" }),
  wrong("invalid_value", { type: "input_audio_buffer.append", audio: "!!! not base64 !!!" }),
  wrong("invalid_value", { type: "input_audio_buffer.append", audio: [1, 2, 3] }),
  wrong("input_audio_buffer_commit_empty", { type: "input_audio_buffer.commit" }),
  wrong("missing_required_parameter", { type: "conversation.item.create" }),
  wrong("invalid_value", item({ type: "no_such_item" })),
  wrong("invalid_value", item({ type: "message", role: "user", content: "words" })),
  wrong("invalid_tool_call_id", item({ type: "function_call_output", call_id: "call_none", output: "" })),
  wrong("item_retrieve_invalid_item_id", { type: "conversation.item.retrieve", item_id: "item_none" }),
  wrong("item_delete_invalid_item_id", { type: "conversation.item.delete", item_id: "item_none" }),
  wrong("missing_required_parameter", { type: "conversation.item.truncate", item_id: "item_none" }),
  wrong("response_cancel_not_active", { type: "response.cancel" }),
  wrong("invalid_value", { type: "response.create", response: { max_output_tokens: -1 } }),
];

const large = unreadable(
  (n) => `{"type":"input_audio_buffer.append","n":${n},"audio":"${"A".repeat(largeFrameBytes)}`,
);

const malformed = (n: number): Malformed => (n % 25 === 24 ? large : kinds[n % kinds.length]!)(n);

async function answersAsEver({ log, send }: Client): Promise<void> {
  send(say("What is seven plus five?"));
  send({ type: "response.create" });
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).toMatch(/\b(12|twelve)\b/i);
}

/** In a function of its own, so that nothing here holds the frames afterwards. */
async function refusesAll({ log, socket }: Client, from: number): Promise<void> {
  const given = Array.from({ length: framesPerTurn }, (_, i) => malformed(from + i));
  for (const { frame } of given) socket.send(frame);
  const answers = [];
  for (const _ of given) answers.push((await log.next("error"))["error"]);
  expect(answers).toMatchObject(given.map(({ eventId, code }) => ({ event_id: eventId, code })));
}

it("[PRT-1] answers a thousand malformed frames each with its error, and turns as ever in between", async () => {
  const server = await startTestServer();
  try {
    const client = await connect(server.url);
    const { log, send } = client;
    send(configure({ output_modalities: ["text"] }));
    await answersAsEver(client);
    const before = heldBytes();
    for (let n = 0; n < frames; n += framesPerTurn) {
      await refusesAll(client, n);
      await answersAsEver(client);
    }
    expect(log.all("error")).toHaveLength(frames);
    // what lies outside of the heap is given back some time after a collection
    const options = { timeout: freedMsMax, interval: 200 };
    await vi.waitFor(() => expect(heldBytes() - before).toBeLessThan(keptBytesMax), options);
    log.finish();
    await disconnect(client);
  } finally {
    await server.close();
  }
});
