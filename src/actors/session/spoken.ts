import type { SegmentSpeech } from "../response/messages.ts";
import { samplesPerCharacter } from "../response/state.ts";

/** Samples of a millisecond of synthesised audio. */
export const samplesPerMs = 24;

/** What was said of an item and how much of its audio was sent: from this it is told what was heard. All samples are
 *  those of the voice (24 kHz), whatever format the client hears them in. */
export interface Spoken {
  /** In the order in which they are played, each from where the one before ends. Segments that have no audio at all
   *  are not among them. */
  readonly segments: readonly SegmentSpeech[];
  /** Samples that went to the client; those up to the cut when the client has cut it short. */
  readonly sent: number;
  /** The client has cut it short: nothing that comes later changes what was heard. */
  readonly cut: boolean;
  /** Where the server has cut it short, by what the client can have played: samples that had been sent, since the
   *  client may still say that it has played more. */
  readonly sentBefore: number | undefined;
  /** How long a character takes to speak, samples, where nothing better is known. */
  readonly perCharacter: number;
}

/** @param speed of the voice; 1 is normal */
export const newSpoken = (speed: number): Spoken => ({
  segments: [],
  sent: 0,
  cut: false,
  sentBefore: undefined,
  perCharacter: samplesPerCharacter / speed,
});

/** @param samples sent, or taken back when negative */
export const withSent = (spoken: Spoken, samples: number): Spoken =>
  spoken.cut ? spoken : { ...spoken, sent: Math.max(0, spoken.sent + samples) };

/** What is known by now of the segment being played, or of the next one. */
export function withSegment(spoken: Spoken, speech: SegmentSpeech): Spoken {
  const { segments, cut } = spoken;
  const last = segments.at(-1);
  if (cut) return spoken;
  if (last?.segment !== speech.segment) return { ...spoken, segments: [...segments, speech] };
  if (last.marks === speech.marks && last.length === speech.length && last.broken === speech.broken)
    return spoken;
  return { ...spoken, segments: segments.with(-1, speech) };
}

/** Cut short at `ms`; what lies behind is as if it had never been sent. */
export const cutAt = (spoken: Spoken, ms: number): Spoken => ({
  ...spoken,
  sent: Math.min(spoken.sent, ms * samplesPerMs),
  cut: true,
  sentBefore: undefined,
});

/** The same by the server itself. */
export const cutByServer = (spoken: Spoken, ms: number): Spoken => ({
  ...cutAt(spoken, ms),
  sentBefore: spoken.sent,
});

/** Audio that was sent, ms; a part of one counts whole, so that a client that rounds up is not refused. */
export const sentMs = (spoken: Spoken): number => Math.ceil(spoken.sent / samplesPerMs);

/** Up to where the client may say that it has played the audio, ms. */
export const playableMs = ({ sent, sentBefore }: Spoken): number =>
  Math.ceil((sentBefore ?? sent) / samplesPerMs);

export interface Heard {
  /** The words whose audio has been played, with their punctuation and without the space behind them. */
  readonly text: string;
  /** Characters of the item's text up to the end of the last of them: what follows is still to be heard. */
  readonly chars: number;
}

/** The words of an item whose audio ends within its first `ms`, of what was sent; all that was sent when `ms` is
 *  infinite. Exact where the voice says where its words end, and at the ends of segments; else told by time. */
export function heardWithin(spoken: Spoken, ms: number): Heard {
  let left = Math.min(ms * samplesPerMs, spoken.sent);
  let text = "";
  let chars = 0;
  for (const segment of spoken.segments) {
    if (left <= 0) break;
    const end = heardChars(segment, left, spoken.perCharacter);
    if (end > 0) {
      const parted = text === "" || /\s$/.test(text) || /^\s/.test(segment.text);
      text += `${parted ? "" : " "}${segment.text.slice(0, end)}`;
      chars = segment.offset + end;
    }
    if (segment.length === undefined) break;
    left -= segment.length;
  }
  const trimmed = text.trimEnd();
  return { text: trimmed, chars: Math.max(0, chars - (text.length - trimmed.length)) };
}

/** Characters of the segment that were heard in its first `samples`. */
function heardChars(segment: SegmentSpeech, samples: number, perCharacter: number): number {
  const { text, marks, length, broken } = segment;
  const isWhole = length !== undefined && !broken;
  if (isWhole && samples >= length) return text.length;
  if (marks !== undefined) return marks.findLast((mark) => mark.samples <= samples)?.chars ?? 0;
  const expected = isWhole ? length : Math.max(length ?? samples, text.length * perCharacter);
  const ends = Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => index + word.length);
  // the last word is not over before the segment is
  return ends.slice(0, -1).findLast((end) => (end / text.length) * expected <= samples) ?? 0;
}
