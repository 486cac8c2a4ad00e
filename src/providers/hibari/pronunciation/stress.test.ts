import { describe, expect, it } from "vitest";
import { compounded, demoted, fullyStressed, lightlyStressed, spelledOut } from "./stress.ts";

describe("stress", () => {
  it("demotes primary to secondary and drops what was secondary", () => {
    expect(demoted("ˌɪntəɹnˈæʃənᵊl")).toBe("ɪntəɹnˌæʃənᵊl");
    expect(demoted("ðə")).toBe("ðə");
  });

  it("adds a mark before the first vowel, never before a consonant", () => {
    expect(lightlyStressed("ðɛm")).toBe("ðˌɛm");
    expect(fullyStressed("ðɛm")).toBe("ðˈɛm");
    expect(fullyStressed("nt")).toBe("nt");
  });

  it("promotes a secondary stress rather than adding one", () => {
    expect(fullyStressed("ðˌɛm")).toBe("ðˈɛm");
    expect(lightlyStressed("ðˈɛm")).toBe("ðˈɛm");
  });

  it("stresses the last letter of an acronym most", () => {
    expect(spelledOut(["jˈu", "ˈɑɹ", "ˈɛl"])).toBe("jˌuˌɑɹˈɛl");
    expect(spelledOut([])).toBe("");
  });

  it("lets the lighter part of a compound step back", () => {
    const parts = [
      { text: "twenty", phonemes: "twˈɛnti" },
      { text: "three", phonemes: "θɹˈi" },
    ];
    expect(compounded(parts)).toEqual(["twˈɛnti", "θɹˌi"]);
  });

  it("keeps a single letter in front strong", () => {
    const parts = [
      { text: "T", phonemes: "tˈi" },
      { text: "shirt", phonemes: "ʃˈɜɹt" },
    ];
    expect(compounded(parts)).toEqual(["tˈi", "ʃˌɜɹt"]);
  });
});
