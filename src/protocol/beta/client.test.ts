import fc from "fast-check";
import { expect, it } from "vitest";
import { parseClientEvent } from "../client-events.ts";
import { dialects } from "../dialect.ts";

const parse = (event: object): ReturnType<typeof parseClientEvent> =>
  dialects.beta.parse(JSON.stringify({ event_id: "mine", ...event }));

it("reads a session.update of either kind", () => {
  expect(parse({ type: "session.update", session: { voice: "cedar" } })).toEqual({
    ok: true,
    event: {
      type: "session.update",
      eventId: "mine",
      session: { type: "realtime", audio: { input: {}, output: { voice: "cedar" } } },
    },
  });
  expect(
    parse({
      type: "transcription_session.update",
      session: { input_audio_format: "g711_alaw", include: null },
    }),
  ).toEqual({
    ok: true,
    event: {
      type: "session.update",
      eventId: "mine",
      session: { type: "transcription", include: null, audio: { input: { format: { type: "audio/pcma" } } } },
    },
  });
});

it("reads the overrides of a response", () => {
  const parsed = parse({
    type: "response.create",
    response: {
      modalities: ["audio", "text"],
      voice: "cedar",
      output_audio_format: "g711_ulaw",
      max_response_output_tokens: 7,
      temperature: 0.6,
      instructions: "be brief",
      tools: [{ name: "look_up" }],
      tool_choice: "required",
      metadata: { a: "b" },
      conversation: "none",
      input: [{ type: "message", role: "assistant", content: [{ type: "text", text: "hello" }] }],
    },
  });
  expect(parsed).toMatchObject({
    ok: true,
    event: {
      overrides: {
        output_modalities: ["audio"],
        voice: "cedar",
        format: { type: "audio/pcmu" },
        max_output_tokens: 7,
        instructions: "be brief",
        tools: [{ type: "function", name: "look_up" }],
        tool_choice: "required",
        metadata: { a: "b" },
        conversation: "none",
        input: [{ type: "item", item: { body: { content: [{ type: "output_text", text: "hello" }] } } }],
      },
    },
  });
  expect(parse({ type: "response.create", response: { max_output_tokens: 7 } })).toMatchObject({
    event: { overrides: { max_output_tokens: 7 } },
  });
  for (const response of [undefined, null, {}])
    expect(parse({ type: "response.create", response })).toMatchObject({
      ok: true,
      event: { overrides: { conversation: "auto", input: null } },
    });
});

it.each([
  [{ type: "session.update" }, "missing_required_parameter", "session"],
  [{ type: "transcription_session.update" }, "missing_required_parameter", "session"],
  [{ type: "transcription_session.update", session: { speed: 9 } }, "invalid_value", "session.speed"],
  [{ type: "response.create", response: 7 }, "invalid_value", "response"],
  [{ type: "response.create", response: { voice: "" } }, "invalid_value", "response.voice"],
  [
    { type: "response.create", response: { output_audio_format: "mp3" } },
    "invalid_value",
    "response.output_audio_format",
  ],
  [
    { type: "response.create", response: { max_response_output_tokens: 0 } },
    "invalid_value",
    "response.max_response_output_tokens",
  ],
  [
    { type: "response.create", response: { max_output_tokens: 0 } },
    "invalid_value",
    "response.max_output_tokens",
  ],
  [{ type: "response.create", response: { audio: {} } }, "unknown_parameter", "response.audio"],
  [{ type: "response.nothing" }, "invalid_value", "type"],
])("[DIA-2] refuses %j by the name that the client used", (event, code, param) => {
  expect(parse(event)).toMatchObject({ ok: false, error: { code, param, event_id: "mine" } });
});

it("reads all that is the same in both dialects as GA does", () => {
  for (const event of [
    { type: "input_audio_buffer.append", audio: "AAAA" },
    { type: "input_audio_buffer.commit" },
    { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 5 },
    { type: "conversation.item.create", item: { type: "message", role: "user", content: [] } },
  ]) {
    const frame = JSON.stringify(event);
    expect(dialects.beta.parse(frame)).toEqual(parseClientEvent(frame));
  }
  expect(dialects.beta.parse("garbage")).toEqual(parseClientEvent("garbage"));
  const beta = JSON.stringify({ type: "transcription_session.update", session: {} });
  expect(parseClientEvent(beta)).toMatchObject({ ok: false, error: { param: "type" } });
});

it("[PRT-1] gives an event or an error for any fields under any type", () => {
  const keys = [
    "session",
    "response",
    "audio",
    "turn_detection",
    "type",
    "tools",
    "voice",
    "modalities",
    "input",
  ];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(
      fc.constantFrom(
        ...keys,
        "input_audio_format",
        "input_audio_transcription",
        "max_response_output_tokens",
      ),
      tie("value"),
      { maxKeys: 5 },
    ),
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("pcm16", "function", "server_vad", "text", "inf", "", 1, -1, 1e9, null, true),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("tree"),
    ),
  }));
  const types = ["session.update", "transcription_session.update", "response.create"];
  fc.assert(
    fc.property(fc.constantFrom(...types), tree, tree, (type, session, response) => {
      const parsed = parse({ type, session, response });
      if (parsed.ok) return;
      expect(parsed.error).toMatchObject({ type: "invalid_request_error", event_id: "mine" });
      expect(parsed.error.param).not.toMatch(/\.audio\./);
    }),
    { numRuns: 2_000 },
  );
});
