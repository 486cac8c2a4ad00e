import { decodeG711, g711LawOf, g711SampleRate } from "../../audio/g711.ts";
import { PcmReader, bytesFromSamples } from "../../audio/pcm.ts";
import { Resampler } from "../../audio/resample.ts";
import type { AudioFormat } from "../../protocol/settings.ts";
import { sttSampleRate } from "../../providers/stt.ts";
import { vadFrameSamples } from "../../providers/vad.ts";
import { Heard, keptPerHeard, keptRate } from "./heard.ts";
import { Track } from "./track.ts";

/** Brings a client's audio to the rate it is kept in. */
class Decoder {
  readonly format: AudioFormat["type"];
  private readonly pcm = new PcmReader();
  private upsampler: Resampler | undefined;

  constructor(format: AudioFormat["type"]) {
    this.format = format;
  }

  decode(bytes: Uint8Array): Int16Array {
    if (this.format === "audio/pcm") return this.pcm.read(bytes);
    this.upsampler ??= new Resampler(g711SampleRate, keptRate);
    return this.upsampler.push(decodeG711(g711LawOf(this.format), bytes));
  }
}

/** The input audio of a session: as it is kept, and as it is heard by recogniser and detector. Positions are samples at
 *  16 kHz since the session's start. */
export class Intake {
  readonly heard: Heard;
  private readonly kept: Track;
  private decoder: Decoder;

  /** @param start position of the first sample to come */
  constructor(format: AudioFormat, start = 0) {
    this.kept = new Track(start * keptPerHeard);
    this.heard = new Heard(this.kept);
    this.decoder = new Decoder(format.type);
  }

  /** Audio from here on is in this format; half a sample of the old one is forgotten. */
  setFormat(format: AudioFormat): void {
    if (format.type !== this.decoder.format) this.decoder = new Decoder(format.type);
  }

  append(bytes: Uint8Array): void {
    this.kept.append(this.decoder.decode(bytes));
  }

  /** What is kept between two positions, at 24 kHz; read only. */
  keptSlice(from: number, to: number): Int16Array {
    return this.kept.slice(from * keptPerHeard, to * keptPerHeard);
  }

  /** The same as s16le. */
  keptBytes(from: number, to: number): Uint8Array {
    return bytesFromSamples(this.keptSlice(from, to));
  }

  /** Whole frames from `position` on that a detector can judge now, at its rate: what later audio would change is not
   *  among them. Read only; undefined: there is none. */
  framesFrom(position: number, framesMax: number, rate: number = sttSampleRate): Int16Array | undefined {
    const asReceived = rate === keptRate;
    const end = asReceived ? this.heard.end : this.heard.settledEnd;
    const frames = Math.min(framesMax, Math.floor((end - position) / vadFrameSamples));
    if (frames <= 0) return undefined;
    const until = position + frames * vadFrameSamples;
    return asReceived ? this.keptSlice(position, until) : this.heard.slice(position, until);
  }

  trim(position: number): void {
    this.heard.trim(position);
  }
}

/** Audio that came whole: as it is kept, and as it is heard. */
export function decodeWhole(
  bytes: Uint8Array,
  format: AudioFormat,
): { readonly kept: Uint8Array; readonly heard: Heard } {
  const intake = new Intake(format);
  intake.append(bytes);
  return { kept: intake.keptBytes(0, intake.heard.end), heard: intake.heard };
}
