import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Item } from "../../protocol/items.ts";
import { heardText, isSpokenItem, sentMs } from "./state.ts";

/** 24 samples are one ms. */
const ms = (n: number): number => n * 24;
const spoken = {
  segments: [
    { text: "One two three four. ", samples: ms(400) },
    { text: "Five six.", samples: ms(200) },
  ],
  sent: ms(700),
};

describe("heardText", () => {
  it.each([
    ["nothing", 0, ""],
    ["less than a word", 99, ""],
    ["one word of the first segment", 100, "One"],
    ["a word and a half", 150, "One"],
    ["most of the first segment", 399, "One two three"],
    ["the first segment", 400, "One two three four. "],
    ["half of the second", 500, "One two three four. Five"],
    ["all that is finished", 600, "One two three four. Five six."],
    ["into a segment that is not finished", 690, "One two three four. Five six."],
  ])("%s", (_name, heardMs, text) => {
    expect(heardText(spoken, heardMs)).toBe(text);
  });

  it("takes a segment without sound for heard once what is before it was", () => {
    const segments = [
      { text: "One. ", samples: ms(100) },
      { text: "* * * ", samples: 0 },
      { text: "Two.", samples: ms(100) },
    ];
    expect(heardText({ segments, sent: ms(200) }, 101)).toBe("One. * * * ");
    expect(heardText({ segments, sent: ms(200) }, 50)).toBe("");
  });

  it("grows with the time, up to the whole", () => {
    const segment = fc.record({
      text: fc.stringMatching(/^(?:\w{1,5} ){1,6}$/),
      samples: fc.nat(20_000),
    });
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 6 }),
        fc.nat(4_000),
        fc.nat(4_000),
        (segments, one, other) => {
          const whole = segments.map(({ text }) => text).join("");
          const shorter = heardText({ segments, sent: 0 }, Math.min(one, other));
          const longer = heardText({ segments, sent: 0 }, Math.max(one, other));
          expect(whole.startsWith(longer)).toBe(true);
          expect(longer.startsWith(shorter)).toBe(true);
          expect(heardText({ segments, sent: 0 }, 1_000_000)).toBe(whole);
        },
      ),
    );
  });
});

describe("sentMs", () => {
  it.each([
    [0, 0],
    [23, 0],
    [24, 1],
    [ms(700), 700],
  ])("%i samples are %i whole ms", (sent, expected) => {
    expect(sentMs({ segments: [], sent })).toBe(expected);
  });
});

describe("isSpokenItem", () => {
  const base = {
    id: "item_1" as Item["id"],
    object: "realtime.item",
    type: "message",
    status: "completed",
  } as const;
  it.each<readonly [string, Item, boolean]>([
    ["speech", { ...base, role: "assistant", content: [{ type: "output_audio", transcript: "yes" }] }, true],
    ["text", { ...base, role: "assistant", content: [{ type: "output_text", text: "yes" }] }, false],
    [
      "the user's speech",
      { ...base, role: "user", content: [{ type: "input_audio", transcript: "yes" }] },
      false,
    ],
  ])("%s", (_name, item, expected) => {
    expect(isSpokenItem(item)).toBe(expected);
  });
});
