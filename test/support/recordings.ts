import { readFile } from "node:fs/promises";
import { type Wav, readWav } from "../../src/audio/wav.ts";

const folder = new URL("../fixtures/audio/", import.meta.url);

export interface Recording extends Wav {
  readonly file: string;
  /** What is said in it. */
  readonly reference: string;
}

/** The recordings with reference transcripts; all are 16 kHz. See SOURCES.md beside them. */
export async function readRecordings(): Promise<readonly Recording[]> {
  const table = await readFile(new URL("refs.tsv", folder), "utf8");
  const rows = table.trim().split("\n").slice(1);
  return Promise.all(
    rows.map(async (row) => {
      const [file = "", reference = ""] = row.split("\t");
      return { file, reference, ...readWav(await readFile(new URL(file, folder))) };
    }),
  );
}
