import { z } from "zod";
import type { Interruption } from "../interruption.ts";
import { inputSchema, outputSchema } from "../session-config.ts";
import type { SessionKind, Transcription } from "../session-config.ts";
import type { RealtimeSessionObject, SessionObject, TranscriptionSessionObject } from "../session-object.ts";
import { maxOutputTokensSchema, modalitiesAliasSchema, voiceName } from "../settings.ts";
import type { AudioFormat, FunctionTool, MaxOutputTokens, OutputModality, ToolChoice } from "../settings.ts";
import type { SemanticVad, ServerVad, TurnDetection } from "../turn-detection.ts";
import { validate } from "../validation.ts";
import type { Outcome } from "../validation.ts";
import { refuseGaKeys } from "./ga-keys.ts";

export type BetaFormat = "pcm16" | "g711_ulaw" | "g711_alaw";

const gaFormats: Readonly<Record<BetaFormat, AudioFormat>> = {
  pcm16: { type: "audio/pcm", rate: 24_000 },
  g711_ulaw: { type: "audio/pcmu" },
  g711_alaw: { type: "audio/pcma" },
};
const betaFormats: Readonly<Record<AudioFormat["type"], BetaFormat>> = {
  "audio/pcm": "pcm16",
  "audio/pcmu": "g711_ulaw",
  "audio/pcma": "g711_alaw",
};

export const betaFormatSchema = z.enum(["pcm16", "g711_ulaw", "g711_alaw"]);
export const formatFromBeta = (name: BetaFormat): AudioFormat => gaFormats[name];
export const formatToBeta = ({ type }: AudioFormat): BetaFormat => betaFormats[type];

/** Speech was written with its transcript. */
export const modalitiesToBeta = ([modality]: readonly [OutputModality]): readonly OutputModality[] =>
  modality === "audio" ? ["audio", "text"] : ["text"];

/** The beta's documented default. Models here run at their own; strict clients read a number in this place. */
export const betaTemperature = 0.8;

/** What the beta calls otherwise than GA, or keeps in another place. It is checked here, so that an error names what
 *  the client sent; the rest is checked where GA's is. */
const flatSchema = z.looseObject({
  modalities: modalitiesAliasSchema.optional(),
  voice: outputSchema.shape.voice,
  speed: outputSchema.shape.speed,
  input_audio_format: betaFormatSchema.optional(),
  output_audio_format: betaFormatSchema.optional(),
  input_audio_transcription: inputSchema.shape.transcription,
  input_audio_noise_reduction: inputSchema.shape.noise_reduction,
  turn_detection: inputSchema.shape.turn_detection,
  max_response_output_tokens: maxOutputTokensSchema.optional(),
});

/** The keys that are there. */
export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Beta tools need not say that they are functions: there was nothing else. */
export const toolsFromBeta = (tools: unknown): unknown =>
  Array.isArray(tools)
    ? tools.map((tool: unknown) => (typeof tool === "object" ? { type: "function", ...tool } : tool))
    : tools;

/** The `session` of a GA `session.update` that says what a flat beta session says. Keys that neither dialect has stay,
 *  to be noted where GA's are. */
export function sessionFromBeta(
  session: unknown,
  kind: SessionKind,
  eventId: string | null,
): Outcome<Readonly<Record<string, unknown>>> {
  const checked = validate(flatSchema, session, "session", eventId);
  if (!checked.ok) return checked;
  const refused = refuseGaKeys(checked.value, "session", eventId);
  if (refused !== undefined) return refused;
  // as given, not as validated, so that keys which validation drops are still noted
  const {
    voice,
    speed,
    input_audio_format: inputFormat,
    output_audio_format: outputFormat,
    input_audio_transcription: transcription,
    input_audio_noise_reduction: noise_reduction,
    turn_detection,
    max_response_output_tokens: max_output_tokens,
    tools,
    ...same
  } = session as Readonly<Record<string, unknown>> & z.infer<typeof flatSchema>;
  const input = present({
    format: inputFormat && formatFromBeta(inputFormat),
    transcription,
    noise_reduction,
    turn_detection,
  });
  const output = present({ format: outputFormat && formatFromBeta(outputFormat), voice, speed });
  const audio = { ...(Object.keys(output).length > 0 && { output }), input };
  return {
    ok: true,
    value: present({ ...same, type: kind, audio, max_output_tokens, tools: toolsFromBeta(tools) }),
  };
}

