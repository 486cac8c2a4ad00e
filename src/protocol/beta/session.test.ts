import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applySessionUpdate, defaultSessionConfig } from "../session-config.ts";
import type { SessionConfig, SessionKind } from "../session-config.ts";
import { sessionObject } from "../session-object.ts";
import { sessionFromBeta, sessionToBeta } from "./session.ts";

const tool = { type: "function", name: "look_up", description: "", parameters: { type: "object" } };

/** The configuration after these flat sessions, as the server gets at it. */
function apply(kind: SessionKind, ...updates: unknown[]): { config: SessionConfig; notes: string[] } {
  let at = { config: defaultSessionConfig("parley", kind), notes: [] as string[] };
  for (const update of updates) {
    const session = sessionFromBeta(update, kind, null);
    if (!session.ok) throw new Error(`${session.error.param}: ${session.error.message}`);
    const applied = applySessionUpdate(at.config, session.value, { eventId: null, audioHasBeenSent: false });
    if (!applied.ok) throw new Error(`${applied.error.param}: ${applied.error.message}`);
    at = applied;
  }
  return at;
}

const shown = (config: SessionConfig): unknown => sessionToBeta(sessionObject(config, "sess_1", 5));

const defaults = {
  id: "sess_1",
  object: "realtime.session",
  expires_at: 5,
  model: "parley",
  modalities: ["audio", "text"],
  instructions: "",
  voice: "alloy",
  speed: 1,
  input_audio_format: "pcm16",
  output_audio_format: "pcm16",
  input_audio_transcription: null,
  input_audio_noise_reduction: null,
  turn_detection: {
    type: "server_vad",
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
    create_response: true,
    interrupt_response: true,
  },
  tools: [],
  tool_choice: "auto",
  temperature: 0.8,
  max_response_output_tokens: "inf",
  tracing: null,
};

describe("a flat session", () => {
  it("is shown with all that the beta has", () => {
    expect(shown(defaultSessionConfig("parley"))).toEqual(defaults);
  });

  it("sets what it names, and shows it again", () => {
    const flat = {
      modalities: ["text"],
      instructions: "be brief",
      voice: "cedar",
      speed: 1.2,
      input_audio_format: "g711_ulaw",
      output_audio_format: "g711_alaw",
      input_audio_transcription: { model: "whisper-1", language: "de" },
      turn_detection: {
        type: "server_vad",
        threshold: 0.7,
        prefix_padding_ms: 100,
        silence_duration_ms: 200,
        create_response: false,
        interrupt_response: false,
      },
      tools: [tool],
      tool_choice: "look_up",
      max_response_output_tokens: 100,
    };
    const { config } = apply("realtime", flat);
    expect(shown(config)).toEqual({ ...defaults, ...flat });
    expect(shown(apply("realtime", flat, shown(config)).config)).toEqual(shown(config));
    expect(config.audio.output.format).toEqual({ type: "audio/pcma" });
  });

  it("merges: what it does not name stays, null switches off", () => {
    const { config } = apply(
      "realtime",
      { voice: "cedar", input_audio_transcription: { model: "whisper-1" } },
      { turn_detection: null, input_audio_noise_reduction: null },
    );
    expect(shown(config)).toEqual({
      ...defaults,
      voice: "cedar",
      input_audio_transcription: { model: "whisper-1" },
      turn_detection: null,
    });
    expect(shown(apply("realtime", {}).config)).toEqual(defaults);
  });

  it("says what has no effect", () => {
    const { config, notes } = apply("realtime", {
      temperature: 0.6,
      input_audio_noise_reduction: { type: "near_field" },
      turn_detection: { type: "server_vad", gain: 2 },
    });
    expect(shown(config)).toEqual(defaults);
    expect(notes.toSorted()).toEqual([
      "session.audio.input.noise_reduction has no effect",
      "unknown setting ignored: session.audio.input.turn_detection.gain",
      "unknown setting ignored: session.temperature",
    ]);
  });

  it("takes tools that do not say that they are functions", () => {
    const { type: _, ...untyped } = tool;
    expect(apply("realtime", { tools: [untyped] }).config.tools).toEqual([tool]);
  });

  it("shows the rules of interruption where they are set", () => {
    const { config } = apply("realtime", { interruption: { min_speech_ms: 300 } });
    expect(shown(config)).toMatchObject({ interruption: config.interruption });
  });

  it("shows the idle timeout where one is set", () => {
    const turn_detection = { type: "server_vad", idle_timeout_ms: 6_000 };
    expect(shown(apply("realtime", { turn_detection }).config)).toMatchObject({ turn_detection });
  });

  it.each([
    [7, "invalid_value", "session"],
    [{ input_audio_format: "mp3" }, "invalid_value", "session.input_audio_format"],
    [{ output_audio_format: "audio/pcm" }, "invalid_value", "session.output_audio_format"],
    [{ modalities: ["smell"] }, "invalid_value", "session.modalities[0]"],
    [{ voice: "" }, "invalid_value", "session.voice"],
    [{ speed: 9 }, "invalid_value", "session.speed"],
    [
      { turn_detection: { type: "server_vad", threshold: 2 } },
      "invalid_value",
      "session.turn_detection.threshold",
    ],
    [{ turn_detection: {} }, "missing_required_parameter", "session.turn_detection.type"],
    [{ input_audio_transcription: { model: 1 } }, "invalid_value", "session.input_audio_transcription.model"],
    [
      { input_audio_noise_reduction: { type: "x" } },
      "invalid_value",
      "session.input_audio_noise_reduction.type",
    ],
    [{ max_response_output_tokens: 0 }, "invalid_value", "session.max_response_output_tokens"],
    [{ audio: { input: { turn_detection: null } } }, "unknown_parameter", "session.audio"],
    [{ output_modalities: ["text"] }, "unknown_parameter", "session.output_modalities"],
  ])("[DIA-2] is refused by the name that the client used: %j", (session, code, param) => {
    const outcome = sessionFromBeta(session, "realtime", "mine");
    expect(outcome).toMatchObject({ ok: false, error: { code, param, event_id: "mine" } });
    expect(outcome.ok || outcome.error.message).toContain(`'${param}'`);
  });
});

