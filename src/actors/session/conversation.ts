import type { CallId, ItemId } from "../../lib/ids.ts";
import type { LlmMessage } from "../../protocol/generation.ts";
import type { Item } from "../../protocol/items.ts";

/** The items of a session, in conversation order. */
export type Conversation = readonly Item[];

/** Items that one session may hold; bounds its memory and the context of its answers. */
export const itemsMax = 10_000;

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

/** What the model is told where speech could not be made out. */
const unintelligible = "[unintelligible]";

/** The conversation as a language model reads it. Items still in progress are not in it. */
export function contextOf(items: readonly Item[]): LlmMessage[] {
  return items.flatMap((item): LlmMessage[] => {
    if (item.status === "in_progress") return [];
    switch (item.type) {
      case "message": {
        const text = item.content.map(textOf).join("\n");
        return text === "" ? [] : [{ role: item.role, text }];
      }
      case "function_call":
        return [{ role: "tool_call", callId: item.call_id, name: item.name, arguments: item.arguments }];
      case "function_call_output":
        return [{ role: "tool_result", callId: item.call_id, output: item.output }];
    }
  });
}

type Part = Extract<Item, { type: "message" }>["content"][number];

function textOf(part: Part): string {
  switch (part.type) {
    case "input_text":
    case "output_text":
      return part.text;
    case "input_audio":
      return part.transcript === null || part.transcript === "" ? unintelligible : part.transcript;
    case "output_audio":
      return part.transcript;
  }
}
