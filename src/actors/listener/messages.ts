import type { ItemId } from "../../lib/ids.ts";
import type { Ask, AskReply, Out } from "../../protocol/wire.ts";
import type { OnsetGuard } from "./provisional.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";

/** What a listener can be told. */
export type ListenerMessage =
  /** Audio in the session's input format; the bytes may be a view of memory that others share, so they are copied. */
  | { readonly type: "audio"; readonly bytes: Uint8Array }
  /** The client commits what is in the buffer as this item.
   *  `cuts`: commits and clears so far, this one included; what is found out says how many were known then. */
  | { readonly type: "commit"; readonly item: ItemId; readonly cuts: number }
  | { readonly type: "clear"; readonly cuts: number }
  /** An item that came with its audio, whole. */
  | { readonly type: "recognize"; readonly item: ItemId; readonly bytes: Uint8Array }
  | { readonly type: "configure"; readonly input: SessionConfig["audio"]["input"] }
  /** An answer is being given to the client, or none (undefined). */
  | { readonly type: "answering"; readonly guard: OnsetGuard | undefined }
  | { readonly type: "out"; readonly out: Extract<Out, { type: `stt.${string}` }> }
  | { readonly type: "ask"; readonly ask: Ask; readonly reply: (reply: AskReply | undefined) => void }
  /** Speech probabilities of the frames that were being judged. */
  | { readonly type: "judged"; readonly generation: number; readonly probabilities: Float32Array }
  | { readonly type: "vad.failed"; readonly generation: number }
  /** Whether the speaker has finished, by how it sounded; undefined: not known. */
  | { readonly type: "turn.judged"; readonly pause: number; readonly probability: number | undefined }
  /** What is not known about the end of the turn by now is not waited for. */
  | { readonly type: "turn.overdue" }
  | { readonly type: "job.refused"; readonly item: ItemId; readonly end: number; readonly code: string }
  | { readonly type: "timeout"; readonly item: ItemId }
  /** Whether speech counts is not waited for any longer. */
  | { readonly type: "verdict.overdue" }
  /** The client has stopped sending in mid-turn. */
  | { readonly type: "muted" };
