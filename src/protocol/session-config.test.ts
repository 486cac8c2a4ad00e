import { describe, expect, it } from "vitest";
import { applySessionUpdate, configBytesMax, defaultSessionConfig } from "./session-config.ts";
import type { SessionConfig } from "./session-config.ts";
import { sessionObject } from "./session-object.ts";

const start = defaultSessionConfig("parley");
const tool = { type: "function", name: "look_up", description: "", parameters: { type: "object" } };

function apply(config: SessionConfig, ...updates: unknown[]): SessionConfig {
  let at = config;
  for (const update of updates) {
    const applied = applySessionUpdate(at, update, { eventId: null, audioHasBeenSent: false });
    if (!applied.ok) throw new Error(`${applied.error.param}: ${applied.error.message}`);
    at = applied.config;
  }
  return at;
}

const refusal = (update: unknown, audioHasBeenSent = false): unknown => {
  const applied = applySessionUpdate(start, update, { eventId: "mine", audioHasBeenSent });
  return applied.ok ? applied.config : applied.error;
};

const notesOf = (update: unknown): string[] => {
  const applied = applySessionUpdate(start, update, { eventId: null, audioHasBeenSent: false });
  return applied.ok ? applied.notes : [];
};

describe("applySessionUpdate", () => {
  it("changes nothing for an update that says nothing", () => {
    expect(apply(start, { type: "realtime" })).toEqual(start);
    expect(apply(start, {})).toEqual(start);
    expect(apply(start, { type: "realtime", audio: { input: {}, output: {} } })).toEqual(start);
  });

  it("accepts the whole of what it shows", () => {
    const shown = sessionObject(start, "sess_1", 5);
    expect(apply(start, structuredClone(shown))).toEqual(start);
    const changed = apply(start, {
      type: "realtime",
      output_modalities: ["text"],
      audio: { input: { transcription: { model: "any" }, turn_detection: { type: "semantic_vad" } } },
      tools: [tool],
      tool_choice: { type: "function", name: "look_up" },
      tracing: "auto",
      reasoning: { effort: "low" },
      truncation: { type: "retention_ratio", retention_ratio: 0.5, token_limits: { post_instructions: 9 } },
    });
    expect(apply(start, JSON.parse(JSON.stringify(changed)))).toEqual(changed);
  });

  it("merges what is deep and leaves the rest", () => {
    const once = apply(start, {
      type: "realtime",
      instructions: "be brief",
      audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 200 } } },
    });
    const twice = apply(once, {
      type: "realtime",
      audio: { input: { turn_detection: { type: "server_vad", threshold: 0.9 } }, output: { speed: 1.5 } },
    });
    expect(twice).toEqual({
      ...start,
      instructions: "be brief",
      audio: {
        input: {
          ...start.audio.input,
          turn_detection: { ...start.audio.input.turn_detection, silence_duration_ms: 200, threshold: 0.9 },
        },
        output: { ...start.audio.output, speed: 1.5 },
      },
    });
  });

  it("starts turn detection of another type from its defaults", () => {
    const config = apply(
      start,
      {
        audio: { input: { turn_detection: { type: "server_vad", create_response: false, threshold: 0.1 } } },
      },
      { audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } },
    );
    expect(config.audio.input.turn_detection).toEqual({
      type: "semantic_vad",
      eagerness: "low",
      create_response: true,
      interrupt_response: true,
    });
    const back = apply(config, { audio: { input: { turn_detection: { type: "server_vad" } } } });
    expect(back.audio.input.turn_detection).toEqual(start.audio.input.turn_detection);
  });

  it("clears with null what can be off", () => {
    const on = apply(start, {
      audio: {
        input: {
          transcription: { model: "m", language: "en" },
          noise_reduction: { type: "near_field" },
          turn_detection: { type: "server_vad", idle_timeout_ms: 6_000 },
        },
      },
      tracing: { workflow_name: "w" },
      include: ["item.input_audio_transcription.logprobs"],
      prompt: { id: "p" },
      reasoning: { effort: "low" },
    });
    const vadOff = apply(on, {
      audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: null } } },
    });
    expect(vadOff.audio.input.turn_detection).toMatchObject({ idle_timeout_ms: null });
    const off = apply(on, {
      audio: { input: { transcription: null, noise_reduction: null, turn_detection: null } },
      tracing: null,
      include: null,
      prompt: null,
      reasoning: null,
    });
    expect(off).toEqual({
      ...start,
      audio: { ...start.audio, input: { ...start.audio.input, turn_detection: null } },
    });
  });

  it("merges transcription into what is there", () => {
    const config = apply(
      start,
      { audio: { input: { transcription: { model: "m", language: "en" } } } },
      { audio: { input: { transcription: { language: "de" } } } },
    );
    expect(config.audio.input.transcription).toEqual({ model: "m", language: "de" });
  });

  it("clears instructions and tools with empty values, and replaces tools whole", () => {
    const other = { ...tool, name: "other" };
    const config = apply(start, { instructions: "a", tools: [tool] }, { tools: [other] });
    expect(config.tools).toEqual([other]);
    expect(apply(config, { instructions: "", tools: [] })).toEqual(start);
  });

  it.each([
    ["auto", "auto"],
    ["required", "required"],
    ["look_up", { type: "function", name: "look_up" }],
    [
      { type: "function", name: "look_up" },
      { type: "function", name: "look_up" },
    ],
  ])("reads tool_choice %j", (given, expected) => {
    expect(apply(start, { tool_choice: given }).tool_choice).toEqual(expected);
  });

  it.each([
    [{ output_modalities: ["text"] }, ["text"]],
    [{ modalities: ["text"] }, ["text"]],
    [{ modalities: ["text", "audio"] }, ["audio"]],
  ])("reads modalities of %j", (update, expected) => {
    expect(apply(start, update).output_modalities).toEqual(expected);
  });

  it.each([
    ["audio/pcm", { type: "audio/pcm", rate: 24_000 }],
    ["audio/pcmu", { type: "audio/pcmu" }],
    ["audio/pcma", { type: "audio/pcma" }],
  ])("takes the format %s both ways", (type, format) => {
    const { audio } = apply(start, { audio: { input: { format: { type } }, output: { format: { type } } } });
    expect([audio.input.format, audio.output.format]).toEqual([format, format]);
  });

  const vad = (fields: object): object => ({
    audio: { input: { turn_detection: { type: "server_vad", ...fields } } },
  });
  const td = "session.audio.input.turn_detection";
  it.each([
    [null, "invalid_value", "session"],
    [{ type: "transcription" }, "invalid_value", "session.type"],
    [{ output_modalities: ["audio", "text"] }, "invalid_value", "session.output_modalities"],
    [{ output_modalities: ["smell"] }, "invalid_value", "session.output_modalities[0]"],
    [{ instructions: 1 }, "invalid_value", "session.instructions"],
    [{ instructions: null }, "invalid_value", "session.instructions"],
    [{ instructions: "x".repeat(300_000) }, "string_above_max_length", "session.instructions"],
    [{ audio: { input: { format: { type: "pcm16" } } } }, "invalid_value", "session.audio.input.format.type"],
    [
      { audio: { input: { format: { type: "audio/pcm", rate: 8000 } } } },
      "invalid_value",
      "session.audio.input.format.rate",
    ],
    [{ audio: { output: { speed: 2 } } }, "invalid_value", "session.audio.output.speed"],
    [{ audio: { output: { voice: "" } } }, "invalid_value", "session.audio.output.voice"],
    [vad({ threshold: 1.1 }), "invalid_value", `${td}.threshold`],
    [vad({ silence_duration_ms: -1 }), "invalid_value", `${td}.silence_duration_ms`],
    [vad({ prefix_padding_ms: 1e9 }), "invalid_value", `${td}.prefix_padding_ms`],
    [vad({ idle_timeout_ms: 10 }), "invalid_value", `${td}.idle_timeout_ms`],
    [vad({ create_response: "yes" }), "invalid_value", `${td}.create_response`],
    [vad({ type: "none" }), "invalid_value", `${td}.type`],
    [vad({ type: undefined }), "missing_required_parameter", `${td}.type`],
    [vad({ type: "semantic_vad", eagerness: "most" }), "invalid_value", `${td}.eagerness`],
    [{ tools: [tool, { type: "mcp" }] }, "invalid_value", "session.tools[1].type"],
    [{ tools: [{ type: "function" }] }, "missing_required_parameter", "session.tools[0].name"],
    [{ tools: [{ ...tool, name: "a b" }] }, "invalid_value", "session.tools[0].name"],
    [
      { tools: [tool, { ...tool, description: "x".repeat(20_000) }] },
      "string_above_max_length",
      "session.tools[1].description",
    ],
    [{ tool_choice: { type: "mcp", server_label: "x" } }, "invalid_value", "session.tool_choice.type"],
    [{ max_output_tokens: 0 }, "invalid_value", "session.max_output_tokens"],
    [{ max_output_tokens: 4_097 }, "invalid_value", "session.max_output_tokens"],
    [
      { truncation: { type: "retention_ratio" } },
      "missing_required_parameter",
      "session.truncation.retention_ratio",
    ],
    [{ include: ["x"] }, "invalid_value", "session.include[0]"],
  ])("refuses %j", (update, code, param) => {
    expect(refusal(update)).toMatchObject({ type: "invalid_request_error", code, param, event_id: "mine" });
  });

  it("fixes the voice once the assistant has spoken, but takes the same one again", () => {
    const voice = (name: unknown): object => ({ audio: { output: { voice: name } } });
    expect(refusal(voice("cedar"), true)).toMatchObject({ code: "cannot_update_voice" });
    expect(refusal(voice({ id: "cedar" }), true)).toMatchObject({ code: "cannot_update_voice" });
    expect(refusal(voice("alloy"), true)).toEqual(start);
    expect(apply(start, voice({ id: "cedar" })).audio.output.voice).toEqual({ id: "cedar" });
  });

  it("says what it accepted without effect", () => {
    expect(notesOf({ type: "realtime", tools: [tool], instructions: "x" })).toEqual([]);
    expect(notesOf({ temperature: 0.8, audio: { input: { gain: 2 } } })).toEqual([
      "unknown setting ignored: session.temperature",
      "unknown setting ignored: session.audio.input.gain",
    ]);
    expect(notesOf({ model: "parley" })).toEqual([]);
    expect(notesOf({ model: "another" })).toHaveLength(1);
    expect(notesOf({ audio: { input: { noise_reduction: { type: "far_field" } } } })).toHaveLength(1);
    expect(notesOf({ audio: { input: { turn_detection: { type: "semantic_vad" } } } })).toEqual([]);
    expect(notesOf({ include: ["item.input_audio_transcription.logprobs"] })).toHaveLength(1);
    expect(notesOf({ prompt: { id: "p" }, reasoning: { effort: "low" }, tracing: "auto" })).toHaveLength(3);
    expect(notesOf(Object.fromEntries(Array.from({ length: 99 }, (_, k) => [`k${k}`, 1])))).toHaveLength(16);
    expect(notesOf({ ["k".repeat(9_999)]: 1 })[0]?.length).toBeLessThan(200);
  });

  it("refuses settings that one record of the log could not hold", () => {
    const tools = Array.from({ length: 128 }, (_, n) => ({
      type: "function",
      name: `tool_${n}`,
      description: "x".repeat(configBytesMax / 128),
    }));
    const error = { code: "invalid_value", param: "session", event_id: "mine" };
    expect(refusal({ tools })).toMatchObject(error);
    expect(apply(start, { tools: tools.slice(0, 100) }).tools).toHaveLength(100);
  });

  it("[PRT-4] shows as off what was accepted without effect", () => {
    const config = apply(start, {
      audio: { input: { noise_reduction: { type: "near_field" } } },
      include: ["item.input_audio_transcription.logprobs"],
      prompt: { id: "p" },
      reasoning: { effort: "low" },
      tracing: "auto",
    });
    expect(config).toEqual(start);
  });

  it("keeps the model that the session opened with", () => {
    expect(apply(start, { model: "another" }).model).toBe("parley");
  });
});
