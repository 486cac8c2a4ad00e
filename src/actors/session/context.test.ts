import { describe, expect, it } from "vitest";
import type { CallId, ItemId } from "../../lib/ids.ts";
import type { ContentPart, Item } from "../../protocol/items.ts";
import type { LlmMessage } from "../../protocol/generation.ts";
import { fitContext, imageBytesPerJobMax, imagesPerJobMax, jobBytesMax } from "./context.ts";
import type { ContextRequest } from "./context.ts";

const base = { object: "realtime.item", status: "completed" } as const;

function message(
  id: string,
  content: readonly ContentPart[],
  more: Partial<Extract<Item, { type: "message" }>> = {},
): Item {
  return { ...base, type: "message", role: "user", id: id as ItemId, content, ...more };
}

/** A message of so many tokens, its overhead included. */
const words = (id: string, tokens: number, role: "system" | "user" | "assistant" = "user"): Item =>
  message(id, [{ type: "input_text", text: id.repeat(4 * (tokens - 4)).slice(0, 4 * (tokens - 4)) }], {
    role,
  });

const call = (id: string): Item => ({
  ...base,
  id: id as ItemId,
  type: "function_call",
  name: "f",
  call_id: `call_${id}` as CallId,
  arguments: "{}",
});

const output = (id: string, of: string): Item => ({
  ...base,
  id: id as ItemId,
  type: "function_call_output",
  call_id: `call_${of}` as CallId,
  output: "42",
});

const picture = (chars: number, detail: "low" | "high" = "low"): ContentPart => ({
  type: "input_image",
  image_url: "data:image/png;base64,".padEnd(chars, "A"),
  detail,
});

const config: ContextRequest["config"] = { instructions: "", tools: [], max_output_tokens: 100 };

const fit = (items: readonly Item[], more: Partial<ContextRequest> = {}) =>
  fitContext({
    items,
    config,
    truncation: "auto",
    limits: { takesImages: true, contextTokens: 1_000 },
    forgotten: new Set(),
    ...more,
  });

const textsOf = (messages: readonly LlmMessage[] = []): string[] =>
  messages.map((one) => ("text" in one ? (one.text[0] ?? "") : `${one.role}:${one.callId}`));

const kept = (items: readonly Item[], more: Partial<ContextRequest> = {}): string[] | undefined => {
  const fitted = fit(items, more);
  return fitted === undefined ? undefined : textsOf(fitted.messages);
};

describe("a context as the model reads it", () => {
  const a = words("a", 10);
  const b = words("b", 10);

  it.each<readonly [string, Item, unknown]>([
    [
      "several parts as lines",
      message("m", [
        { type: "input_text", text: "one" },
        { type: "input_audio", transcript: "two" },
      ]),
      { role: "user", text: "one\ntwo" },
    ],
    [
      "speech that was not recognised",
      message("m", [{ type: "input_audio", transcript: null }]),
      { role: "user", text: "[unintelligible]" },
    ],
    [
      "speech without words",
      message("m", [{ type: "input_audio", transcript: "" }]),
      { role: "user", text: "[unintelligible]" },
    ],
    [
      "what the assistant said",
      message("m", [{ type: "output_audio", transcript: "yes" }], {
        role: "assistant",
        status: "incomplete",
      }),
      { role: "assistant", text: "yes" },
    ],
    ["a call", call("1"), { role: "tool_call", callId: "call_1", name: "f", arguments: "{}" }],
    ["its result", output("o", "1"), { role: "tool_result", callId: "call_1", output: "42" }],
    [
      "a picture where it stands in the message",
      message("m", [
        { type: "input_text", text: "left" },
        picture(30),
        { type: "input_text", text: "right" },
      ]),
      {
        role: "user",
        text: "left\nright",
        images: [{ url: "data:image/png;base64,AAAAAAAA", detail: "low", offset: 4 }],
      },
    ],
  ])("reads %s", (_name, item, expected) => {
    expect(fit([item])?.messages).toEqual([expected]);
  });

  it.each<readonly [string, Item]>([
    ["what is still being said", message("m", [], { role: "assistant", status: "in_progress" })],
    ["an answer of which nothing was heard", message("m", [{ type: "output_audio", transcript: "" }])],
    ["a message without parts", message("m", [])],
  ])("leaves out %s", (_name, item) => {
    expect(fit([a, item, b])).toEqual(fit([a, b]));
  });
});

