import type { ItemId, ResponseId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import type { RealtimeError } from "../../protocol/realtime-error.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import {
  findItem,
  insertItem,
  itemsMax,
  placeOf,
  replaceItem,
  textChars,
  textCharsMax,
} from "./conversation.ts";
import type { SessionEffect } from "./messages.ts";
import type { ActiveResponse, SessionState } from "./state.ts";

/** One handler's work: the state as it becomes, and what is to be done. */
export interface Work {
  state: SessionState;
  /** Now, ms on the session's clock. */
  readonly at: number;
  readonly effects: SessionEffect[];
}

export function update(work: Work, change: Partial<SessionState>): void {
  work.state = { ...work.state, ...change };
}

export function emit(work: Work, events: readonly ServerEvent[], log: readonly LogEntry[] = []): void {
  work.effects.push({ type: "emit", log, events });
}

export function refuse(work: Work, error: RealtimeError): void {
  emit(work, [{ type: "error", error }]);
}

/** The number is decimal, so that no id is one of the listener's, `item_<prefix>_s<n>`. */
export function newId(work: Work, kind: "item" | "resp"): string {
  const { prefix, next } = work.state.ids;
  update(work, { ids: { prefix, next: next + 1 } });
  return `${kind}_${prefix}_${next}`;
}

/** Puts an item into the conversation. The entry and the event are the caller's to emit together.
 *  @returns undefined when the place does not exist */
export function place(
  work: Work,
  item: Item,
  after: ItemId | "root" | null,
): { readonly before: ItemId | null } | undefined {
  const found = placeOf(work.state.conversation, after);
  if (found === undefined) return undefined;
  update(work, { conversation: insertItem(work.state.conversation, item, found.index) });
  return found;
}

export const isFull = ({ conversation }: SessionState): boolean =>
  conversation.length >= itemsMax || textChars(conversation) >= textCharsMax;

/** The item before this one, as `previous_item_id` says it. */
export function previousOf(state: SessionState, id: ItemId): ItemId | null {
  const index = state.conversation.findLastIndex((item) => item.id === id);
  return index <= 0 ? null : (state.conversation[index - 1]?.id ?? null);
}

/** A finished item enters at the end: entry and both events. */
export function appendDone(
  work: Work,
  item: Item,
): { readonly log: LogEntry[]; readonly events: ServerEvent[]; readonly before: ItemId | null } {
  const before = place(work, item, null)?.before ?? null;
  return {
    before,
    log: [{ type: "item", item, after: before }],
    events: [
      { type: "conversation.item.added", previous_item_id: before, item },
      { type: "conversation.item.done", previous_item_id: before, item },
    ],
  };
}

export function setItem(work: Work, item: Item): void {
  update(work, { conversation: replaceItem(work.state.conversation, item) });
}

export const itemOf = (work: Work, id: ItemId): Item | undefined => findItem(work.state.conversation, id);

export function setActive(work: Work, response: ActiveResponse): void {
  update(work, { active: new Map(work.state.active).set(response.id, response) });
}

export function dropActive(work: Work, id: ResponseId): void {
  const active = new Map(work.state.active);
  active.delete(id);
  update(work, { active });
}
