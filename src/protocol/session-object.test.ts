import { describe, expect, it } from "vitest";
import { applySessionUpdate, defaultSessionConfig } from "./session-config.ts";
import { sessionObject } from "./session-object.ts";

const start = defaultSessionConfig("parley");

describe("a transcription session", () => {
  const listening = defaultSessionConfig("", "transcription");
  const input = {
    transcription: { model: "parley" },
    noise_reduction: null,
    format: start.audio.input.format,
  };
  const detection = { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };
  const applied = (update: unknown): ReturnType<typeof applySessionUpdate> =>
    applySessionUpdate(listening, update, { eventId: "mine", audioHasBeenSent: false });

  it("shows its input and nothing about answers", () => {
    expect(sessionObject(listening, "sess_1", 5)).toEqual({
      type: "transcription",
      object: "realtime.transcription_session",
      id: "sess_1",
      expires_at: 5,
      audio: { input: { ...input, turn_detection: detection } },
      include: null,
    });
  });

  it("accepts the whole of what it shows", () => {
    expect(applied(sessionObject(listening, "sess_1", 5))).toMatchObject({ ok: true, config: listening });
  });

  it("never answers and always transcribes, whatever it is told", () => {
    const outcome = applied({
      type: "transcription",
      instructions: "answer me",
      output_modalities: ["smell"],
      include: ["item.input_audio_transcription.logprobs"],
      audio: {
        input: {
          transcription: null,
          turn_detection: { type: "server_vad", create_response: true, idle_timeout_ms: 5_000 },
        },
        output: { voice: 7 },
      },
    });
    expect(outcome).toMatchObject({ ok: true, config: listening });
    expect(outcome.ok && outcome.notes.toSorted()).toEqual([
      "a transcription session always transcribes",
      "a transcription session never answers: create_response has no effect",
      "session.include has no effect: the recogniser gives no logprobs",
      "unknown setting ignored: session.audio.output",
      "unknown setting ignored: session.instructions",
      "unknown setting ignored: session.output_modalities",
    ]);
    const semantic = applied({
      audio: { input: { turn_detection: { type: "semantic_vad", interrupt_response: true } } },
    });
    expect(semantic.ok && sessionObject(semantic.config, "sess_1", 5)).toMatchObject({
      audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "auto" } } },
    });
    expect(semantic.ok && semantic.config.audio.input.turn_detection).toMatchObject({
      create_response: false,
      interrupt_response: false,
    });
  });

  it("takes its own settings", () => {
    const outcome = applied({
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          transcription: { language: "de" },
          turn_detection: { type: "server_vad", threshold: 0.7 },
        },
      },
    });
    expect(outcome.ok && outcome.config.audio.input).toMatchObject({
      format: { type: "audio/pcmu" },
      transcription: { model: "parley", language: "de" },
      turn_detection: { threshold: 0.7, create_response: false },
    });
    const pushToTalk = applied({ audio: { input: { turn_detection: null } } });
    expect(pushToTalk.ok && pushToTalk.config.audio.input.turn_detection).toBeNull();
  });

  it("cannot become the other kind, nor the other kind this", () => {
    const fixed = { code: "invalid_value", param: "session.type", event_id: "mine" };
    expect(applied({ type: "realtime" })).toMatchObject({ ok: false, error: fixed });
    const update = { type: "transcription", audio: { input: {} } };
    expect(applySessionUpdate(start, update, { eventId: "mine", audioHasBeenSent: false })).toMatchObject({
      ok: false,
      error: fixed,
    });
  });
});