describe("[CTX-1] a context that is too long", () => {
  const long = [words("a", 300), words("b", 300), words("c", 300), words("d", 290)];

  it("loses whole messages, the oldest first, until the rest and the answer fit the window", () => {
    expect(kept(long)).toEqual(["b", "c", "d"]);
    expect(kept(long, { config: { ...config, max_output_tokens: 101 } })).toEqual(["b", "c", "d"]);
    // 890 tokens of conversation: 11 more for instructions leave room for 889
    const instructions = "i".repeat(4 * 11);
    expect(kept(long, { config: { ...config, instructions } })).toEqual(["c", "d"]);
  });

  it("is whole as long as it fits", () => {
    const limits = { takesImages: true, contextTokens: 1_291 };
    expect(kept(long, { limits })).toEqual(["a", "b", "c", "d"]);
    expect(kept(long, { limits: { ...limits, contextTokens: 1_289 } })).toEqual(["b", "c", "d"]);
  });

  it("never loses the words of the system before it has lost all others", () => {
    const items = [words("s", 200, "system"), ...long];
    expect(kept(items)).toEqual(["s", "c", "d"]);
    expect(kept([words("s", 700, "system"), words("a", 100), words("d", 290)])).toEqual(["d"]);
  });

  it("never parts a call from its output", () => {
    const items = [words("a", 300), call("1"), words("b", 300), output("o", "1"), words("c", 590)];
    expect(kept(items)).toEqual(["tool_call:call_1", "tool_result:call_1", "c"]);
    const long = { ...output("o", "1"), output: "x".repeat(1_200) } as Item;
    expect(kept([call("1"), long, words("c", 700)])).toEqual(["c"]);
    expect(kept([call("1"), words("b", 300), long, words("c", 300)])).toEqual([
      "tool_call:call_1",
      "tool_result:call_1",
      "c",
    ]);
    const later = [...items.slice(0, 4), words("c", 890)];
    expect(kept(later)).toEqual(["c"]);
  });

  it("keeps a call whose output is still to come", () => {
    const items = [call("1"), words("a", 300), words("b", 300), words("c", 601)];
    expect(kept(items)).toEqual(["tool_call:call_1", "c"]);
  });

  it("cannot be cut below its newest message", () => {
    expect(fit([words("a", 10), words("b", 901)])).toBeUndefined();
    expect(fit([words("a", 10)], { config: { ...config, instructions: "i".repeat(4_000) } })).toBeUndefined();
  });

  it("is refused where truncation is disabled", () => {
    expect(fit(long, { truncation: "disabled" })).toBeUndefined();
    expect(kept(long.slice(1), { truncation: "disabled" })).toEqual(["b", "c", "d"]);
  });

  it("is cut by bytes too, so that a job can be sent", () => {
    const limits = { takesImages: true, contextTokens: 10_000_000 };
    const items = [words("a", 100_000), words("b", 100_000), words("c", 100_000)];
    expect(kept(items, { limits })).toEqual(["b", "c"]);
    const fitted = fit(items, { limits })?.messages ?? [];
    expect(JSON.stringify(fitted).length).toBeLessThan(jobBytesMax);
    expect(fit([words("a", 300_000)], { limits })).toBeUndefined();
    // letters of three bytes count as such
    const kanji = (id: string) => message(id, [{ type: "input_text", text: "語".repeat(200_000) }]);
    expect(fit([kanji("k1"), kanji("k2"), words("c", 10)], { limits })?.messages).toHaveLength(2);
  });
});

