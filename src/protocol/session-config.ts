import { z } from "zod";
import { interruptionUpdateSchema, mergeInterruption } from "./interruption.ts";
import type { Interruption } from "./interruption.ts";
import { pack } from "./pack.ts";
import { realtimeError } from "./realtime-error.ts";
import type { RealtimeError } from "./realtime-error.ts";
import {
  audioFormatSchema,
  instructionsCharsMax,
  maxOutputTokensSchema,
  modalitiesAliasSchema,
  opaqueObject,
  outputModalitiesSchema,
  shortName,
  toolChoiceSchema,
  toolsSchema,
  voiceName,
  voiceSchema,
} from "./settings.ts";
import type {
  AudioFormat,
  FunctionTool,
  MaxOutputTokens,
  OutputModality,
  ToolChoice,
  Voice,
} from "./settings.ts";
import {
  defaultServerVad,
  mergeTurnDetection,
  turnDetectionUpdateSchema,
  unanswered,
} from "./turn-detection.ts";
import type { TurnDetection } from "./turn-detection.ts";
import { unknownKeys, validate } from "./validation.ts";

/** Recognition of what the user says, for the client to read. Any model name is accepted: the server has its own. */
export interface Transcription {
  readonly model?: string | undefined;
  readonly language?: string | undefined;
  readonly languages?: readonly string[] | undefined;
  readonly prompt?: string | undefined;
  readonly keywords?: readonly string[] | undefined;
  readonly delay?: string | undefined;
}

export type Truncation =
  | "auto"
  | "disabled"
  | {
      readonly type: "retention_ratio";
      readonly retention_ratio: number;
      readonly token_limits?: { readonly post_instructions?: number | undefined } | undefined;
    };

/** A transcription session listens and transcribes, and never answers. A session is of one kind for its whole life. */
export type SessionKind = "realtime" | "transcription";

/** The full effective configuration of a session, in its wire shape. What is `null` by its type can be asked for, but
 *  does nothing here, so the session shows that it does not. In a transcription session everything about answers
 *  keeps its default, and turn detection neither answers nor interrupts. */
export interface SessionConfig {
  readonly type: SessionKind;
  readonly model: string;
  readonly output_modalities: readonly [OutputModality];
  readonly instructions: string;
  readonly audio: {
    readonly input: {
      readonly format: AudioFormat;
      /** null: the client gets no transcripts of what the user says */
      readonly transcription: Transcription | null;
      readonly noise_reduction: null;
      /** null: push to talk */
      readonly turn_detection: TurnDetection | null;
    };
    readonly output: {
      readonly format: AudioFormat;
      readonly voice: Voice;
      /** 0.25–1.5 */
      readonly speed: number;
    };
  };
  readonly tools: readonly FunctionTool[];
  readonly tool_choice: ToolChoice;
  readonly parallel_tool_calls: boolean;
  readonly max_output_tokens: MaxOutputTokens;
  readonly truncation: Truncation;
  readonly tracing: null;
  /** The recogniser gives no log probabilities. */
  readonly include: null;
  readonly prompt: null;
  /** Absent unless the client has set it: stock clients refuse keys that they do not know. */
  readonly interruption?: Interruption;
}

export const defaultVoice = "alloy";

const defaultFormat: AudioFormat = { type: "audio/pcm", rate: 24_000 };

/** What a session starts with when the client says nothing. */
export const defaultSessionConfig = (model: string, kind: SessionKind = "realtime"): SessionConfig =>
  kind === "realtime" ? realtimeDefaults(model) : onlyListening({ ...realtimeDefaults(model), type: kind });

const realtimeDefaults = (model: string): SessionConfig => ({
  type: "realtime",
  model,
  output_modalities: ["audio"],
  instructions: "",
  audio: {
    input: {
      format: defaultFormat,
      transcription: null,
      noise_reduction: null,
      turn_detection: defaultServerVad,
    },
    output: { format: defaultFormat, voice: defaultVoice, speed: 1 },
  },
  tools: [],
  tool_choice: "auto",
  parallel_tool_calls: true,
  max_output_tokens: "inf",
  truncation: "auto",
  tracing: null,
  include: null,
  prompt: null,
});

