// oxlint-disable-next-line import/default -- CommonJS: Node gives it this one export, its ESM build cannot be loaded
import codecs from "alawmulaw";

/** Sampling rate of G.711, Hz. */
export const g711SampleRate = 8_000;

export type G711Law = "mulaw" | "alaw";

const lawCodecs = { mulaw: codecs.mulaw, alaw: codecs.alaw } as const;

/** The law of a format's name in the protocol. */
export const g711LawOf = (format: "audio/pcmu" | "audio/pcma"): G711Law =>
  format === "audio/pcmu" ? "mulaw" : "alaw";

/** Expands G.711 bytes (ITU-T G.711; one byte is one sample of 8 kHz) to PCM s16. */
export function decodeG711(law: G711Law, bytes: Uint8Array): Int16Array {
  return lawCodecs[law].decode(bytes);
}

/** Compresses PCM s16, 8 kHz, to G.711 bytes. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  return lawCodecs[law].encode(samples);
}
