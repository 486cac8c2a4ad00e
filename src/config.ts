import { accessSync, constants } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { defaultFolder } from "./config-folders.ts";
import type { Machine } from "./config-folders.ts";
import { roles, variables } from "./config-variables.ts";
import type { LlmName, LogLevel, Role, SttName, TtsName, VadName, Variables } from "./config-variables.ts";
import { ParleyError } from "./lib/errors.ts";

/** Jobs that a synthetic provider has at once: it only waits. */
const syntheticSlots = 1_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Names of the variables that a later release will read. */
const later = ["PARLEY_NATS_URL", "PARLEY_CASSANDRA"];

/** The whole configuration, complete and checked. Lists are in order of preference and never empty. */
export interface Config {
  readonly host: string;
  /** 0: the system chooses */
  readonly port: number;
  readonly apiKey?: string;
  readonly dataDir: string;
  readonly modelsDir: string;
  readonly roles: readonly Role[];
  readonly stt: readonly SttName[];
  readonly llm: readonly LlmName[];
  readonly tts: readonly TtsName[];
  readonly vad: VadName;
  readonly llmModel: string;
  readonly llmContextTokens: number;
  /** At least one is set when `llm` names `openai`; local endpoints often need no key. */
  readonly openai: { readonly apiKey?: string; readonly baseUrl?: string };
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly maxSessions: number;
  /** Absent: the server's own host, and localhost. */
  readonly origins?: readonly string[];
  readonly audioRetention: Variables["PARLEY_AUDIO_RETENTION"];
  readonly logLevel: LogLevel;
  readonly logPii: boolean;
  readonly sttThreads: number;
  readonly ttsThreads: number;
  readonly sttSlots: number;
  readonly llmSlots: number;
  readonly ttsSlots: number;
  /** Besides `ttsSlots`, for first segments. */
  readonly ttsFirstSlots: number;
  /** Times in ms; see `docs/synthetic.md`. */
  readonly synthetic: Readonly<ReturnType<typeof syntheticOf>>;
  /** Shell command */
  readonly recorder?: string;
  readonly tracesExporter: "otlp" | "console" | "none";
}

const thisMachine = (): Machine => ({
  platform: process.platform,
  home: homedir(),
  cores: availableParallelism(),
});

/** Reads the configuration; an empty variable counts as not set.
 *  @throws {ParleyError} `ERR_CONFIG`, with one line for every fault there is; values are never quoted, some are secret */
export function loadConfig(env: Env = process.env, machine = thisMachine()): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = variables.safeParse(set);
  const faults = [
    ...(parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    ...faultsOfNames(set),
    ...faultsOfTls(set),
    ...(parsed.success ? faultsOfLlm(parsed.data) : []),
  ];
  if (faults.length > 0 || !parsed.success) {
    throw new ParleyError(
      "ERR_CONFIG",
      `the configuration is not valid:\n${[...new Set(faults)].map((f) => `  ${f}`).join("\n")}`,
    );
  }
  return resolve(parsed.data, set, machine);
}

