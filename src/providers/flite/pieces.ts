/** What the engine is given at once. */
export interface FlitePiece {
  /** ASCII letters, spaces and marks. */
  readonly text: string;
  /** Silence after it, ms at normal speed. */
  readonly pauseMs: number;
}

/** Characters per run: some ten seconds of speech. The engine makes a piece as a whole, so this bounds the time to
 *  the first sound; very long input was seen to crash it. */
const pieceCharsMax = 160;
/** A word longer than this is cut off: it is a key or a hash. */
const wordCharsMax = 40;

/** Cuts normalised text at sentence ends, at clauses when a sentence is too long, else at spaces. Characters that
 *  have no ASCII form are left out; pieces without a letter too. */
export function flitePieces(text: string): FlitePiece[] {
  const plain = text
    .normalize("NFKD")
    .replace(/[’‘]/g, "'")
    .replace(/[^A-Za-z0-9'.,?!;:\- ]+/g, (found) => (/^\p{M}+$/u.test(found) ? "" : " "))
    .replace(/\S+/g, (word) => word.slice(0, wordCharsMax));
  return plain
    .split(/(?<=[.?!])\s+/)
    .flatMap((sentence) => cut(sentence.trim()))
    .filter((piece) => /[A-Za-z0-9]/.test(piece))
    .map((piece) => ({ text: piece, pauseMs: pauseMsAfter(piece) }));
}

function cut(sentence: string): string[] {
  if (sentence.length <= pieceCharsMax) return [sentence];
  const head = sentence.slice(0, pieceCharsMax);
  const mark = Math.max(...[", ", "; ", ": "].map((each) => head.lastIndexOf(each)));
  const at = mark > pieceCharsMax / 2 ? mark + 1 : head.lastIndexOf(" ");
  const end = at > 0 ? at : pieceCharsMax;
  return [sentence.slice(0, end), ...cut(sentence.slice(end).trim())];
}

/** Pieces are played one after the other without a gap, so each brings the pause that its mark calls for. */
function pauseMsAfter(piece: string): number {
  if (/[.?!]$/.test(piece)) return 250;
  return /[,;:]$/.test(piece) ? 120 : 40;
}
