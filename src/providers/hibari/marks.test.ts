import { describe, expect, it } from "vitest";
import { createMarks } from "./marks.ts";

describe("createMarks", () => {
  it("ends a word of the text with the last that is said for it", () => {
    const marks = createMarks([
      { chars: 5, spoken: 12 },
      { chars: 9, spoken: 16 },
    ]);
    // two words for the first, one for the second; 300 samples a frame
    const first = [
      { phonemes: 2, chars: 5 },
      { phonemes: 4, chars: 12 },
    ];
    marks.place(first, [1, 2, 3, 7], 1_000);
    expect(marks.take()).toEqual([{ chars: 5, samples: 1_000 + 7 * 300 }]);
    expect(marks.take()).toEqual([]);
    marks.place([{ phonemes: 1, chars: 16 }], [4], 5_000);
    expect(marks.take()).toEqual([{ chars: 9, samples: 5_000 + 4 * 300 }]);
  });

  it("takes a word that is not said along with the one before it, or the one behind it at the start", () => {
    const marks = createMarks([
      { chars: 1, spoken: 0 },
      { chars: 4, spoken: 3 },
      { chars: 6, spoken: 3 },
      { chars: 9, spoken: 7 },
    ]);
    const said = [
      { phonemes: 1, chars: 3 },
      { phonemes: 2, chars: 7 },
    ];
    marks.place(said, [1, 2], 0);
    expect(marks.take()).toEqual([
      { chars: 6, samples: 300 },
      { chars: 9, samples: 600 },
    ]);
  });

  it("ends a piece's last word with its sound, and never goes back", () => {
    const marks = createMarks([
      { chars: 1, spoken: 1 },
      { chars: 3, spoken: 3 },
    ]);
    marks.place([{ phonemes: 1, chars: 1 }], [9], 0, 2_000);
    marks.place([{ phonemes: 1, chars: 3 }], [1], 300);
    expect(marks.take().map(({ samples }) => samples)).toEqual([2_000, 2_000]);
  });
});
