import type { CallId, ItemId } from "../lib/ids.ts";

/** One entry of the conversation, in the GA shape of the Realtime protocol. Audio bytes are never in it: they are
 *  kept as blocks beside it. */
export type Item = MessageItem | FunctionCallItem | FunctionCallOutputItem;

export type ItemStatus = "in_progress" | "completed" | "incomplete";

interface ItemBase {
  readonly id: ItemId;
  readonly object: "realtime.item";
  readonly status: ItemStatus;
}

/** How closely a model is to look at a picture. */
export type ImageDetail = "auto" | "low" | "high";

export type ContentPart =
  | { readonly type: "input_text"; readonly text: string }
  /** `transcript` is null until it is recognised, and stays null when recognition failed. */
  | { readonly type: "input_audio"; readonly transcript: string | null }
  /** `image_url` is a data URI; absent where the picture is left out, or was let go to bound what a session keeps. */
  | {
      readonly type: "input_image";
      readonly image_url?: string | undefined;
      readonly detail: ImageDetail;
    }
  | { readonly type: "output_text"; readonly text: string }
  | { readonly type: "output_audio"; readonly transcript: string };

export interface MessageItem extends ItemBase {
  readonly type: "message";
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly ContentPart[];
}

export interface FunctionCallItem extends ItemBase {
  readonly type: "function_call";
  readonly name: string;
  readonly call_id: CallId;
  /** A JSON object, as text. */
  readonly arguments: string;
}

export interface FunctionCallOutputItem extends ItemBase {
  readonly type: "function_call_output";
  readonly call_id: CallId;
  readonly output: string;
}
