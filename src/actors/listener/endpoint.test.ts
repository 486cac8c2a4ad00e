import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vadFrameSamples } from "../../providers/vad.ts";
import { endpointFrame, quietEndpoint } from "./endpoint.ts";
import type { EndpointEvent, EndpointSettings } from "./endpoint.ts";

const settings: EndpointSettings = { threshold: 0.5, silenceMs: 500 };

/** Events of a run of frames, each as `type@frame`. */
function events(probabilities: readonly number[], given = settings): (EndpointEvent & { frame: number })[] {
  let state = quietEndpoint;
  return probabilities.flatMap((probability, frame) => {
    const judged = endpointFrame(state, frame * vadFrameSamples, probability, given);
    state = judged.state;
    return judged.event === undefined ? [] : [{ ...judged.event, frame }];
  });
}
const names = (probabilities: readonly number[], given = settings): string[] =>
  events(probabilities, given).map(({ type, frame }) => `${type}@${frame}`);
const frames = (count: number, probability: number): number[] => Array<number>(count).fill(probability);

describe("endpointFrame", () => {
  // a frame is 32 ms: five are a pause, sixteen are the silence that ends the turn
  it.each([
    ["silence", frames(40, 0), []],
    ["one click", [0, 1, 0, 0, 1, 0], []],
    ["two frames of speech", [0, 1, 1], ["started@2"]],
    ["below the threshold", frames(10, 0.49), []],
    ["a turn", [...frames(4, 1), ...frames(20, 0)], ["started@1", "paused@8", "ended@19"]],
    ["a gap between words", [...frames(4, 1), ...frames(4, 0), 1, 0], ["started@1"]],
    [
      "a pause, and on",
      [...frames(4, 1), ...frames(8, 0), 1, ...frames(5, 0)],
      ["started@1", "paused@8", "paused@17"],
    ],
    ["doubt keeps speech going", [...frames(2, 1), ...frames(30, 0.36)], ["started@1"]],
    [
      "doubt below that ends it",
      [...frames(2, 1), ...frames(16, 0.34)],
      ["started@1", "paused@6", "ended@17"],
    ],
  ])("%s", (_name, probabilities, expected) => {
    expect(names(probabilities)).toEqual(expected);
  });

  it("starts where the onset began and ends a little behind the last speech", () => {
    const [started, paused, ended] = events([0, 0, ...frames(3, 1), ...frames(20, 0)]);
    expect(started).toMatchObject({ at: 2 * vadFrameSamples });
    const end = 5 * vadFrameSamples + 150 * 16;
    expect(paused).toMatchObject({ end });
    expect(ended).toMatchObject({ end, at: 21 * vadFrameSamples });
  });

  it("ends no later than what was heard when the silence window is short", () => {
    const [, ended] = events([1, 1, ...frames(4, 0)], { threshold: 0.5, silenceMs: 100 });
    expect(ended).toMatchObject({ type: "ended", end: 6 * vadFrameSamples, at: 6 * vadFrameSamples });
  });

  it("alternates starts and ends, and each pause lies in its turn", () => {
    const settled = fc.record({
      threshold: fc.double({ min: 0.05, max: 1, noNaN: true }),
      silenceMs: fc.integer({ min: 0, max: 2_000 }),
    });
    const probabilities = fc.array(fc.constantFrom(0, 0, 0.3, 0.6, 1, 1), { maxLength: 150 });
    fc.assert(
      fc.property(probabilities, settled, (given, how) => {
        let begun = -1;
        for (const event of events(given, how)) {
          const isStart = event.type === "started";
          expect(isStart).toBe(begun < 0);
          expect(isStart ? event.at : event.end).toBeGreaterThan(begun);
          if (isStart) begun = event.at;
          if (event.type === "ended") begun = -1;
        }
      }),
    );
  });
});
