import { expect, it } from "vitest";
import { SessionBench, errorOf } from "../../../test/support/session-bench.ts";
import type { ItemId } from "../../lib/ids.ts";

const end = { items: [], inputTokens: 0, cachedTokens: 0, textTokens: 0, audioTokens: 0 };

it.each([
  ["the client", (bench: SessionBench) => bench.send("response.cancel"), "response_cancel_not_active"],
  [
    "speech",
    (bench: SessionBench) =>
      bench.tell({ type: "speech.started", item: "item_s" as ItemId, startMs: 0, cuts: 0 }),
    undefined,
  ],
])(
  "[CAN-2] an answer that has ended is not cut off by %s, even if not all of it has left",
  (_name, cut, code) => {
    const bench = new SessionBench();
    bench.send("response.create");
    const response = [...bench.state.active.keys()][0]!;
    bench.tell({
      type: "step",
      step: { response, log: [], output: [], ended: { status: "completed", ...end } },
    });
    const effects = cut(bench);
    expect(errorOf(effects)?.code).toBe(code);
    expect(effects.map(({ type }) => type)).not.toContain("cancel");
    expect(bench.send("response.create").map(({ type }) => type)).toContain("respond");
  },
);
