import { describe, expect, it } from "vitest";
import { SessionBench, eventsOf, text, user } from "../../../test/support/session-bench.ts";
import type { SessionEffect } from "./messages.ts";

describe("[CTX-3] a response whose context is too long", () => {
  const limits = { takesImages: false, contextTokens: 2_048 };
  const long = (session: object): SessionBench => {
    const bench = new SessionBench(limits);
    bench.send("session.update", { session: { type: "realtime", ...session } });
    for (const word of ["one", "two", "six"]) bench.create(user(text(word.repeat(800))));
    return bench;
  };
  const begun = (effects: readonly SessionEffect[]) => {
    const begin = effects.find(({ type }) => type === "begin");
    return begin?.type === "begin" ? begin.request.messages.length : undefined;
  };

  it("is begun with what fits", () => {
    expect(begun(long({}).send("response.create"))).toBe(1);
  });

  it("fails where truncation is disabled, with the reason", () => {
    const bench = long({ truncation: "disabled" });
    const effects = bench.send("response.create");
    expect(begun(effects)).toBeUndefined();
    const fail = effects.find(({ type }) => type === "fail");
    expect(fail).toMatchObject({ code: "context_length_exceeded" });
    const response = [...bench.state.active.keys()][0]!;
    const ended = bench.tell({
      type: "step",
      step: {
        response,
        log: [],
        output: [],
        ended: {
          status: "failed",
          code: "context_length_exceeded",
          items: [],
          inputTokens: 0,
          cachedTokens: 0,
          textTokens: 0,
          audioTokens: 0,
        },
      },
    });
    const error = { type: "invalid_request_error", code: "context_length_exceeded" };
    expect(eventsOf(ended)).toMatchObject([
      { type: "error", error },
      { type: "response.done", response: { status: "failed", status_details: { type: "failed", error } } },
    ]);
  });

  it("leaves out what it left out before, under retention_ratio", () => {
    const bench = long({ truncation: { type: "retention_ratio", retention_ratio: 0.5 } });
    bench.send("response.create", { response: { conversation: "none" } });
    expect(bench.state.forgotten).toEqual(new Set(bench.ids.slice(0, 2)));
    for (const id of bench.ids.slice(2)) bench.send("conversation.item.delete", { item_id: id });
    bench.create(user(text("now")));
    // both would fit by now, but the context would begin with other words again
    expect(begun(bench.send("response.create", { response: { conversation: "none" } }))).toBe(1);
    // what the client asks for by its id is wanted
    const input = [{ type: "item_reference", id: bench.ids[0] }];
    expect(begun(bench.send("response.create", { response: { conversation: "none", input } }))).toBe(1);
  });

  it("leaves nothing out for an id that has gone, and has come back", () => {
    const bench = long({ truncation: { type: "retention_ratio", retention_ratio: 0.5 } });
    bench.send("response.create", { response: { conversation: "none" } });
    const ids = [...bench.ids];
    for (const id of ids) bench.send("conversation.item.delete", { item_id: id });
    bench.create({ id: ids[0], ...user(text("now")) });
    expect(begun(bench.send("response.create", { response: { conversation: "none" } }))).toBe(1);
  });
});
