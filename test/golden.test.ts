import { afterEach, describe, expect, it } from "vitest";
import type { DialectName } from "../src/protocol/dialect.ts";
import type { SessionKind } from "../src/protocol/session-config.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "../src/providers/llm.ts";
import { instantProviders } from "./support/small-parts.ts";
import { audioOf, SmallServer } from "./support/small-server.ts";
import type { Client } from "./support/small-server.ts";
import { Transcript } from "./support/transcript.ts";
import type { ClientTurn } from "./support/transcript.ts";

/** Whole conversations in each dialect, held event by event against the files in fixtures/golden. When the protocol is
 *  meant to change: `npx vitest run --project unit test/golden.test.ts --update`, and read the difference. */

const end: LlmEvent = {
  type: "end",
  reason: "stop",
  inputTokens: 12,
  cachedTokens: 4,
  outputTokens: 6,
};

/** Looks the weather up before it speaks of it, and greets when it has no tools. */
const model: LlmProvider = {
  name: "scripted",
  canContinue: false,
  takesImages: false,
  async *generate({ messages, tools }: LlmRequest): AsyncGenerator<LlmEvent> {
    if (tools.length > 0 && messages.at(-1)?.role !== "tool_result") {
      yield { type: "call", index: 0, callId: "call_weather", name: "get_weather" };
      yield { type: "arguments", index: 0, delta: '{"city":' };
      yield { type: "arguments", index: 0, delta: '"Paris"}' };
      yield { ...end, reason: "tool_calls" };
      return;
    }
    const words = tools.length > 0 ? ["It is", " cloudy."] : ["Hello", " there. ", "How are", " you?"];
    for (const text of words) yield { type: "text", text };
    yield end;
  },
  close: async () => {},
};

let server: SmallServer;
afterEach(() => server.end());

async function record(
  dialect: DialectName,
  kind: SessionKind,
  play: (transcript: Transcript) => Promise<void>,
): Promise<Transcript> {
  server = new SmallServer({ providers: (clock) => ({ ...instantProviders({}, clock), llm: model }) });
  const transcript = new Transcript(server, dialect, kind);
  await transcript.turn(100);
  await play(transcript);
  expect(server.crashes).toEqual([]);
  return transcript;
}

type Say = (client: Client) => ClientTurn;

const say =
  (event: ClientTurn): Say =>
  () =>
    event;

/** A `session.update` with the settings of one dialect or the other. */
const update = (dialect: DialectName, ga: object, beta: object): Say =>
  say({ type: "session.update", session: dialect === "ga" ? { type: "realtime", ...ga } : beta });

const text = say({
  type: "conversation.item.create",
  item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello." }] },
});
const answer = say({ type: "response.create" });
const append = (ms: number, level: number): Say =>
  say({ type: "input_audio_buffer.append", audio: audioOf(ms, level) });
const speech = [append(400, 8_000), append(700, 0)];
const detection = { type: "server_vad", silence_duration_ms: 200 };

/** The id of the last item that is output of a response. */
const answered = (client: Client): unknown =>
  (client.of("response.output_item.done").at(-1)?.["item"] as { readonly id: string } | undefined)?.id;

const turns: Readonly<
  Record<
    string,
    { readonly kind: SessionKind; readonly play: (t: Transcript, dialect: DialectName) => Promise<void> }
  >
> = {
  text: {
    kind: "realtime",
    play: async (transcript, dialect) => {
      await transcript.turn(
        100,
        update(
          dialect,
          { output_modalities: ["text"], instructions: "Be brief.", max_output_tokens: 100 },
          {
            modalities: ["text"],
            instructions: "Be brief.",
            max_response_output_tokens: 100,
            temperature: 0.7,
          },
        ),
      );
      await transcript.turn(500, text, answer);
      await transcript.turn(
        100,
        say({ type: "response.cancel" }),
        update(
          dialect,
          { audio: { input: { turn_detection: { type: "server_vad", threshold: 2 } } } },
          { turn_detection: { type: "server_vad", threshold: 2 } },
        ),
      );
      await transcript.turn(
        500,
        say({
          type: "response.create",
          response: {
            conversation: "none",
            metadata: { topic: "aside" },
            input: [],
            ...(dialect === "ga" ? { output_modalities: ["text"] } : { modalities: ["text"] }),
          },
        }),
      );
    },
  },
  audio: {
    kind: "realtime",
    play: async (transcript, dialect) => {
      await transcript.turn(
        100,
        update(
          dialect,
          {
            audio: {
              input: {
                transcription: { model: "parley" },
                turn_detection: detection,
                noise_reduction: { type: "near_field" },
              },
              output: { format: { type: "audio/pcmu" }, voice: "cedar" },
            },
          },
          {
            input_audio_transcription: { model: "parley" },
            turn_detection: detection,
            input_audio_noise_reduction: { type: "near_field" },
            output_audio_format: "g711_ulaw",
            voice: "cedar",
          },
        ),
      );
      await transcript.turn(2_000, ...speech);
      await transcript.turn(
        100,
        (client) => ({
          type: "conversation.item.truncate",
          item_id: answered(client),
          content_index: 0,
          audio_end_ms: 50,
        }),
        (client) => ({ type: "conversation.item.retrieve", item_id: answered(client) }),
        update(dialect, { audio: { output: { voice: "marin" } } }, { voice: "marin" }),
      );
    },
  },
  tool: {
    kind: "realtime",
    play: async (transcript, dialect) => {
      const tool = {
        type: "function",
        name: "get_weather",
        description: "The weather in a city",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      };
      const settings = { tools: [tool], tool_choice: "auto" };
      await transcript.turn(
        100,
        update(dialect, { output_modalities: ["text"], ...settings }, { modalities: ["text"], ...settings }),
      );
      await transcript.turn(500, text, answer);
      await transcript.turn(
        500,
        say({
          type: "conversation.item.create",
          item: { type: "function_call_output", call_id: "call_weather", output: '{"sky":"cloudy"}' },
        }),
        answer,
      );
      await transcript.turn(100, (client) => ({
        type: "conversation.item.delete",
        item_id: answered(client),
      }));
    },
  },
  transcription: {
    kind: "transcription",
    play: async (transcript, dialect) => {
      const transcription = { model: "parley", language: "en" };
      await transcript.turn(
        100,
        say(
          dialect === "ga"
            ? {
                type: "session.update",
                session: {
                  type: "transcription",
                  audio: { input: { transcription, turn_detection: detection } },
                  include: ["item.input_audio_transcription.logprobs"],
                },
              }
            : {
                type: "transcription_session.update",
                session: {
                  input_audio_transcription: transcription,
                  turn_detection: detection,
                  include: ["item.input_audio_transcription.logprobs"],
                },
              },
        ),
      );
      await transcript.turn(2_000, ...speech);
      await transcript.turn(100, answer, update(dialect, {}, {}));
    },
  },
};

describe.each(["ga", "beta"] as const)("the %s dialect", (dialect) => {
  it.each(Object.entries(turns))(
    "[DIA-3] says a conversation of this kind as it always has: %s",
    { timeout: 60_000 },
    async (name, { kind, play }) => {
      const transcript = await record(dialect, kind, (recorded) => play(recorded, dialect));
      expect(transcript.faults).toEqual([]);
      await expect(transcript.text()).toMatchFileSnapshot(`fixtures/golden/${dialect}-${name}.jsonl`);
    },
  );
});
