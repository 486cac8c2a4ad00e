import type { AudioFormat } from "../../protocol/settings.ts";

/** Bytes of one millisecond of a client's audio. */
export const bytesPerMs = ({ type }: AudioFormat): number => (type === "audio/pcm" ? 48 : 8);