it("[DIA-2] names what the client sent, whatever it sent", () => {
  const numbers = fc.constantFrom(-1, 0, 0.5, 100, 5_000, 1e9);
  const words = fc.constantFrom("", "auto", "inf", "pcm16", "text", "server_vad", "function", "near_field");
  const leaf = fc.oneof(numbers, words, fc.constant(null), fc.boolean());
  const detection = fc.record(
    { type: words, threshold: leaf, silence_duration_ms: leaf, create_response: leaf, idle_timeout_ms: leaf },
    { requiredKeys: [] },
  );
  const all = fc.record({
    modalities: fc.oneof(leaf, fc.array(words, { maxLength: 3 })),
    instructions: leaf,
    voice: leaf,
    speed: leaf,
    input_audio_format: leaf,
    output_audio_format: leaf,
    input_audio_transcription: fc.oneof(leaf, fc.record({ model: leaf, language: leaf })),
    input_audio_noise_reduction: fc.oneof(leaf, fc.record({ type: words })),
    turn_detection: fc.oneof(leaf, detection),
    tools: fc.oneof(leaf, fc.array(fc.record({ type: words, name: leaf }, { requiredKeys: [] }))),
    tool_choice: leaf,
    temperature: leaf,
    max_response_output_tokens: leaf,
    include: leaf,
  });
  // few at a time: the first thing wrong hides the others
  const flat = fc
    .tuple(all, fc.uniqueArray(fc.nat({ max: 13 }), { minLength: 1, maxLength: 2 }))
    .map(([fields, chosen]) =>
      Object.fromEntries(Object.entries(fields).filter((_, index) => chosen.includes(index))),
    );
  fc.assert(
    fc.property(flat, fc.constantFrom("realtime" as const, "transcription" as const), (session, kind) => {
      const read = sessionFromBeta(session, kind, "mine");
      const config = defaultSessionConfig("parley", kind);
      const outcome = read.ok
        ? applySessionUpdate(config, read.value, { eventId: "mine", audioHasBeenSent: false })
        : read;
      if (outcome.ok) return;
      const [, key = ""] = /^session\.([a-z_]+)/.exec(outcome.error.param ?? "") ?? [];
      expect(Object.keys(session)).toContain(key);
    }),
    { numRuns: 3_000 },
  );
});

describe("a flat transcription session", () => {
  it("is shown with its input only, and sets it", () => {
    const { config } = apply("transcription", {
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "whisper-1" },
      turn_detection: { type: "server_vad", silence_duration_ms: 300, create_response: true },
    });
    expect(shown(config)).toEqual({
      id: "sess_1",
      object: "realtime.transcription_session",
      expires_at: 5,
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "whisper-1" },
      input_audio_noise_reduction: null,
      turn_detection: {
        type: "server_vad",
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 300,
      },
      include: null,
      client_secret: null,
    });
  });
});
