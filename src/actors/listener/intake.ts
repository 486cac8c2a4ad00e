import { decodeG711, g711SampleRate } from "../../audio/g711.ts";
import { PcmReader, bytesFromSamples } from "../../audio/pcm.ts";
import { Resampler } from "../../audio/resample.ts";
import type { AudioFormat } from "../../protocol/settings.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { Track } from "./track.ts";

/** Sampling rate of kept audio, Hz. */
const keptRate = 24_000;
const keptPerHeard = keptRate / sttSampleRate;

/** Brings a client's audio to the rate it is kept in. */
class Decoder {
  readonly format: AudioFormat["type"];
  private readonly pcm = new PcmReader();
  private readonly upsampler = new Resampler(g711SampleRate, keptRate);

  constructor(format: AudioFormat["type"]) {
    this.format = format;
  }

  decode(bytes: Uint8Array): Int16Array {
    if (this.format === "audio/pcm") return this.pcm.read(bytes);
    return this.upsampler.push(decodeG711(this.format === "audio/pcmu" ? "mulaw" : "alaw", bytes));
  }
}

/** The input audio of a session on two tracks: as it is kept, and as it is heard by detector and recogniser.
 *  Positions are samples at 16 kHz since the session's start. */
export class Intake {
  readonly heard: Track;
  private readonly kept: Track;
  private decoder: Decoder;
  private readonly toHeard = new Resampler(keptRate, sttSampleRate);

  /** @param start position of the first sample to come */
  constructor(format: AudioFormat, start = 0) {
    this.heard = new Track(start);
    this.kept = new Track(start * keptPerHeard);
    this.decoder = new Decoder(format.type);
  }

  /** Audio from here on is in this format; half a sample of the old one is forgotten. */
  setFormat(format: AudioFormat): void {
    if (format.type !== this.decoder.format) this.decoder = new Decoder(format.type);
  }

  append(bytes: Uint8Array): void {
    const samples = this.decoder.decode(bytes);
    this.kept.append(samples);
    this.heard.append(this.toHeard.push(samples));
  }

  /** What is kept between two positions, s16le at 24 kHz. */
  keptBytes(from: number, to: number): Uint8Array {
    return bytesFromSamples(this.kept.slice(from * keptPerHeard, to * keptPerHeard));
  }

  trim(position: number): void {
    this.heard.trim(position);
    this.kept.trim(position * keptPerHeard);
  }
}

/** Audio that came whole: as it is kept, and as it is heard. */
export function decodeWhole(
  bytes: Uint8Array,
  format: AudioFormat,
): { readonly kept: Uint8Array; readonly heard: Track } {
  const intake = new Intake(format);
  intake.append(bytes);
  return { kept: intake.keptBytes(0, intake.heard.end), heard: intake.heard };
}