/** What a transcription session calls its model when nobody named one. */
const transcriptionModel = "parley";

/** A transcription session always transcribes, and its turns are nobody's to answer. */
function onlyListening(config: SessionConfig): SessionConfig {
  const { transcription, turn_detection: detection } = config.audio.input;
  const input = {
    ...config.audio.input,
    transcription: transcription ?? { model: config.model === "" ? transcriptionModel : config.model },
    turn_detection: detection === null ? null : unanswered(detection),
  };
  return { ...config, audio: { ...config.audio, input } };
}

const names = z.array(shortName).max(100);
const promptCharsMax = 16_384;

const transcriptionSchema: z.ZodType<Transcription> = z.object({
  model: shortName.optional(),
  language: shortName.optional(),
  languages: names.optional(),
  prompt: z.string().max(promptCharsMax).optional(),
  keywords: names.optional(),
  delay: shortName.optional(),
});

const noiseReductionSchema = z.object({
  type: z.enum(["near_field", "far_field"]),
  strength: z.unknown().optional(),
});

const truncationSchema: z.ZodType<Truncation> = z.union([
  z.enum(["auto", "disabled"]),
  z.object({
    type: z.literal("retention_ratio"),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.object({ post_instructions: z.number().int().min(0).optional() }).optional(),
  }),
]);

/** Settings of the input audio, as an update carries them. */
export const inputSchema = z.object({
  format: audioFormatSchema.optional(),
  transcription: transcriptionSchema.nullable().optional(),
  noise_reduction: noiseReductionSchema.nullable().optional(),
  turn_detection: turnDetectionUpdateSchema.nullable().optional(),
});

/** Settings of the output audio, as an update carries them. */
export const outputSchema = z.object({
  format: audioFormatSchema.optional(),
  voice: voiceSchema.optional(),
  speed: z.number().min(0.25).max(1.5).optional(),
});

// Required by the published types, but not everyone sends it.
const typeSchema = z.enum(["realtime", "transcription"]).optional();
const includeSchema = z
  .array(z.literal("item.input_audio_transcription.logprobs"))
  .max(1)
  .nullable()
  .optional();

/** A part of the configuration. Keys it does not have are dropped, never refused: stock clients send some. */
const updateSchema = z.object({
  type: typeSchema,
  model: shortName.optional(),
  output_modalities: outputModalitiesSchema.optional(),
  modalities: modalitiesAliasSchema.optional(),
  instructions: z.string().max(instructionsCharsMax).optional(),
  audio: z
    .object({
      input: inputSchema.optional(),
      output: outputSchema.optional(),
    })
    .optional(),
  tools: toolsSchema.optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  max_output_tokens: maxOutputTokensSchema.optional(),
  truncation: truncationSchema.optional(),
  tracing: z
    .union([z.literal("auto"), opaqueObject])
    .nullable()
    .optional(),
  include: includeSchema,
  prompt: opaqueObject.nullable().optional(),
  reasoning: opaqueObject.nullable().optional(),
  interruption: interruptionUpdateSchema.nullable().optional(),
});

type SessionUpdate = z.infer<typeof updateSchema>;

/** A part of a transcription session's configuration: what the other kind has beyond this is unknown here. */
const transcriptionUpdateSchema: z.ZodType<SessionUpdate> = z.object({
  type: typeSchema,
  model: shortName.optional(),
  audio: z.object({ input: inputSchema.optional() }).optional(),
  include: includeSchema,
});

/** `update` where it says something (null is something), else `current`. */
const either = <T>(update: T | undefined, current: T): T => (update === undefined ? current : update);

function mergeAudio(
  current: SessionConfig["audio"],
  update: NonNullable<SessionUpdate["audio"]>,
): SessionConfig["audio"] {
  const { input, output } = update;
  const transcription = input?.transcription;
  const detection = input?.turn_detection;
  return {
    input: {
      format: input?.format ?? current.input.format,
      transcription: transcription
        ? { ...current.input.transcription, ...transcription }
        : either(transcription, current.input.transcription),
      noise_reduction: null,
      turn_detection: detection
        ? mergeTurnDetection(current.input.turn_detection, detection)
        : either(detection, current.input.turn_detection),
    },
    output: {
      format: output?.format ?? current.output.format,
      voice: output?.voice ?? current.output.voice,
      speed: output?.speed ?? current.output.speed,
    },
  };
}

