import { describe, expect, it } from "vitest";
import type { ItemId } from "../lib/ids.ts";
import { imageCharsMax, readImageUrl, withoutImages } from "./image.ts";
import { readNewItem } from "./new-item.ts";

const png = "data:image/png;base64,iVBORw0KGgo=";

const read = (content: readonly object[], role = "user") =>
  readNewItem({ type: "message", role, content }, "item", "event_1");
const image = (image_url: unknown, detail?: unknown) => ({ type: "input_image", image_url, detail });

describe("image_url", () => {
  it.each(["png", "jpeg", "webp", "gif"])("takes a data URI of %s as it is", (type) => {
    const url = `data:image/${type};base64,AAAA`;
    expect(readImageUrl(url)).toEqual({ ok: true, url });
  });

  it("calls what many write jpg by its media type", () => {
    expect(readImageUrl("data:image/JPG;base64,AAAA")).toEqual({
      ok: true,
      url: "data:image/jpeg;base64,AAAA",
    });
  });

  it.each([
    ["http://example.com/a.png", /not fetched/],
    ["https://example.com/a.png", /not fetched/],
    ["data:image/svg+xml;base64,AAAA", /PNG, JPEG, WebP or GIF/],
    ["data:text/html;base64,AAAA", /PNG, JPEG, WebP or GIF/],
    ["data:image/png,AAAA", /PNG, JPEG, WebP or GIF/],
    ["file:///etc/passwd", /PNG, JPEG, WebP or GIF/],
    ["", /PNG, JPEG, WebP or GIF/],
    ["data:image/png;base64,", /base64/],
    ["data:image/png;base64,A!AA", /base64/],
    ["data:image/png;base64,AAA", /base64/],
  ])("refuses %s", (url, message) => {
    expect(read([image(url)])).toMatchObject({
      ok: false,
      error: {
        code: "invalid_value",
        param: "item.content[0].image_url",
        event_id: "event_1",
        message: expect.stringMatching(message) as string,
      },
    });
  });

  it("refuses one that is longer than the bound, and takes one as long", () => {
    const head = "data:image/png;base64,";
    const body = "A".repeat(Math.floor((imageCharsMax - head.length) / 4) * 4);
    expect(read([image(head + body)])).toMatchObject({ ok: true });
    expect(read([image(`${head}${body}AAAA`)])).toMatchObject({
      ok: false,
      error: { code: "string_above_max_length", param: "item.content[0].image_url" },
    });
  });

  it("refuses images that are too long together", () => {
    const half = `data:image/png;base64,${"A".repeat(imageCharsMax / 2)}`;
    expect(read([image(half), image(half)])).toMatchObject({
      ok: false,
      error: { code: "invalid_value", param: "item.content[1].image_url" },
    });
  });
});

describe("a message with an image", () => {
  it.each([
    [undefined, "auto"],
    [null, "auto"],
    ["low", "low"],
    ["high", "high"],
  ])("looks as closely as asked: %s", (given, detail) => {
    expect(read([{ type: "input_text", text: "?" }, image(png, given)])).toMatchObject({
      ok: true,
      value: {
        body: {
          content: [
            { type: "input_text", text: "?" },
            { type: "input_image", image_url: png, detail },
          ],
        },
      },
    });
  });

  it.each([
    ["another detail", image(png, "fine"), "user", "item.content[0].detail"],
    ["no image", image(undefined), "user", "item.content[0].image_url"],
    ["an image of the system", image(png), "system", "item.content[0].type"],
    ["an image of the assistant", image(png), "assistant", "item.content[0].type"],
  ])("refuses %s", (_name, part, role, param) => {
    expect(read([part], role)).toMatchObject({ ok: false, error: { param } });
  });

  it("is shown without it", () => {
    const item = {
      id: "item_1" as ItemId,
      object: "realtime.item",
      status: "completed",
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "?" },
        { type: "input_image", image_url: png, detail: "low" },
      ],
    } as const;
    expect(withoutImages(item)).toEqual({
      ...item,
      content: [
        { type: "input_text", text: "?" },
        { type: "input_image", detail: "low" },
      ],
    });
  });
});