type BetaTurnDetection = Partial<Omit<ServerVad, "type"> & Omit<SemanticVad, "type">> &
  Pick<TurnDetection, "type">;

export interface BetaSession {
  readonly id: string;
  readonly object: "realtime.session";
  /** s since the Unix epoch */
  readonly expires_at: number;
  readonly model: string;
  readonly modalities: readonly OutputModality[];
  readonly instructions: string;
  readonly voice: string;
  readonly speed: number;
  readonly input_audio_format: BetaFormat;
  readonly output_audio_format: BetaFormat;
  readonly input_audio_transcription: Transcription | null;
  readonly input_audio_noise_reduction: null;
  readonly turn_detection: BetaTurnDetection | null;
  readonly tools: readonly FunctionTool[];
  readonly tool_choice: string;
  readonly temperature: number;
  readonly max_response_output_tokens: MaxOutputTokens;
  readonly tracing: null;
  readonly interruption?: Interruption;
}

export interface BetaTranscriptionSession {
  readonly id: string;
  readonly object: "realtime.transcription_session";
  readonly expires_at: number;
  readonly input_audio_format: BetaFormat;
  readonly input_audio_transcription: Transcription | null;
  readonly input_audio_noise_reduction: null;
  readonly turn_detection: BetaTurnDetection | null;
  readonly include: null;
  /** A secret is shown to whom it is made for, over REST. */
  readonly client_secret: null;
}

/** The beta had no idle timeout: the key is shown where a client has set one. */
function detectionToBeta(detection: TurnDetection | null): BetaTurnDetection | null {
  if (detection?.type !== "server_vad" || detection.idle_timeout_ms !== null) return detection;
  const { idle_timeout_ms: _, ...beta } = detection;
  return beta;
}

/** A function that is forced goes by its name. */
const choiceToBeta = (choice: ToolChoice): string => (typeof choice === "string" ? choice : choice.name);

function realtimeToBeta(session: RealtimeSessionObject): BetaSession {
  const { input, output } = session.audio;
  return {
    id: session.id,
    object: session.object,
    expires_at: session.expires_at,
    model: session.model,
    modalities: modalitiesToBeta(session.output_modalities),
    instructions: session.instructions,
    voice: voiceName(output.voice),
    speed: output.speed,
    input_audio_format: formatToBeta(input.format),
    output_audio_format: formatToBeta(output.format),
    input_audio_transcription: input.transcription,
    input_audio_noise_reduction: input.noise_reduction,
    turn_detection: detectionToBeta(input.turn_detection),
    tools: session.tools,
    tool_choice: choiceToBeta(session.tool_choice),
    temperature: betaTemperature,
    max_response_output_tokens: session.max_output_tokens,
    tracing: session.tracing,
    ...(session.interruption !== undefined && { interruption: session.interruption }),
  };
}

function transcriptionToBeta(session: TranscriptionSessionObject): BetaTranscriptionSession {
  const { format, transcription, noise_reduction, turn_detection } = session.audio.input;
  return {
    id: session.id,
    object: session.object,
    expires_at: session.expires_at,
    input_audio_format: formatToBeta(format),
    input_audio_transcription: transcription,
    input_audio_noise_reduction: noise_reduction,
    turn_detection,
    include: session.include,
    client_secret: null,
  };
}

/** The session as the beta shows it: flat. */
export const sessionToBeta = (session: SessionObject): BetaSession | BetaTranscriptionSession =>
  session.type === "realtime" ? realtimeToBeta(session) : transcriptionToBeta(session);
