import type { Config } from "./config.ts";
import type { Clock } from "./lib/clock.ts";
import { breakLlm, breakStt, breakTts } from "./providers/breaker.ts";
import type { OnBreakerChange } from "./providers/breaker.ts";
import { createBuiltinLlm } from "./providers/builtin/builtin-llm.ts";
import { failoverLlm, failoverStt, failoverTts } from "./providers/failover.ts";
import { createFliteTts } from "./providers/flite/flite.ts";
import { createHibariTts } from "./providers/hibari/hibari.ts";
import type { LlmProvider } from "./providers/llm.ts";
import { modelPath } from "./providers/models/models.ts";
import { createMoonshineStt } from "./providers/moonshine/moonshine.ts";
import { createOpenAiLlm } from "./providers/openai/openai-llm.ts";
import { createSileroVad } from "./providers/silero/silero.ts";
import type { SttProvider } from "./providers/stt.ts";
import type { TtsProvider } from "./providers/tts.ts";
import { noStt, noVad } from "./providers/unavailable.ts";
import type { VadEngine } from "./providers/vad.ts";
import type { Logger } from "./telemetry/logs.ts";

/** What this machine recognises, thinks and speaks with. */
export interface Providers {
  readonly stt: SttProvider;
  readonly llm: LlmProvider;
  readonly tts: TtsProvider;
  readonly vad: VadEngine;
  /** What the machine cannot do, in words. */
  readonly limits: readonly string[];
  close(): Promise<void>;
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onVadBatch: (size: number) => void;
}

/** Starts the providers that the configuration names, each behind a circuit breaker, several of a kind behind
 *  failover. Without the model files only what needs none is started. */
export async function createProviders(config: Config, modelsReady: boolean, deps: Deps): Promise<Providers> {
  const { clock, logger } = deps;
  const changed: OnBreakerChange = (change) => logger.warn({ ...change }, "circuit changed");
  const [vad, stt, tts] = await Promise.all([
    modelsReady
      ? createSileroVad({
          modelPath: modelPath(config.modelsDir, "silero/silero_vad.onnx"),
          onBatch: deps.onVadBatch,
          clock,
        })
      : noVad,
    modelsReady ? startStt(config, clock) : noStt,
    Promise.all(voicesOf(config, modelsReady).map((name) => startVoice(name, config, clock))),
  ]);
  const llm = config.llm.map((name) => startLlm(name, config, clock));
  const broken = {
    stt: failoverStt([breakStt(stt, clock, changed)]),
    llm: failoverLlm(llm.map((provider) => breakLlm(provider, clock, changed))),
    tts: failoverTts(tts.map((provider) => breakTts(provider, clock, changed))),
  };
  return {
    ...broken,
    vad,
    limits: modelsReady
      ? []
      : ["Speech cannot be heard: the models are not here. Text is answered, with the plain voice."],
    async close() {
      await Promise.all([vad.close(), broken.stt.close(), broken.llm.close(), broken.tts.close()]);
    },
  };
}

function startStt(config: Config, clock: Clock): Promise<SttProvider> {
  return createMoonshineStt({
    modelDir: `${config.modelsDir}/moonshine/tiny-en`,
    threads: config.sttThreads,
    clock,
  });
}

function voicesOf(config: Config, modelsReady: boolean): Config["tts"] {
  if (modelsReady) return config.tts;
  const usable = config.tts.filter((name) => name !== "hibari");
  return usable.length > 0 ? usable : ["flite"];
}

function startVoice(name: Config["tts"][number], config: Config, clock: Clock): Promise<TtsProvider> {
  return name === "hibari"
    ? createHibariTts({ modelDir: `${config.modelsDir}/hibari`, threads: config.ttsThreads, clock })
    : createFliteTts({ clock });
}

function startLlm(name: Config["llm"][number], config: Config, clock: Clock): LlmProvider {
  if (name === "builtin") return createBuiltinLlm({ clock });
  return createOpenAiLlm({
    apiKey: config.openai.apiKey ?? "",
    baseUrl: config.openai.baseUrl,
    model: config.llmModel,
    clock,
  });
}
