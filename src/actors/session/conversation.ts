import type { CallId, ItemId } from "../../lib/ids.ts";
import { imagesOf, withoutImages } from "../../protocol/image.ts";
import type { Item } from "../../protocol/items.ts";

/** The items of a session, in conversation order. */
export type Conversation = readonly Item[];

/** Items that one session may hold; bounds its memory and the context of its answers. */
export const itemsMax = 10_000;

/** Characters of the items' texts that one session may hold, beside its pictures; one item may go beyond it. */
export const textCharsMax = 32 * 1024 * 1024;

export function textChars(conversation: Conversation): number {
  let chars = 0;
  for (const item of conversation)
    for (const part of item.type === "message" ? item.content : [item])
      chars += part.type === "input_image" ? 0 : charsOf(part);
  return chars;
}

function charsOf(part: object): number {
  let chars = 0;
  for (const value of Object.values(part)) if (typeof value === "string") chars += value.length;
  return chars;
}

export function findItem(conversation: Conversation, id: ItemId): Item | undefined {
  return conversation.findLast((item) => item.id === id);
}

/** Where an item goes: at the end (null), first (`root`), or after an item.
 *  @returns the id of the item before it (null: it is first); undefined when there is no such item */
export function placeOf(
  conversation: Conversation,
  after: ItemId | "root" | null,
): { readonly before: ItemId | null; readonly index: number } | undefined {
  if (after === null) return { before: conversation.at(-1)?.id ?? null, index: conversation.length };
  if (after === "root") return { before: null, index: 0 };
  const index = conversation.findLastIndex((item) => item.id === after);
  return index === -1 ? undefined : { before: after, index: index + 1 };
}

export function insertItem(conversation: Conversation, item: Item, index: number): Conversation {
  return conversation.toSpliced(index, 0, item);
}

/** Pictures that one session keeps, characters of data URIs together. */
const imageCharsKeptMax = 16 * 1024 * 1024;

/** The items whose pictures are let go when `added` comes, so that the session keeps a bounded amount: the oldest
 *  first, as they are without them. No job could carry so many, so what is lost is only their retrieval. */
export function imagesLetGo(
  conversation: Conversation,
  added: Item,
  charsMax = imageCharsKeptMax,
): readonly Item[] {
  let over = imageChars(added) - charsMax;
  if (imageChars(added) === 0) return [];
  for (const item of conversation) over += imageChars(item);
  const poorer: Item[] = [];
  for (const item of conversation) {
    if (over <= 0) break;
    const chars = imageChars(item);
    if (chars === 0) continue;
    over -= chars;
    poorer.push(withoutImages(item));
  }
  return poorer;
}

const imageChars = (item: Item): number =>
  imagesOf(item).reduce((sum, { image_url: url }) => sum + (url?.length ?? 0), 0);

export function replaceItem(conversation: Conversation, item: Item): Conversation {
  const index = conversation.findLastIndex(({ id }) => id === item.id);
  return index === -1 ? conversation : conversation.with(index, item);
}

export function removeItem(conversation: Conversation, id: ItemId): Conversation {
  return conversation.filter((item) => item.id !== id);
}

export function hasCall(conversation: Conversation, call: CallId): boolean {
  return conversation.some((item) => item.type === "function_call" && item.call_id === call);
}

/** Which part of the item is audio: a message has one at most. 0 also for an item that is not there (any more). */
export function audioPartOf(item: Item | undefined): number {
  if (item?.type !== "message") return 0;
  return Math.max(
    0,
    item.content.findIndex(({ type }) => type === "input_audio" || type === "output_audio"),
  );
}

/** The item with its transcript filled in. */
export function withTranscript(item: Item, transcript: string): Item {
  if (item.type !== "message") return item;
  return {
    ...item,
    content: item.content.map((part) =>
      part.type === "input_audio" || part.type === "output_audio" ? { ...part, transcript } : part,
    ),
  };
}
