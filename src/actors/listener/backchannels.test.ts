import { describe, expect, it } from "vitest";
import { isBackchannel, isNoWord, saysNothing } from "./backchannels.ts";

describe("isBackchannel", () => {
  it.each([
    "Uh-huh.",
    "Mm-hm.",
    "Mhm",
    "Yeah, yeah.",
    "Right.",
    "Right?",
    "Uh?",
    "Huh?",
    "Aha!",
    "Okay.",
    "Ok!",
    "I see.",
    "Oh, I see.",
    "Got it, okay.",
    "That’s right.",
    "YES",
    "Mm hmm mm hmm",
    "(laughs) yeah",
  ])("takes %j for a sign of listening", (text) => {
    expect(isBackchannel(text)).toBe(true);
  });

  it.each([
    "",
    "No.",
    "Wait.",
    "Stop!",
    "What?",
    "You",
    "Thank you.",
    "Okay, stop.",
    "Yeah but no",
    "I see a problem.",
    "I",
    "got",
    "Yes, the blue one.",
    "yeah yeah yeah yeah yeah",
    "42",
  ])("takes %j for a turn, or for nothing", (text) => {
    expect(isBackchannel(text)).toBe(false);
  });
});

describe("isNoWord", () => {
  it.each(["", "  ", "...", "[cough]", "(coughing)", "*sighs*", "-", "[BLANK_AUDIO].", "You", "you."])(
    "%j",
    (text) => {
      expect([isNoWord(text), saysNothing(text)]).toEqual([true, true]);
    },
  );

  it.each(["no", "2", "uh", "non", "you there", "thank you"])("%j is a word", (text) => {
    expect(isNoWord(text)).toBe(false);
  });

  it("leaves a turn a turn", () => {
    expect(saysNothing("Tell me more.")).toBe(false);
  });
});
