import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePattern } from "./pattern.ts";

describe("patterns", () => {
  it.each([
    "^[A-Z]{2}\\d+$",
    "a|b",
    "^(?:x[yz]?){2,3}-\\w{4}$",
    "^\\+?[0-9]{1,3} [^a-z]$",
    "\\.$",
    "^[\\w-]+@[a-z]+\\.com$",
  ])("samples and matches %s as RegExp does", (source) => {
    const pattern = parsePattern(source);
    const expected = new RegExp(source);
    for (const length of [0, 5, 12]) expect(pattern?.sample(length)).toMatch(expected);
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Zabxyz0-9@.+ -]{0,12}$/), (text) => {
        expect(pattern?.matches(text)).toBe(expected.test(text));
      }),
    );
  });

  it("is not kept busy by a pattern that would keep RegExp busy", () => {
    expect(parsePattern("^(a+)+$")?.matches(`${"a".repeat(60)}!`)).toBe(false);
  });

  it.each(["(?=a)", "(a)\\1", "^a|b$", "[z-", "a{99999}", "\\bword"])("leaves %s alone", (source) => {
    expect(parsePattern(source)).toBeUndefined();
  });
});
