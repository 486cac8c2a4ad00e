import { describe, expect, it } from "vitest";
import type { ResponseId, RunId } from "../lib/ids.ts";
import { isFrequentOut } from "./frequent-out.ts";
import { pack } from "./pack.ts";
import { decodeOut, encodeOut } from "./wire.ts";
import type { Out } from "./wire.ts";

const response = "resp_1" as ResponseId;
const run = "run_1" as RunId;
const text: Out = { type: "llm.text", response, run, offset: 3, text: "word " };
const audio: Out = { type: "tts.audio", response, segment: 1, run, offset: 0, pcm: new Uint8Array([1, 2]) };
const marked: Out = { ...audio, marks: [{ chars: 4, samples: 2_400 }] };

describe("a token or a chunk", () => {
  it("is read as it was written, without the schema", () => {
    for (const out of [text, audio, marked, { ...marked, marks: [] }]) {
      expect(isFrequentOut(out)).toBe(true);
      const read = decodeOut(encodeOut(out));
      expect("pcm" in read ? { ...read, pcm: new Uint8Array(read.pcm) } : read).toEqual(out);
    }
  });

  it("is refused when a field is missing or of another kind", () => {
    const wrong = [
      undefined,
      null,
      -1,
      1.5,
      2 ** 60,
      true,
      {},
      [1],
      [{ chars: 1 }],
      [{ chars: -1, samples: 1 }],
    ];
    for (const out of [text, audio, marked]) {
      for (const field of Object.keys(out)) {
        for (const value of wrong) {
          if (field === "marks" && value === undefined) continue;
          expect(() => decodeOut(pack({ ...out, [field]: value })), `${out.type} ${field}`).toThrow("shape");
        }
      }
    }
  });

  it("loses what is not known of it, as any message does", () => {
    for (const out of [text, audio, marked]) {
      const more = { ...out, later: 1 };
      expect(isFrequentOut(more)).toBe(false);
      expect(decodeOut(pack(more))).not.toHaveProperty("later");
    }
    const inside = { ...marked, marks: [{ chars: 4, samples: 2_400, later: 1 }] };
    expect(decodeOut(pack(inside))).toMatchObject({ marks: [{ chars: 4, samples: 2_400 }] });
    expect(isFrequentOut(inside)).toBe(false);
  });
});
