import { describe, expect, it } from "vitest";
import { type TaggerModel, tagPieces } from "./tagger.ts";

const model: TaggerModel = {
  tags: ["NN", "VB", "VBD"],
  tagdict: new Map([["to", "TO"]]),
  vocab: new Set(["to", "read"]),
  weights: new Map([
    ["w=read", { NN: 1 }],
    ["t-1=TO", { VB: 3 }],
    ["sh=X1", { VBD: 1, VB: 1 }],
  ]),
};

describe("tagPieces", () => {
  it("weighs a word with the tag before it", () => {
    expect(tagPieces(model, ["to", "read"])).toEqual(["TO", "VB"]);
    expect(tagPieces(model, ["read", "to"])).toEqual(["NN", "TO"]);
  });

  it("takes the later name of two equal tags", () => {
    expect(tagPieces(model, ["Q"])).toEqual(["VBD"]);
  });

  it("calls a noun what it knows nothing about, properties of objects too", () => {
    expect(tagPieces(model, ["constructor", "__proto__"])).toEqual(["NN", "NN"]);
  });
});
