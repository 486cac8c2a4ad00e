import type { SessionConfig, Transcription } from "./session-config.ts";
import type { AudioFormat } from "./settings.ts";
import type { SemanticVad, ServerVad, TurnDetection } from "./turn-detection.ts";

interface Identity {
  readonly id: string;
  /** s since the Unix epoch */
  readonly expires_at: number;
}

export type RealtimeSessionObject = SessionConfig &
  Identity & { readonly type: "realtime"; readonly object: "realtime.session" };

/** How a transcription session finds the end of a turn: nothing about answers. */
export type TranscriptionTurnDetection =
  | Pick<ServerVad, "type" | "threshold" | "prefix_padding_ms" | "silence_duration_ms">
  | Pick<SemanticVad, "type" | "eagerness">;

export interface TranscriptionSessionObject extends Identity {
  readonly type: "transcription";
  readonly object: "realtime.transcription_session";
  readonly audio: {
    readonly input: {
      readonly format: AudioFormat;
      readonly transcription: Transcription | null;
      readonly noise_reduction: null;
      readonly turn_detection: TranscriptionTurnDetection | null;
    };
  };
  readonly include: null;
}

/** The session as `session.created` and `session.updated` show it. */
export type SessionObject = RealtimeSessionObject | TranscriptionSessionObject;

function detectionOnly(detection: TurnDetection): TranscriptionTurnDetection {
  if (detection.type === "semantic_vad") return { type: detection.type, eagerness: detection.eagerness };
  const { type, threshold, prefix_padding_ms, silence_duration_ms } = detection;
  return { type, threshold, prefix_padding_ms, silence_duration_ms };
}

/** @param expiresAt s since the Unix epoch */
export function sessionObject(config: SessionConfig, id: string, expiresAt: number): SessionObject {
  const { type, audio, include } = config;
  if (type === "realtime") return { ...config, type, object: "realtime.session", id, expires_at: expiresAt };
  const { format, transcription, noise_reduction, turn_detection: detection } = audio.input;
  return {
    type,
    object: "realtime.transcription_session",
    id,
    expires_at: expiresAt,
    audio: {
      input: {
        format,
        transcription,
        noise_reduction,
        turn_detection: detection === null ? null : detectionOnly(detection),
      },
    },
    include,
  };
}
