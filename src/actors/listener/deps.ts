import type { Clock } from "../../lib/clock.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { TurnEndEngine } from "../../providers/turn-end.ts";
import type { VadEngine } from "../../providers/vad.ts";
import type { SpeechMessage } from "../session/messages.ts";
import type { Hearing } from "./hearing.ts";

export type Input = SessionConfig["audio"]["input"];

/** What a listener works with. */
export interface ListenerDeps {
  readonly vad: VadEngine;
  readonly clock: Clock;
  /** Asked only under semantic_vad. */
  readonly turnEnd: TurnEndEngine;
  readonly hearing: Hearing;
  tellSession(message: SpeechMessage): void;
  /** Queues recognition; `refused` hears of it when it cannot be. */
  recognize(
    item: ItemId,
    end: number,
    audio: Uint8Array,
    input: Input,
    refused: (code: string) => void,
  ): void;
  /** Keeps an item's audio, s16le at 24 kHz. */
  keep(item: ItemId, pcm: Uint8Array): void;
  /** Recognition of the item is not wanted any more. */
  release(item: ItemId): void;
}

/** Where a listener begins: at the session's start, or, after a crash, where the one before was. */
export interface ListenerStart {
  readonly input: Input;
  /** Audio written before, ms. */
  readonly writtenMs: number;
  /** Commits and clears before. */
  readonly cuts: number;
  /** Makes the ids of its utterances unique in the session. */
  readonly itemPrefix: string;
}

/** The utterance being spoken. */
export interface Speech {
  readonly item: ItemId;
  /** With the padding. */
  readonly start: number;
  /** End of the last partial reading. */
  partialEnd: number;
}
