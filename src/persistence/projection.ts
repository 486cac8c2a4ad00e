import type { ItemId } from "../lib/ids.ts";
import type { ContentPart, Item } from "../protocol/items.ts";
import type { LogRecord } from "../protocol/log-record.ts";

/** What a log record changes in the rows that are read back: one `session` write, then items in entry order. The
 *  same for every store, so that all of them show the same conversation. */
export interface Projection {
  readonly session: SessionWrite;
  readonly items: readonly ItemWrite[];
}

/** Creates the session's row or brings it up to date. */
export interface SessionWrite {
  /** Absent: as it was. */
  readonly model?: string;
  /** ms since the Unix epoch: `openedAt` of a new row, `updatedAt` of any */
  readonly at: number;
  /** The first record that closes a session sets `closedAt`; later ones leave it. */
  readonly closed: boolean;
}

export type ItemWrite =
  /** Creates the item at this position, or replaces its content and leaves it where and when it was first. */
  | { readonly write: "put"; readonly item: Item; readonly position: ItemPosition; readonly at: number }
  /** Applies `changeItem`; nothing when there is no such item. */
  | { readonly write: "change"; readonly item: ItemId; readonly change: ItemChange }
  | { readonly write: "delete"; readonly item: ItemId };

/** Orders the items of a session, as a tuple. The epoch tells apart records that a broken log numbered alike. */
interface ItemPosition {
  /** Number of the record. */
  readonly n: number;
  readonly epoch: number;
  /** Index of the entry within its record. */
  readonly entry: number;
}

export type ItemChange =
  | { readonly type: "transcribed"; readonly text: string }
  | { readonly type: "truncated"; readonly heard: string };

export function projectRecord(record: LogRecord): Projection {
  const { n, epoch, at } = record;
  const items: ItemWrite[] = [];
  let model: string | undefined;
  let closed = false;
  for (const [index, entry] of record.entries.entries()) {
    switch (entry.type) {
      case "owner":
        model = entry.model;
        break;
      case "closed":
        closed = true;
        break;
      case "item":
        items.push({ write: "put", item: entry.item, position: { n, epoch, entry: index }, at });
        break;
      case "item.deleted":
        items.push({ write: "delete", item: entry.item });
        break;
      case "item.truncated":
        items.push(change(entry.item, { type: "truncated", heard: entry.heard }));
        break;
      case "transcript":
        items.push(change(entry.item, { type: "transcribed", text: entry.text }));
        break;
      case "configured": // what only the session itself reads back, from its log
      case "transcript.failed":
      case "response.begun":
      case "segment":
      case "call":
      case "response.ended":
      case "alive":
        break;
    }
  }
  return { session: { at, closed, ...(model === undefined ? {} : { model }) }, items };
}

const change = (item: ItemId, what: ItemChange): ItemWrite => ({ write: "change", item, change: what });

/** `transcribed` fills in the first `input_audio` part. `truncated` keeps what was heard in the first `output_audio`
 *  part and nothing in later ones: `heard` is the text of the whole item. Items without such a part stay as they are. */
export function changeItem(item: Item, what: ItemChange): Item {
  if (item.type !== "message") return item;
  const audio = what.type === "transcribed" ? "input_audio" : "output_audio";
  const first = item.content.findIndex((part) => part.type === audio);
  const content = item.content.map((part, index): ContentPart => {
    if (part.type === "input_audio" && what.type === "transcribed" && index === first)
      return { ...part, transcript: what.text };
    if (part.type === "output_audio" && what.type === "truncated")
      return { ...part, transcript: index === first ? what.heard : "" };
    return part;
  });
  return { ...item, content };
}
