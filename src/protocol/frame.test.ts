import { describe, expect, it } from "vitest";
import { frameCharsMax, parseFrame } from "./frame.ts";

describe("parseFrame", () => {
  it("reads an object", () => {
    expect(parseFrame('{"a":[1,{"b":null}]}')).toEqual({ ok: true, value: { a: [1, { b: null }] } });
  });

  it.each([
    ["no JSON", "hello"],
    ["nothing", ""],
    ["a number", "1"],
    ["null", "null"],
    ["an array", "[]"],
    ["half an object", '{"a":'],
    ["great depth", `{"a":${"[".repeat(65)}${"]".repeat(65)}}`],
    ["depth enough to overflow a stack", `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`],
    ["a great many values", `{"a":[${"0,".repeat(150_000)}0]}`],
    ["more characters than audio needs", `{"a":"${" ".repeat(frameCharsMax)}"}`],
  ])("refuses %s", (_, frame) => {
    expect(parseFrame(frame)).toMatchObject({
      ok: false,
      error: { type: "invalid_request_error", code: "invalid_json", event_id: null },
    });
  });

  it("reads a long frame with few values, and depth within the bound", () => {
    expect(parseFrame(`{"a":"${"A".repeat(20_000_000)}"}`).ok).toBe(true);
    expect(parseFrame(`{"a":${"[".repeat(63)}${"]".repeat(63)}}`).ok).toBe(true);
  });
});
