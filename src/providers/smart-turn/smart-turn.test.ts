import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chirp } from "../../../test/support/chirp.ts";
import { ensureTestModels } from "../../../test/support/models.ts";
import { modelPath } from "../models/models.ts";
import type { TurnEndEngine } from "../turn-end.ts";
import { createSmartTurn } from "./smart-turn.ts";

let path: string;
let engine: TurnEndEngine;

beforeAll(async () => {
  path = modelPath(await ensureTestModels(), "smart-turn/smart-turn-v3.2-cpu.onnx");
  engine = await createSmartTurn({ modelPath: path });
}, 120_000);
afterAll(() => engine.close());

/** A signal of its own for each call: one for many would collect listeners. */
const never = (): AbortSignal => new AbortController().signal;

describe("smart-turn", () => {
  it("gives the probabilities of the reference", async () => {
    const fixture = new URL("../../../test/fixtures/smart-turn.json", import.meta.url);
    const { cases } = JSON.parse(await readFile(fixture, "utf8")) as {
      cases: { samples: number; probability: number }[];
    };
    expect(cases).toHaveLength(3);
    // the net computes in 8 bits: a difference of 1e-5 in a feature can move the probability by some 0.05
    for (const { samples, probability } of cases)
      expect(Math.abs((await engine.judge(chirp(samples), never()))! - probability)).toBeLessThan(0.1);
  });

  it("takes so many that wait, and says of more that it does not know", async () => {
    const samples = chirp(8_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => engine.judge(samples, never())));
    // one is at the thread at once, sixteen wait
    expect(answers.map((answer) => answer !== undefined)).toEqual(
      Array.from({ length: 20 }, (_, i) => i < 17),
    );
    expect(samples).toEqual(chirp(8_000));
  });

  it("forgets a turn that is not asked for any more", async () => {
    const kept = engine.judge(chirp(8_000), never());
    const controller = new AbortController();
    const dropped = engine.judge(chirp(8_000), controller.signal);
    const next = engine.judge(chirp(40_000), never());
    controller.abort();
    await expect(dropped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(engine.judge(chirp(8_000), controller.signal)).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    expect(await kept).toBeGreaterThan(0.9);
    expect(await next).toBeLessThan(0.5);
  });

  it("closes with turns waiting, and says that the model is missing", async () => {
    const other = await createSmartTurn({ modelPath: path });
    const [going, waiting] = [other.judge(chirp(8_000), never()), other.judge(chirp(8_000), never())];
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: "ERR_CLOSED" }),
      expect(going).resolves.toBeGreaterThan(0.9),
      other.close(),
    ]);
    await expect(other.judge(chirp(8_000), never())).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(createSmartTurn({ modelPath: `${path}.not` })).rejects.toMatchObject({ code: "ERR_MODELS" });
  });
});
