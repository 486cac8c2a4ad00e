import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { ParleyError } from "../../lib/errors.ts";
import { Dictionary, type Entry, Lexicon } from "./pronunciation/lexicon.ts";
import type { LettersModel } from "./pronunciation/letters.ts";
import type { TaggerModel } from "./pronunciation/tagger.ts";

/** The folder's tables, parsed; the two networks are named by path, for onnxruntime reads files itself. */
export interface HibariAssets {
  readonly lexicon: Lexicon;
  readonly tagger: TaggerModel;
  readonly letters: LettersModel;
  /** Number of each phoneme. */
  readonly phonemeIds: ReadonlyMap<string, number>;
  readonly voiceModel: string;
  readonly lettersModel: string;
}

/** Only the outside is checked: the files are pinned by hash, and checking 180,000 entries would cost a second. */
const table = z.custom<Record<string, unknown>>((value) => typeof value === "object" && value !== null);
const taggerFile = z.object({
  tags: z.array(z.string()),
  tagdict: table,
  vocab: z.array(z.string()),
  weights: table,
});
const lettersFile = z.object({
  in: z.array(z.string()),
  out: z.array(z.string()),
  maxlen: z.number().int().positive(),
});
const phonemeFile = z.record(z.string(), z.number().int());

/** @throws {ParleyError} `ERR_MODELS` when a file is missing or is not what it should be */
export async function loadAssets(modelDir: string): Promise<HibariAssets> {
  try {
    const [gold, silver, tagger, letters, phonemes] = await Promise.all([
      readJson(modelDir, "lexicon_us_gold.json.gz"),
      readJson(modelDir, "lexicon_us_silver.json.gz"),
      readJson(modelDir, "tagger.json.gz"),
      readJson(modelDir, "oov.json"),
      readJson(modelDir, "vocab.json"),
    ]);
    return {
      lexicon: new Lexicon(dictionaryOf(gold), dictionaryOf(silver)),
      tagger: taggerOf(tagger),
      letters: lettersFile.parse(letters),
      phonemeIds: new Map(Object.entries(phonemeFile.parse(phonemes))),
      voiceModel: join(modelDir, "hibari.onnx"),
      lettersModel: join(modelDir, "oov.onnx"),
    };
  } catch (cause) {
    throw new ParleyError("ERR_MODELS", "the speech model's files cannot be read", { cause });
  }
}

async function readJson(modelDir: string, file: string): Promise<unknown> {
  const bytes = await readFile(join(modelDir, file));
  return JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")) as unknown;
}

// Maps, not the parsed objects: "constructor" is a word too.
function dictionaryOf(json: unknown): Dictionary {
  return new Dictionary(new Map(Object.entries(table.parse(json)) as [string, Entry][]));
}

function taggerOf(json: unknown): TaggerModel {
  const { tags, tagdict, vocab, weights } = taggerFile.parse(json);
  return {
    tags,
    tagdict: new Map(Object.entries(tagdict) as [string, string][]),
    vocab: new Set(vocab),
    weights: new Map(Object.entries(weights) as [string, Record<string, number>][]),
  };
}
