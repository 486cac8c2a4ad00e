import type { ItemId, ResponseId, SessionId, TenantId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { ResponseConfig, ResponseOverrides } from "../../protocol/response-config.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { CancelReason } from "../response/messages.ts";
import type { Conversation } from "./conversation.ts";

/** Responses beside the conversation that may run at once in one session. */
export const outOfBandMax = 8;
/** Committed utterances that may wait for their transcripts. */
export const pendingMax = 64;
/** Ended responses that are remembered, so that late questions about them can be answered. */
export const endedRememberedMax = 64;

/** An answer in progress, as the session knows it. */
export interface ActiveResponse {
  readonly id: ResponseId;
  readonly outOfBand: boolean;
  readonly config: ResponseConfig;
  /** Utterances of its context that are not transcribed yet; generation waits for them. */
  readonly awaits: readonly ItemId[];
  readonly begun: boolean;
  /** Why a cancel is on its way, if one is: no more audio of it leaves. */
  readonly cancelling: CancelReason | undefined;
}

/** Which words of a spoken item are in which samples (24 kHz): what was heard when it is cut short. */
export interface Spoken {
  readonly segments: readonly { readonly text: string; readonly samples: number }[];
  /** Samples sent, also of a segment that is not finished. */
  readonly sent: number;
}

export interface SessionState {
  readonly id: SessionId;
  readonly tenant: TenantId;
  /** Makes ids that are unique in the session, and the same when a history is replayed. */
  readonly ids: { readonly prefix: string; readonly next: number };
  /** s since the Unix epoch */
  readonly expiresAt: number;
  readonly config: SessionConfig;
  readonly conversation: Conversation;
  /** Audio written to the input buffer since session start, and how much of it is committed or cleared, ms. */
  readonly input: { readonly writtenMs: number; readonly consumedMs: number };
  /** The utterance being spoken, while voice activity is on. */
  readonly speech: ItemId | undefined;
  /** What was being spoken when voice activity was switched off: it may have ended before the listener heard of that. */
  readonly ending: ItemId | undefined;
  /** Committed utterances without transcript. */
  readonly pending: readonly ItemId[];
  readonly active: ReadonlyMap<ResponseId, ActiveResponse>;
  readonly ended: readonly ResponseId[];
  readonly spoken: ReadonlyMap<ItemId, Spoken>;
  /** Items cut short while they were still being shown: what was heard of each. */
  readonly cutShort: ReadonlyMap<ItemId, string>;
  /** What is answered next: a turn that was committed while an answer was in progress, or what the client asked for
   *  while the one that it had cancelled was still ending. */
  readonly owed: ResponseOverrides | undefined;
  /** The client has gone. */
  readonly leaving: boolean;
  readonly audioHasBeenSent: boolean;
  readonly congested: boolean;
}

export function newSession(
  base: Pick<SessionState, "id" | "tenant" | "expiresAt" | "config"> & { readonly idPrefix: string },
): SessionState {
  const { idPrefix, ...rest } = base;
  return {
    ...rest,
    ids: { prefix: idPrefix, next: 0 },
    conversation: [],
    input: { writtenMs: 0, consumedMs: 0 },
    speech: undefined,
    ending: undefined,
    pending: [],
    active: new Map(),
    ended: [],
    spoken: new Map(),
    cutShort: new Map(),
    owed: undefined,
    leaving: false,
    audioHasBeenSent: false,
    congested: false,
  };
}

/** No turn is in progress: nobody speaks, nothing is recognised or answered. */
export const isIdle = (state: SessionState): boolean =>
  state.speech === undefined && state.active.size === 0 && state.pending.length === 0;

/** The in-band response in progress. */
export function inBand(state: SessionState): ActiveResponse | undefined {
  for (const response of state.active.values()) if (!response.outOfBand) return response;
  return undefined;
}

export const samplesPerMs = 24;

/** The words of a spoken item whose audio ends within the first `ms`; inside a segment by its share of words.
 *  @returns undefined when less audio than that was sent: `sentMs` says how much */
export function heardText(spoken: Spoken, ms: number): string {
  let left = ms * samplesPerMs;
  let heard = "";
  for (const { text, samples } of spoken.segments) {
    if (left >= samples) heard += text;
    else if (left > 0) {
      const words = text.match(/\s*\S+/g) ?? [];
      heard += words.slice(0, Math.floor((words.length * left) / samples)).join("");
    }
    left -= samples;
    if (left <= 0) break;
  }
  return heard;
}

export const sentMs = (spoken: Spoken): number => Math.floor(spoken.sent / samplesPerMs);

export const isSpokenItem = (item: Item): boolean =>
  item.type === "message" &&
  item.role === "assistant" &&
  item.content.every((part) => part.type === "output_audio");