function resolve(v: Variables, env: Env, machine: Machine): Config {
  const threads = Math.min(4, Math.max(1, Math.floor(machine.cores / 2)));
  const sttThreads = v.PARLEY_STT_THREADS ?? threads;
  const ttsThreads = v.PARLEY_TTS_THREADS ?? threads;
  const openai = openaiOf(v);
  const llm = v.PARLEY_LLM ?? [Object.keys(openai).length > 0 ? ("openai" as const) : ("builtin" as const)];
  const slots = (names: readonly string[], others: number): number =>
    names[0] === "synthetic" ? syntheticSlots : others;
  const ttsSlots = v.PARLEY_TTS_SLOTS ?? slots(v.PARLEY_TTS, ttsThreads);
  return {
    host: v.PARLEY_HOST,
    port: v.PARLEY_PORT,
    ...(v.PARLEY_API_KEY !== undefined && { apiKey: v.PARLEY_API_KEY }),
    dataDir: v.PARLEY_DATA_DIR ?? defaultFolder("data", env, machine),
    modelsDir: v.PARLEY_MODELS_DIR ?? defaultFolder("models", env, machine),
    roles: v.PARLEY_ROLES ?? roles,
    stt: v.PARLEY_STT,
    llm,
    tts: v.PARLEY_TTS,
    vad: v.PARLEY_VAD,
    llmModel: v.PARLEY_LLM_MODEL,
    llmContextTokens: v.PARLEY_LLM_CONTEXT_TOKENS,
    openai,
    ...(v.PARLEY_TLS_CERT !== undefined &&
      v.PARLEY_TLS_KEY !== undefined && { tls: { certFile: v.PARLEY_TLS_CERT, keyFile: v.PARLEY_TLS_KEY } }),
    maxSessions: v.PARLEY_MAX_SESSIONS,
    ...(v.PARLEY_ORIGINS !== undefined && { origins: v.PARLEY_ORIGINS }),
    audioRetention: v.PARLEY_AUDIO_RETENTION,
    logLevel: v.PARLEY_LOG_LEVEL,
    logPii: v.PARLEY_LOG_PII,
    sttThreads,
    ttsThreads,
    sttSlots: v.PARLEY_STT_SLOTS ?? slots(v.PARLEY_STT, sttThreads),
    llmSlots: v.PARLEY_LLM_SLOTS ?? slots(llm, 64),
    ttsSlots,
    ttsFirstSlots: v.PARLEY_TTS[0] === "synthetic" ? ttsSlots : 1,
    synthetic: syntheticOf(v),
    ...(v.PARLEY_RECORDER !== undefined && { recorder: v.PARLEY_RECORDER }),
    tracesExporter: tracesExporterOf(v),
  };
}

function syntheticOf(v: Variables) {
  return {
    sttMs: v.PARLEY_SYNTHETIC_STT_MS,
    llmFirstMs: v.PARLEY_SYNTHETIC_LLM_FIRST_MS,
    llmTokenMs: v.PARLEY_SYNTHETIC_LLM_TOKEN_MS,
    llmSentences: v.PARLEY_SYNTHETIC_LLM_SENTENCES,
    llmWords: v.PARLEY_SYNTHETIC_LLM_WORDS,
    ttsFirstMs: v.PARLEY_SYNTHETIC_TTS_FIRST_MS,
    ttsChunkMs: v.PARLEY_SYNTHETIC_TTS_CHUNK_MS,
    ttsWordMs: v.PARLEY_SYNTHETIC_TTS_WORD_MS,
  };
}

function openaiOf(v: Variables): Config["openai"] {
  const apiKey = v.PARLEY_OPENAI_API_KEY ?? v.OPENAI_API_KEY;
  const baseUrl = v.PARLEY_OPENAI_BASE_URL ?? v.OPENAI_BASE_URL;
  return { ...(apiKey !== undefined && { apiKey }), ...(baseUrl !== undefined && { baseUrl }) };
}

function tracesExporterOf(v: Variables): Config["tracesExporter"] {
  if (v.OTEL_SDK_DISABLED) return "none";
  if (v.OTEL_TRACES_EXPORTER !== undefined) return v.OTEL_TRACES_EXPORTER;
  return (v.OTEL_EXPORTER_OTLP_ENDPOINT ?? v.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) ? "otlp" : "none";
}

function faultsOfNames(env: Env): string[] {
  return Object.keys(env).flatMap((name) => {
    if (later.includes(name))
      return [`${name}: this release runs on one machine only and does not read it; unset it`];
    return name.startsWith("PARLEY_") && !(name in variables.shape) ? [`${name}: no such variable`] : [];
  });
}

function faultsOfTls(env: Env): string[] {
  const names = ["PARLEY_TLS_CERT", "PARLEY_TLS_KEY"] as const;
  if (names.every((name) => env[name] === undefined)) return [];
  return names.flatMap((name) => {
    const file = env[name];
    if (file === undefined) return [`${name}: needed, since the other one of ${names.join(" and ")} is set`];
    return isReadable(file) ? [] : [`${name}: the file is not there or cannot be read`];
  });
}

function faultsOfLlm(v: Variables): string[] {
  if (!v.PARLEY_LLM?.includes("openai") || Object.keys(openaiOf(v)).length > 0) return [];
  return ["PARLEY_LLM: openai needs PARLEY_OPENAI_API_KEY or PARLEY_OPENAI_BASE_URL"];
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