function merge(current: SessionConfig, update: SessionUpdate): SessionConfig {
  const { interruption, ...rest } = current;
  const merged: SessionConfig = {
    ...rest,
    ...mergeInterruption(interruption, update.interruption),
    output_modalities: update.output_modalities ?? update.modalities ?? current.output_modalities,
    instructions: update.instructions ?? current.instructions,
    audio: mergeAudio(current.audio, update.audio ?? {}),
    tools: update.tools ?? current.tools,
    tool_choice: update.tool_choice ?? current.tool_choice,
    parallel_tool_calls: update.parallel_tool_calls ?? current.parallel_tool_calls,
    max_output_tokens: update.max_output_tokens ?? current.max_output_tokens,
    truncation: update.truncation ?? current.truncation,
  };
  return current.type === "transcription" ? onlyListening(merged) : merged;
}

/** Bounds what one update can make a log say. */
const notesMax = 16;
const noteCharsMax = 160;

/** What was accepted but does not do what its name says here. */
function notesOn(current: SessionConfig, update: SessionUpdate, given: unknown): string[] {
  const notes = unknownKeys(given, update, "session").map((path) => `unknown setting ignored: ${path}`);
  if (update.model !== undefined && update.model !== current.model)
    notes.push("session.model is fixed when the session opens; the new value is ignored");
  const { noise_reduction, transcription, turn_detection } = update.audio?.input ?? {};
  if (noise_reduction) notes.push("session.audio.input.noise_reduction has no effect");
  if (current.type === "transcription") {
    if (transcription === null) notes.push("a transcription session always transcribes");
    for (const key of ["create_response", "interrupt_response"] as const)
      if (turn_detection?.[key] === true)
        notes.push(`a transcription session never answers: ${key} has no effect`);
  }
  for (const key of ["prompt", "reasoning", "tracing"] as const)
    if (update[key]) notes.push(`session.${key} has no effect`);
  if (update.include?.length) notes.push("session.include has no effect: the recogniser gives no logprobs");
  return notes.slice(0, notesMax).map((note) => note.slice(0, noteCharsMax));
}

/** All settings of a session together, bytes as they are packed: the configuration is one entry of a log record, and a
 *  record has to fit a message between nodes (1 MiB). */
export const configBytesMax = 768 * 1024;
const tooLarge = `The settings of a session are at most ${configBytesMax} bytes together: shorten instructions or tools.`;

/** Merges the `session` of a `session.update` into the configuration. An absent key changes nothing, null clears
 *  what can be off, tools and tool_choice are replaced whole, turn detection of another type starts from its
 *  defaults. Invalid input changes nothing.
 *  @param context.audioHasBeenSent the assistant has spoken, so the voice is fixed
 *  @returns notes: settings that were accepted and have no effect, for the log */
export function applySessionUpdate(
  config: SessionConfig,
  update: unknown,
  context: { readonly eventId: string | null; readonly audioHasBeenSent: boolean },
):
  | { readonly ok: true; readonly config: SessionConfig; readonly notes: string[] }
  | { readonly ok: false; readonly error: RealtimeError } {
  const schema = config.type === "realtime" ? updateSchema : transcriptionUpdateSchema;
  const parsed = validate(schema, update, "session", context.eventId);
  if (!parsed.ok) return parsed;
  if (parsed.value.type !== undefined && parsed.value.type !== config.type)
    return { ok: false, error: realtimeError.sessionTypeFixed(config.type, context.eventId) };
  const merged = merge(config, parsed.value);
  const voiceChanged = voiceName(merged.audio.output.voice) !== voiceName(config.audio.output.voice);
  if (voiceChanged && context.audioHasBeenSent)
    return { ok: false, error: realtimeError.voiceFixed(context.eventId) };
  if (pack(merged).byteLength > configBytesMax)
    return { ok: false, error: realtimeError.invalidValue("session", tooLarge, context.eventId) };
  return { ok: true, config: merged, notes: notesOn(config, parsed.value, update) };
}
