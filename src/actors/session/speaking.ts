import type { ItemId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { SegmentSpeech } from "../response/messages.ts";
import { cutAt, cutByServer, heardWithin, newSpoken, sentMs, withSegment, withSent } from "./spoken.ts";
import type { Spoken } from "./spoken.ts";
import type { SessionState } from "./state.ts";
import { update } from "./work.ts";
import type { Work } from "./work.ts";

/** Spoken items of a session. The one being shown is kept apart from the others, so that its audio, which comes many
 *  times a second, costs the same however long the conversation is. At most one is shown at a time: out-of-band answers
 *  are no part of the conversation. */

export function spokenOf({ speaking, spoken }: SessionState, item: ItemId): Spoken | undefined {
  return speaking?.item === item ? speaking.spoken : spoken.get(item);
}

/** An item's audio begins.
 *  @param speed of the voice */
export function beginSpeaking(work: Work, item: ItemId, speed: number): void {
  update(work, { speaking: { item, spoken: newSpoken(speed) } });
}

/** @param samples sent to the client, 24 kHz; negative when they are taken back before they left */
export function noteSent(work: Work, item: ItemId, samples: number): void {
  update(work, sentOf(work.state, item, samples));
}

/** The same as a change, for whoever changes more: audio comes many times a second, and each new state costs. */
export function sentOf(
  { speaking, spoken }: SessionState,
  item: ItemId,
  samples: number,
): Partial<SessionState> {
  if (speaking?.item === item) return { speaking: { item, spoken: withSent(speaking.spoken, samples) } };
  const before = spoken.get(item);
  return before === undefined ? {} : { spoken: new Map(spoken).set(item, withSent(before, samples)) };
}

export function noteSpeech(work: Work, { item, ...speech }: SegmentSpeech & { readonly item: ItemId }): void {
  change(work, item, (spoken) => withSegment(spoken, speech));
}

/** Nothing more will be said of the item that is being shown. */
export function endSpeaking(work: Work): void {
  const { speaking, spoken } = work.state;
  if (speaking === undefined) return;
  update(work, { speaking: undefined, spoken: new Map(spoken).set(speaking.item, speaking.spoken) });
}

/** An item is cut short.
 *  @returns how much of it was heard, and what */
export function cutShort(
  work: Work,
  item: ItemId,
  ms: number,
  by: "client" | "server",
): { readonly audioEndMs: number; readonly heard: string } {
  change(work, item, (spoken) => (by === "client" ? cutAt(spoken, ms) : cutByServer(spoken, ms)));
  const spoken = spokenOf(work.state, item);
  if (spoken === undefined) return { audioEndMs: ms, heard: "" };
  return { audioEndMs: Math.min(ms, sentMs(spoken)), heard: heardWithin(spoken, ms).text };
}

/** What was heard of an item that the client has cut short; undefined when it has not. */
export function heardOfCut(state: SessionState, item: ItemId): string | undefined {
  const spoken = spokenOf(state, item);
  return spoken?.cut === true ? heardWithin(spoken, Infinity).text : undefined;
}

/** The item as it is told to a client that asks: one that is still being shown has no parts yet, but what was heard of
 *  one that has been cut short is known. */
export function asHeard(state: SessionState, item: Item): Item {
  const heard = heardOfCut(state, item.id);
  if (heard === undefined || item.type !== "message" || item.status !== "in_progress") return item;
  return { ...item, content: [{ type: "output_audio", transcript: heard }] };
}

/** The item is no longer in the conversation. */
export function forgetSpoken(work: Work, item: ItemId): void {
  const { speaking, spoken } = work.state;
  if (speaking?.item === item) update(work, { speaking: undefined });
  if (!spoken.has(item)) return;
  const others = new Map(spoken);
  others.delete(item);
  update(work, { spoken: others });
}

function change(work: Work, item: ItemId, to: (spoken: Spoken) => Spoken): void {
  const { speaking, spoken } = work.state;
  if (speaking?.item === item) {
    const next = to(speaking.spoken);
    if (next !== speaking.spoken) update(work, { speaking: { item, spoken: next } });
    return;
  }
  const before = spoken.get(item);
  if (before !== undefined) update(work, { spoken: new Map(spoken).set(item, to(before)) });
}
