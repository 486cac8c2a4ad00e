import type { LlmName, SttName, TtsName } from "./config-variables.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./lib/clock.ts";
import { errorCode } from "./lib/errors.ts";
import { breakLlm, breakStt, breakTts, breakTurnEnd } from "./providers/breaker.ts";
import type { OnBreakerChange } from "./providers/breaker.ts";
import { createBuiltinLlm } from "./providers/builtin/builtin-llm.ts";
import { failoverLlm, failoverStt, failoverTts } from "./providers/failover.ts";
import { createEnergyVad } from "./providers/energy/energy.ts";
import { createFliteTts } from "./providers/flite/flite.ts";
import { createHibariTts } from "./providers/hibari/hibari.ts";
import type { LlmProvider } from "./providers/llm.ts";
import { modelPath } from "./providers/models/models.ts";
import { createMoonshineStt } from "./providers/moonshine/moonshine.ts";
import { createOpenAiLlm } from "./providers/openai/openai-llm.ts";
import { createSileroVad } from "./providers/silero/silero.ts";
import { createSmartTurn } from "./providers/smart-turn/smart-turn.ts";
import type { SttProvider } from "./providers/stt.ts";
import { createSyntheticLlm } from "./providers/synthetic/synthetic-llm.ts";
import { createSyntheticStt } from "./providers/synthetic/synthetic-stt.ts";
import { createSyntheticTts } from "./providers/synthetic/synthetic-tts.ts";
import type { TtsProvider } from "./providers/tts.ts";
import type { TurnEndEngine } from "./providers/turn-end.ts";
import { noStt, noTurnEnd, noVad } from "./providers/unavailable.ts";
import type { VadEngine } from "./providers/vad.ts";
import type { Logger } from "./telemetry/logs.ts";

/** What this machine recognises, thinks and speaks with. */
export interface Providers {
  readonly stt: SttProvider;
  readonly llm: LlmProvider;
  readonly tts: TtsProvider;
  readonly vad: VadEngine;
  readonly turnEnd: TurnEndEngine;
  /** What the machine cannot do, in words. */
  readonly limits: readonly string[];
  close(): Promise<void>;
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onVadBatch: (size: number) => void;
}

/** Whether anything that the configuration names works with model files. */
export function needsModels(config: Pick<Config, "stt" | "tts" | "vad">): boolean {
  return config.vad === "silero" || config.stt.includes("moonshine") || config.tts.includes("hibari");
}

/** Starts the providers that the configuration names, each behind a circuit breaker, several of a kind behind
 *  failover. Without the model files only what needs none is started. */
export async function createProviders(config: Config, modelsReady: boolean, deps: Deps): Promise<Providers> {
  const { clock, logger } = deps;
  const changed: OnBreakerChange = (change) => logger.warn({ ...change }, "circuit changed");
  const [vad, turnEnd, stt, tts] = await Promise.all([
    startVad(config, modelsReady, deps),
    startTurnEnd(config, modelsReady, deps, changed),
    Promise.all(recognisersOf(config, modelsReady).map((name) => startStt(name, config, clock))),
    Promise.all(voicesOf(config, modelsReady).map((name) => startVoice(name, config, clock))),
  ]);
  const llm = config.llm.map((name) => startLlm(name, config, clock));
  const broken = {
    stt: failoverStt((stt.length > 0 ? stt : [noStt]).map((provider) => breakStt(provider, clock, changed))),
    llm: failoverLlm(llm.map((provider) => breakLlm(provider, clock, changed))),
    tts: failoverTts(tts.map((provider) => breakTts(provider, clock, changed))),
  };
  return {
    ...broken,
    vad,
    turnEnd,
    limits: limitsOf(config, modelsReady, turnEnd),
    async close() {
      await Promise.all([
        vad.close(),
        turnEnd.close(),
        broken.stt.close(),
        broken.llm.close(),
        broken.tts.close(),
      ]);
    },
  };
}

function limitsOf(config: Config, modelsReady: boolean, turnEnd: TurnEndEngine): string[] {
  if (!modelsReady)
    return ["Speech cannot be heard: the models are not here. Text is answered, with the plain voice."];
  return turnEnd === noTurnEnd && needsModels(config)
    ? ["Turns are ended by silence alone: the end-of-turn model is not here."]
    : [];
}

/** The one model that the server can do without. */
async function startTurnEnd(
  config: Config,
  modelsReady: boolean,
  { clock, logger }: Deps,
  changed: OnBreakerChange,
): Promise<TurnEndEngine> {
  if (!modelsReady || !needsModels(config)) return noTurnEnd;
  const path = modelPath(config.modelsDir, "smart-turn/smart-turn-v3.2-cpu.onnx");
  try {
    return breakTurnEnd(await createSmartTurn({ modelPath: path, clock }), clock, changed);
  } catch (error) {
    logger.warn({ code: errorCode(error) }, "no end-of-turn model");
    return noTurnEnd;
  }
}

async function startVad(config: Config, modelsReady: boolean, deps: Deps): Promise<VadEngine> {
  if (config.vad === "energy") return createEnergyVad();
  if (!modelsReady) return noVad;
  const path = modelPath(config.modelsDir, "silero/silero_vad.onnx");
  return createSileroVad({ modelPath: path, onBatch: deps.onVadBatch, clock: deps.clock });
}

function recognisersOf(config: Config, modelsReady: boolean): Config["stt"] {
  return modelsReady ? config.stt : config.stt.filter((name) => name !== "moonshine");
}

async function startStt(name: SttName, config: Config, clock: Clock): Promise<SttProvider> {
  if (name === "synthetic") return createSyntheticStt(config.synthetic, clock);
  const modelDir = `${config.modelsDir}/moonshine/tiny-en`;
  return createMoonshineStt({ modelDir, threads: config.sttThreads, clock });
}

function voicesOf(config: Config, modelsReady: boolean): Config["tts"] {
  if (modelsReady) return config.tts;
  const usable = config.tts.filter((name) => name !== "hibari");
  return usable.length > 0 ? usable : ["flite"];
}

async function startVoice(name: TtsName, config: Config, clock: Clock): Promise<TtsProvider> {
  switch (name) {
    case "hibari":
      return createHibariTts({ modelDir: `${config.modelsDir}/hibari`, threads: config.ttsThreads, clock });
    case "flite":
      return createFliteTts({ clock });
    case "synthetic":
      return createSyntheticTts(config.synthetic, clock);
  }
}

function startLlm(name: LlmName, config: Config, clock: Clock): LlmProvider {
  switch (name) {
    case "builtin":
      return createBuiltinLlm({ clock });
    case "synthetic":
      return createSyntheticLlm(config.synthetic, clock);
    case "openai":
      return createOpenAiLlm({
        apiKey: config.openai.apiKey ?? "",
        baseUrl: config.openai.baseUrl,
        model: config.llmModel,
        clock,
      });
  }
}
