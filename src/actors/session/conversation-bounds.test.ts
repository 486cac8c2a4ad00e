import { describe, expect, it } from "vitest";
import { SessionBench, errorOf, eventsOf, logOf, text, user } from "../../../test/support/session-bench.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { Item } from "../../protocol/items.ts";
import type { ResponseOutput } from "../response/messages.ts";
import { itemsMax, textCharsMax } from "./conversation.ts";
import type { SessionEffect } from "./messages.ts";

describe("an item that is deleted while it is shown", () => {
  const shown = {
    id: "item_answer" as ItemId,
    object: "realtime.item",
    type: "message",
    role: "assistant",
    content: [],
    status: "in_progress",
  } as const;
  const answering = () => {
    const bench = new SessionBench();
    bench.send("response.create");
    const response = [...bench.state.active.keys()][0]!;
    const output = (...steps: readonly ResponseOutput[]): SessionEffect[] =>
      bench.tell({ type: "step", step: { response, log: [], output: steps } });
    output({ type: "item.added", item: shown });
    bench.send("conversation.item.delete", { item_id: shown.id });
    return { bench, response, output };
  };

  it("leaves nothing behind", () => {
    const { bench, response, output } = answering();
    output({
      type: "response.content_part.added",
      response_id: response,
      item_id: shown.id,
      output_index: 0,
      content_index: 0,
      part: { type: "audio", transcript: "" },
    });
    expect(eventsOf(output({ type: "item.done", item: { ...shown, status: "completed" } }))).toEqual([]);
    expect([bench.state.spoken.size, bench.ids]).toEqual([0, []]);
  });

  it("does not overwrite another that the client has made of its id", () => {
    const { bench, output } = answering();
    bench.create({ id: shown.id, ...user(text("mine")) });
    expect(logOf(output({ type: "item.done", item: { ...shown, status: "completed" } }))).toEqual([]);
    expect(bench.state.conversation).toMatchObject([{ role: "user", content: [text("mine")] }]);
  });
});

describe("a conversation that is full", () => {
  it.each([
    ["items", itemsMax, "x"],
    ["text", 50, "x".repeat(textCharsMax / 50)],
  ])("of %s takes no more items and answers, until some are deleted", (_name, count, words) => {
    const bench = new SessionBench();
    const item = (n: number): Item => ({
      id: `item_${n}` as ItemId,
      object: "realtime.item",
      status: "completed",
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: words }],
    });
    bench.state = { ...bench.state, conversation: Array.from({ length: count }, (_, n) => item(n)) };
    const full = { code: "conversation_full", event_id: "mine" };
    expect(errorOf(bench.create(user(text("x"))))).toMatchObject(full);
    expect(errorOf(bench.send("response.create"))).toMatchObject(full);
    const aside = { response: { conversation: "none", input: [] } };
    expect(errorOf(bench.send("response.create", aside))).toBeUndefined();
    bench.send("conversation.item.delete", { item_id: "item_0" });
    expect(errorOf(bench.send("response.create"))).toBeUndefined();
  });
});
