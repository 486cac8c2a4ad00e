import { describe, expect, it } from "vitest";
import { Dictionary, type Entry, Lexicon } from "./lexicon.ts";
import { type Pronunciation, pronounce } from "./pronounce.ts";
import type { TaggerModel } from "./tagger.ts";

const letters = { A: "ˈA", D: "dˈi", E: "ˈi", F: "ˈɛf", L: "ˈɛl", P: "pˈi", R: "ˈɑɹ", S: "ˈɛs", U: "jˈu" };
const gold = new Map<string, Entry>([
  ...Object.entries(letters),
  ["to", "tu"],
  ["used", { DEFAULT: "jˈuzd", VBD: "jˈust" }],
  ["apple", "ˈæpᵊl"],
  ["pear", "pˈɛɹ"],
  ["read", { DEFAULT: "ɹˈid", VBD: "ɹˈɛd" }],
  ["his", { DEFAULT: "hɪz", None: "hˈɪz" }],
  ["well", "wˈɛl"],
  ["known", "nˈOn"],
  ["stop", "stˈɑp"],
  ["live", "lˈIv"],
  ["stream", "stɹˈim"],
  ["party", "pˈɑɹɾi"],
]);
const silver = new Map<string, Entry>([
  ["pear", "wrong"],
  ["quince", "kwˈɪns"],
]);
const tagger: TaggerModel = {
  tags: ["NN"],
  tagdict: new Map([
    ["the", "DT"],
    ["a", "DT"],
    ["read", "VBD"],
    ["used", "VBD"],
    ["PDF", "NNP"],
  ]),
  vocab: new Set(),
  weights: new Map(),
};
const tools: Pronunciation = {
  lexicon: new Lexicon(new Dictionary(gold), new Dictionary(silver)),
  tagger,
  guess: (word) => Promise.resolve(word === "Zorblat" ? "zˈɔɹblæt" : ""),
};
const said = async (text: string): Promise<string> =>
  (await pronounce(text, tools)).map(({ phonemes, mark = "" }) => phonemes + mark).join(" ");

describe("pronounce", () => {
  it.each([
    ["the apple", "ði ˈæpᵊl"],
    ["the pear", "ðə pˈɛɹ"],
    ["a pear", "ɐ pˈɛɹ"],
    ["to apple, to pear, to", "tʊ ˈæpᵊl, tə pˈɛɹ, tu"],
    ["used to", "jˈust tu"],
    ["used pear", "jˈuzd pˈɛɹ"],
    ["his pear is his.", "hɪz pˈɛɹ hˈɪz."],
    ["read", "ɹˈɛd"],
    ["quince", "kwˈɪns"],
    ["apples, pears, parties", "ˈæpᵊlz, pˈɛɹz, pˈɑɹTiz"],
    ["Zorblat's", "zˈɔɹblæts"],
    ["PDF", "pˌidˌiˈɛf"],
    ["PDFs", "pˌidˌiˈɛfs"],
    ["U.S.", "jˌuˈɛs"],
    ["STOP!", "stˈɑp!"],
    ["well-known", "wˌɛlnˈOn"],
    ["livestream", "lˈIvstɹˌim"],
    ["fdp", "ˌɛfdˌipˈi"],
    ["Kubernetes", "kˌubəɹnˈɛTiz"],
    ["constructor", ""],
    ["🎉 **", ""],
    ["", ""],
  ])("says %j", async (text, expected) => {
    expect(await said(text)).toBe(expected);
  });
});
