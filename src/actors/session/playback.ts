import type { ItemId } from "../../lib/ids.ts";

/** What the client has to play. Audio is sent faster than it is heard, so an answer can be done and still be audible.
 *  An estimate: it takes a client that plays all it gets at once, in order, from the moment it was sent. */
export interface Playback {
  /** The item whose audio was sent last. */
  readonly item: ItemId;
  /** When all of it has been played, ms on the session's clock. */
  readonly endsAt: number;
}

/** More audio was sent. */
export const withAudio = (
  playback: Playback | undefined,
  item: ItemId,
  ms: number,
  at: number,
): Playback => ({
  item,
  endsAt: Math.max(playback?.endsAt ?? 0, at) + ms,
});

/** The client has thrown away what it had not played. */
export const flushed = (playback: Playback | undefined, at: number): Playback | undefined =>
  playback === undefined ? undefined : { ...playback, endsAt: Math.min(playback.endsAt, at) };

/** Audio that the client cannot have played yet, ms. */
export const unplayedMs = (playback: Playback | undefined, at: number): number =>
  Math.max(0, (playback?.endsAt ?? 0) - at);
