import { z } from "zod";

/** What may interrupt an answer, and what becomes of one that was interrupted by nothing: a setting of this server, which
 *  the hosted service does not have. docs/interruptions.md says what each does. */
export interface Interruption {
  /** Speech shorter than this, while an answer is given, is noise. */
  readonly min_speech_ms: number;
  /** Words by which a listener only says that they listen. */
  readonly backchannels: "interrupt" | "ignore";
  /** An answer that was cut off by what then turns out to be nothing said. */
  readonly false_interruption: "cancel" | "resume";
}

/** An interruption that has to be longer is no longer one. */
const minSpeechMsMax = 2_000;

export const interruptionUpdateSchema = z.object({
  min_speech_ms: z.number().int().min(0).max(minSpeechMsMax).optional(),
  backchannels: z.enum(["interrupt", "ignore"]).optional(),
  false_interruption: z.enum(["cancel", "resume"]).optional(),
});

/** As the hosted service does it. */
export const plainInterruption: Interruption = {
  min_speech_ms: 0,
  backchannels: "interrupt",
  false_interruption: "cancel",
};

/** @param update null: as if it had never been set; what is absent in it stays */
export function mergeInterruption(
  current: Interruption | undefined,
  update: z.infer<typeof interruptionUpdateSchema> | null | undefined,
): { readonly interruption?: Interruption } {
  if (update === null || (update === undefined && current === undefined)) return {};
  const base = current ?? plainInterruption;
  return {
    interruption: {
      min_speech_ms: update?.min_speech_ms ?? base.min_speech_ms,
      backchannels: update?.backchannels ?? base.backchannels,
      false_interruption: update?.false_interruption ?? base.false_interruption,
    },
  };
}
