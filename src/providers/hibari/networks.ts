import { Tensor } from "onnxruntime-node";
import { openSession } from "../onnx/session.ts";
import type { HibariAssets } from "./assets.ts";
import { phonemeIds } from "./pieces.ts";
import { decodeSounds, letterIds } from "./pronunciation/letters.ts";
import type { SpectrumFrames } from "./speech/frames.ts";

/** The two networks. Both block the thread they are called on: for worker threads only. */
export interface HibariNetworks {
  /** The sound of an unknown word; empty when it has no idea. */
  guess(word: string): Promise<string>;
  /** @param speed 0.5–2  @returns undefined when nothing in `phonemes` can be said */
  spectrum(phonemes: string, speed: number): Promise<TimedSpectrum | undefined>;
  close(): Promise<void>;
}

export interface TimedSpectrum {
  readonly frames: SpectrumFrames;
  /** For each phoneme the frames up to its end. */
  readonly ends: readonly number[];
}

/** How long the network makes each phoneme, added up: a step in the midst of its graph, in units of some frames. The
 *  file does not declare it as an output. */
const durations = "/CumSum_output_0";

/** Both run on this thread alone, so that the result of a run depends on nothing but its input.
 *  @throws {ParleyError} `ERR_MODELS` */
export async function loadNetworks(assets: HibariAssets): Promise<HibariNetworks> {
  const voice = await openSession(assets.voiceModel, [durations]);
  const letters = await openSession(assets.lettersModel);
  return {
    guess: async (word) => {
      const ids = letterIds(assets.letters, word);
      if (ids.length === 0) return "";
      const { ids: sounds } = await letters.run({ chars: int64(ids) });
      return decodeSounds(assets.letters, Array.from(sounds!.data as BigInt64Array, Number));
    },
    spectrum: async (phonemes, speed) => {
      const { ids, places } = phonemeIds(phonemes, assets.phonemeIds);
      if (ids.length < 3) return undefined;
      const result = await voice.run({ ids: int64(ids), speed: new Tensor("float32", [speed], [1]) });
      const part = (name: string): Float32Array => result[name]!.data as Float32Array;
      const [harmonic, theta, noise, free, phi, f0] = voice.outputNames.slice(0, 6).map(part) as SixParts;
      const times = Array.from(result[durations]!.data as BigInt64Array, Number);
      const framesPerUnit = f0.length / (times.at(-1) ?? 1);
      return {
        frames: { count: f0.length, harmonic, theta, noise, free, phi, f0 },
        ends: places.map((place) => Math.round((times[place] ?? 0) * framesPerUnit)),
      };
    },
    close: async () => {
      await voice.release();
      await letters.release();
    },
  };
}

type SixParts = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

function int64(values: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
}
