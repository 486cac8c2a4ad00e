import { decodeBase64 } from "./base64.ts";
import type { ContentPart, Item } from "./items.ts";

/** Longest data URI of a picture, and longest that the pictures of one item may be together, characters. An item is
 *  one entry of a log record, and a record has to fit a message between nodes (1 MiB). */
export const imageCharsMax = 512 * 1024;

type Reading =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly code: "invalid_value" | "too_long"; readonly why: string };

const head = /^data:image\/(png|jpeg|jpg|webp|gif);base64,/i;

/** Reads the `image_url` of a picture. Only what comes with the event is taken: an address would make the server fetch
 *  what a client names, from inside the server's network. */
export function readImageUrl(url: string): Reading {
  const refuse = (why: string): Reading => ({ ok: false, code: "invalid_value", why });
  if (url.length > imageCharsMax)
    return { ok: false, code: "too_long", why: `longer than ${imageCharsMax} characters` };
  if (/^https?:/i.test(url))
    return refuse("Images are not fetched from an address: send the image itself as a data URI.");
  const found = head.exec(url);
  if (found === null)
    return refuse("Expected a data URI of a PNG, JPEG, WebP or GIF: data:image/png;base64,…");
  const base64 = url.slice(found[0].length);
  if (base64 === "" || decodeBase64(base64) === undefined) return refuse("Invalid image: expected base64.");
  // many write jpg, which is no media type
  const type = found[1]?.toLowerCase().replace("jpg", "jpeg");
  return { ok: true, url: `data:image/${type};base64,${base64}` };
}

type ImagePart = Extract<ContentPart, { type: "input_image" }>;

export const imagesOf = (item: Item): readonly ImagePart[] =>
  item.type === "message"
    ? item.content.filter((part): part is ImagePart => part.type === "input_image")
    : [];

/** The item as events and read-back show it: like audio, a picture is only in what was asked for by
 *  `conversation.item.retrieve`. */
export function withoutImages(item: Item): Item {
  if (item.type !== "message" || imagesOf(item).length === 0) return item;
  const content = item.content.map((part) =>
    part.type === "input_image" ? { type: part.type, detail: part.detail } : part,
  );
  return { ...item, content };
}
