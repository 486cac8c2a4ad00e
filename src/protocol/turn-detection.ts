import { z } from "zod";

/** How the end of a turn is found; null in the configuration means push to talk. */
export type TurnDetection = ServerVad | SemanticVad;

interface TurnDetectionBase {
  /** A committed turn starts a response by itself. */
  readonly create_response: boolean;
  /** Speech cancels the in-band response in progress. */
  readonly interrupt_response: boolean;
}

export interface ServerVad extends TurnDetectionBase {
  readonly type: "server_vad";
  /** 0–1: how sure the detector must be that it hears speech. */
  readonly threshold: number;
  /** Audio kept before speech was detected. */
  readonly prefix_padding_ms: number;
  /** Silence that ends a turn. */
  readonly silence_duration_ms: number;
  /** Silence after an answer until the server speaks by itself; null: never. */
  readonly idle_timeout_ms: number | null;
}

export interface SemanticVad extends TurnDetectionBase {
  readonly type: "semantic_vad";
  readonly eagerness: "low" | "medium" | "high" | "auto";
}

/** Bounds the audio that a listening session keeps in memory. */
export const prefixPaddingMsMax = 10_000;
/** A longer silence is an idle line, not a pause. */
export const silenceDurationMsMax = 60_000;

const flags = { create_response: z.boolean().optional(), interrupt_response: z.boolean().optional() };

/** A part of a turn detection, as an update carries it. */
export const turnDetectionUpdateSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("server_vad"),
    ...flags,
    threshold: z.number().min(0).max(1).optional(),
    prefix_padding_ms: z.number().int().min(0).max(prefixPaddingMsMax).optional(),
    silence_duration_ms: z.number().int().min(0).max(silenceDurationMsMax).optional(),
    idle_timeout_ms: z.number().int().min(5_000).max(30_000).nullable().optional(),
  }),
  z.object({
    type: z.literal("semantic_vad"),
    ...flags,
    eagerness: z.enum(["low", "medium", "high", "auto"]).optional(),
  }),
]);

export type TurnDetectionUpdate = z.infer<typeof turnDetectionUpdateSchema>;

export const defaultServerVad: ServerVad = {
  type: "server_vad",
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

const defaultSemanticVad: SemanticVad = {
  type: "semantic_vad",
  eagerness: "auto",
  create_response: true,
  interrupt_response: true,
};

/** Of the same type the update is merged into the current one; another type starts from its defaults. */
export function mergeTurnDetection(
  current: TurnDetection | null,
  update: TurnDetectionUpdate,
): TurnDetection {
  if (update.type === "server_vad") {
    const base = current?.type === "server_vad" ? current : defaultServerVad;
    return {
      type: "server_vad",
      threshold: update.threshold ?? base.threshold,
      prefix_padding_ms: update.prefix_padding_ms ?? base.prefix_padding_ms,
      silence_duration_ms: update.silence_duration_ms ?? base.silence_duration_ms,
      // null is a value of its own here: it switches the timeout off
      idle_timeout_ms: update.idle_timeout_ms === undefined ? base.idle_timeout_ms : update.idle_timeout_ms,
      create_response: update.create_response ?? base.create_response,
      interrupt_response: update.interrupt_response ?? base.interrupt_response,
    };
  }
  const base = current?.type === "semantic_vad" ? current : defaultSemanticVad;
  return {
    type: "semantic_vad",
    eagerness: update.eagerness ?? base.eagerness,
    create_response: update.create_response ?? base.create_response,
    interrupt_response: update.interrupt_response ?? base.interrupt_response,
  };
}

/** The same detection of turns that nobody answers: they are committed and no more. */
export const unanswered = (detection: TurnDetection): TurnDetection =>
  detection.type === "server_vad"
    ? { ...detection, create_response: false, interrupt_response: false, idle_timeout_ms: null }
    : { ...detection, create_response: false, interrupt_response: false };
