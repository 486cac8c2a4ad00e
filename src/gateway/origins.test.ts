import { describe, expect, it } from "vitest";
import { isOriginAllowed } from "./origins.ts";

describe("origins", () => {
  it.each([
    ["", undefined, true],
    ["", [], true],
    ["http://localhost:5173", undefined, true],
    ["http://127.0.0.1", undefined, true],
    ["http://[::1]:3000", undefined, true],
    ["https://voice.example:8080", undefined, true],
    ["https://voice.example", undefined, false],
    ["https://localhost.evil.example", undefined, false],
    ["null", undefined, false],
    ["https://app.example", ["https://app.example"], true],
    ["https://app.example:444", ["https://app.example"], false],
    ["http://localhost", ["https://app.example"], false],
    ["null", ["*"], true],
  ])("%j with %j: %j", (origin, allowed, expected) => {
    expect(isOriginAllowed(origin, "Voice.example:8080", allowed)).toBe(expected);
  });
});
