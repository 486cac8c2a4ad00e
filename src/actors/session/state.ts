import type { ItemId, ResponseId, SessionId, TenantId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { ResponseConfig, ResponseOverrides } from "../../protocol/response-config.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import type { OnsetGuard } from "../listener/provisional.ts";
import type { CancelReason } from "../response/messages.ts";
import type { ModelLimits } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import type { Playback } from "./playback.ts";
import type { Spoken } from "./spoken.ts";

/** Responses beside the conversation that may run at once in one session. */
export const outOfBandMax = 8;
/** Committed utterances that may wait for their transcripts. */
export const pendingMax = 64;
/** Ended responses that are remembered, so that late questions about them can be answered. */
export const endedRememberedMax = 64;

/** Deleted items of the server's own that are remembered, so that a client can put others in their place. */
export const freedMax = 1_024;

/** What an answer is the rest of: the text of it that was heard before, and the items that hold that text. */
export interface Resumed {
  readonly heard: string;
  readonly items: readonly ItemId[];
}

/** An answer in progress, as the session knows it. */
export interface ActiveResponse {
  readonly id: ResponseId;
  readonly outOfBand: boolean;
  readonly config: ResponseConfig;
  /** Utterances of its context that are not transcribed yet; generation waits for them. */
  readonly awaits: readonly ItemId[];
  readonly begun: boolean;
  /** What the model is told for this answer alone. */
  readonly note: string | undefined;
  /** Set where this is the rest of an answer that was cut off for nothing. */
  readonly resumed: Resumed | undefined;
  /** Why a cancel is on its way, if one is: no more audio of it leaves. */
  readonly cancelling: CancelReason | undefined;
}

/** An answer that speech has cut off, while it is not known yet whether anything was said. If nothing was, the answer
 *  to that turn is its rest. */
export interface Interrupted {
  readonly response: ResponseId;
  /** Played when the speech began, ms: an estimate, for a client that does not say so by truncating. */
  readonly playedMs: number;
  /** Utterances since, of which it is not known what was said. */
  readonly undecided: readonly ItemId[];
  /** All of its text that is known; undefined until it has ended. */
  readonly known:
    { readonly item: ItemId | undefined; readonly text: string; readonly complete: boolean } | undefined;
  /** It was the rest of another one itself. */
  readonly before: Resumed | undefined;
}

export interface SessionState {
  readonly id: SessionId;
  readonly tenant: TenantId;
  /** Makes ids that are unique in the session, and the same when a history is replayed. */
  readonly ids: { readonly prefix: string; readonly next: number };
  /** Ids of the server's own that a client may use, since it has deleted their items; oldest first. */
  readonly freed: ReadonlySet<ItemId>;
  /** Responses begun so far. */
  readonly answers: number;
  /** s since the Unix epoch */
  readonly expiresAt: number;
  readonly config: SessionConfig;
  readonly limits: ModelLimits;
  readonly conversation: Conversation;
  /** Items that stay left out of the context, under `retention_ratio`. */
  readonly forgotten: ReadonlySet<ItemId>;
  /** Audio written to the input buffer since session start, how much of it is committed or cleared, and how much of it
   *  the listener had judged when the session last looked, ms. */
  readonly input: {
    readonly writtenMs: number;
    readonly consumedMs: number;
    readonly judgedMs: number;
  };
  /** Commits and clears of the client so far. */
  readonly cuts: number;
  /** How many those were with the last clear. */
  readonly clearedAt: number;
  /** Speech found in audio that had been committed by then: a turn of its own if it ended before the commit. */
  readonly overtaken: { readonly item: ItemId; readonly startMs: number } | undefined;
  /** The utterance being spoken, while voice activity is on. */
  readonly speech: ItemId | undefined;
  /** What was being spoken when voice activity was switched off: it may have ended before the listener heard of that. */
  readonly ending: ItemId | undefined;
  /** Committed utterances without transcript. */
  readonly pending: readonly ItemId[];
  readonly active: ReadonlyMap<ResponseId, ActiveResponse>;
  readonly ended: readonly ResponseId[];
  /** The spoken item that is being shown, by the in-band answer. */
  readonly speaking: { readonly item: ItemId; readonly spoken: Spoken } | undefined;
  /** Spoken items that have been shown. */
  readonly spoken: ReadonlyMap<ItemId, Spoken>;
  /** What is answered next: a turn that was committed while an answer was in progress, or what the client asked for
   *  while the one that it had cancelled was still ending. */
  readonly owed: ResponseOverrides | undefined;
  /** What the client was sent to hear, of the conversation's answers. */
  readonly playback: Playback | undefined;
  /** What the listener was told last that speech has to be to count. */
  readonly guard: OnsetGuard | undefined;
  /** When a timer is set for the end of the playback, ms on the session's clock. */
  readonly playedAt: number | undefined;
  /** The wait for a user who says nothing after an answer: until the answer has been heard, and then for the time that
   *  the client set, from where in the input (ms). */
  readonly idle:
    { readonly phase: "playing" } | { readonly phase: "quiet"; readonly fromMs: number } | undefined;
  readonly interrupted: Interrupted | undefined;
  /** Input in which nobody said anything: no model is told of it. */
  readonly unsaid: ReadonlySet<ItemId>;
  /** The client has gone. */
  readonly leaving: boolean;
  readonly audioHasBeenSent: boolean;
  readonly congested: boolean;
}

export function newSession(
  base: Pick<SessionState, "id" | "tenant" | "expiresAt" | "config"> & {
    readonly idPrefix: string;
    /** Absent: a model that reads text only, with a usual window. */
    readonly limits?: ModelLimits;
  },
): SessionState {
  const { idPrefix, limits = { takesImages: false, contextTokens: 32_768 }, ...rest } = base;
  return {
    ...rest,
    limits,
    forgotten: new Set(),
    ids: { prefix: idPrefix, next: 0 },
    freed: new Set(),
    answers: 0,
    conversation: [],
    input: { writtenMs: 0, consumedMs: 0, judgedMs: 0 },
    cuts: 0,
    clearedAt: 0,
    overtaken: undefined,
    speech: undefined,
    ending: undefined,
    pending: [],
    active: new Map(),
    ended: [],
    speaking: undefined,
    spoken: new Map(),
    owed: undefined,
    playback: undefined,
    guard: undefined,
    playedAt: undefined,
    idle: undefined,
    interrupted: undefined,
    unsaid: new Set(),
    leaving: false,
    audioHasBeenSent: false,
    congested: false,
  };
}

/** No turn is in progress: nobody speaks, nothing is recognised or answered. */
export const isIdle = (state: SessionState): boolean =>
  state.speech === undefined && state.active.size === 0 && state.pending.length === 0;

/** Whether audio of an item may still come: of an utterance that is being recognised, or of an answer in progress. */
export const isStillHeard = ({ pending, active }: SessionState, item: ItemId): boolean =>
  pending.includes(item) || [...active.keys()].some((id) => item.startsWith(`${itemPrefixOf(id)}_`));

/** Items of an answer are named after it. */
export const itemPrefixOf = (response: ResponseId): string => `item_${response.slice("resp_".length)}`;

/** The in-band response in progress. */
export function inBand(state: SessionState): ActiveResponse | undefined {
  for (const response of state.active.values()) if (!response.outOfBand) return response;
  return undefined;
}

/** Whether an item is an answer that is, or was, spoken. */
export const isSpokenItem = ({ speaking }: SessionState, item: Item): boolean =>
  item.type === "message" &&
  item.role === "assistant" &&
  (item.status === "in_progress"
    ? speaking?.item === item.id // its parts are not in it yet
    : item.content.length > 0 && item.content.every((part) => part.type === "output_audio"));