describe("[CTX-2] under retention_ratio", () => {
  const ratio = (retention_ratio: number, post_instructions?: number) => ({
    type: "retention_ratio" as const,
    retention_ratio,
    ...(post_instructions !== undefined && { token_limits: { post_instructions } }),
  });
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
  const items = names.map((name) => words(name, 100));

  it("more goes at once, and what went stays away while the rest fits", () => {
    let forgotten: ReadonlySet<ItemId> = new Set();
    const first: string[] = [];
    for (let turn = 1; turn <= items.length; turn += 1) {
      const fitted = fit(items.slice(0, turn), { truncation: ratio(0.5), forgotten });
      forgotten = fitted?.forgotten ?? new Set();
      first.push(textsOf(fitted?.messages)[0] ?? "");
    }
    // 900 fit; the tenth is too much, and leaves half: the context then begins alike for five turns
    expect(first.join("")).toBe("aaaaaaaaaggg");
  });

  it("the client's own limit counts what follows the instructions", () => {
    const config300 = { ...config, instructions: "i".repeat(400) };
    expect(kept(items.slice(0, 5), { truncation: ratio(0.8, 500), config: config300 })).toHaveLength(5);
    expect(kept(items.slice(0, 5), { truncation: ratio(0.8, 499), config: config300 })).toEqual([
      "c",
      "d",
      "e",
    ]);
  });

  it("a limit beyond the window does not widen it", () => {
    expect(kept(items, { truncation: ratio(1, 1_000_000) })).toHaveLength(9);
  });

  it("at a ratio of 0 only the newest message stays", () => {
    expect(kept(items, { truncation: ratio(0) })).toEqual(["l"]);
  });

  it("nothing of it is remembered for another kind of truncation", () => {
    const forgotten = new Set(["a" as ItemId]);
    const fitted = fit(items.slice(0, 3), { forgotten });
    expect([textsOf(fitted?.messages), fitted?.forgotten.size]).toEqual([["a", "b", "c"], 0]);
  });
});

describe("[IMG-1] pictures in a context", () => {
  const limits = { takesImages: true, contextTokens: 1_000_000 };
  const big = Math.floor(imageBytesPerJobMax / 2);
  const shownIn = (messages: readonly LlmMessage[] = []) =>
    messages.map((one) => ("images" in one ? "picture" : "text" in one ? one.text : ""));
  const note = "[an image that is not shown any more]";

  it("the newest that a job can carry are shown, older ones are named", () => {
    const items = ["a", "b", "c"].map((id) => message(id, [picture(big)]));
    const fitted = fit(items, { limits });
    expect(shownIn(fitted?.messages)).toEqual([note, "picture", "picture"]);
    expect(JSON.stringify(fitted?.messages).length).toBeLessThan(jobBytesMax);
  });

  it("no more than the named number are shown", () => {
    const items = Array.from({ length: imagesPerJobMax + 2 }, (_, n) => message(`m${n}`, [picture(50)]));
    const shown = shownIn(fit(items, { limits })?.messages);
    expect(shown.slice(0, 3)).toEqual([note, note, "picture"]);
  });

  it("each counts by how closely it is looked at", () => {
    const items = (detail: "low" | "high") => [words("a", 300), message("m", [picture(50, detail)])];
    const narrow = { takesImages: true, contextTokens: 1_000 };
    expect(fit(items("low"), { limits: narrow })?.messages).toHaveLength(2);
    expect(fit(items("high"), { limits: narrow })?.messages).toHaveLength(1);
  });

  it("where truncation is disabled all are shown or the answer fails", () => {
    const items = ["a", "b", "c"].map((id) => message(id, [picture(big)]));
    expect(fit(items, { limits, truncation: "disabled" })).toBeUndefined();
    expect(shownIn(fit(items.slice(1), { limits, truncation: "disabled" })?.messages)).toEqual([
      "picture",
      "picture",
    ]);
  });

  it("a model that takes none is told that there was one", () => {
    const items = [message("a", [picture(50)])];
    expect(shownIn(fit(items, { limits: { ...limits, takesImages: false } })?.messages)).toEqual([note]);
  });
});
