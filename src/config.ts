import { accessSync, constants } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { isAbsolute, posix, win32 } from "node:path";
import { z } from "zod";
import { ParleyError } from "./lib/errors.ts";

const roles = ["gateway", "stt", "llm", "tts", "recorder"] as const;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const llmNames = ["openai", "builtin"] as const;

const text = () => z.string().min(1);
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `expected at least ${min}`).max(max, `expected at most ${max}`));
const oneOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.enum(names, `expected one of: ${names.join(", ")}`);
/** A comma-separated list, in order of preference, each name once. */
const listOf = <T extends z.ZodType<string, string>>(entry: T) =>
  z
    .string()
    .transform((list) => [...new Set(list.split(",").flatMap((name) => name.trim() || []))])
    .pipe(z.array(entry).min(1, "expected at least one name"));
const url = () => z.url({ protocol: /^https?$/, error: "expected an http:// or https:// address" });
const origin = z.string().refine((name) => name === "*" || isOrigin(name), {
  error: "expected origins like https://app.example.com, or *",
});
const flag = () => oneOf(["true", "false"]).transform((value) => value === "true");

/** Every variable that Parley reads, with what it means. `shownDefault` is what the documentation says where the
 *  default is worked out. */
export const variables = z.object({
  PARLEY_HOST: text().default("127.0.0.1").describe("Address to listen on; `0.0.0.0`: all interfaces"),
  PARLEY_PORT: integer(0, 65_535).default(8080).describe("TCP port; 0: the system chooses"),
  PARLEY_API_KEY: z
    .string()
    .regex(/^[\x21-\x2b\x2d-\x7e]{8,256}$/, "expected 8 to 256 visible ASCII characters without commas")
    .optional()
    .describe("Key that clients must send")
    .meta({ shownDefault: "made at first start and kept in the data folder" }),
  PARLEY_DATA_DIR: text().optional().describe("Folder of the conversations and the key").meta({
    shownDefault: "the user's data folder: `~/.local/share/parley` on Linux, `XDG_DATA_HOME` honoured",
  }),
  PARLEY_MODELS_DIR: text().optional().describe("Folder of the speech models").meta({
    shownDefault: "the user's cache folder: `~/.cache/parley/models` on Linux, `XDG_CACHE_HOME` honoured",
  }),
  PARLEY_ROLES: listOf(oneOf(roles))
    .optional()
    .describe(`What this process does, a list of: ${roles.join(", ")}`)
    .meta({ shownDefault: "all" }),
  PARLEY_STT: listOf(oneOf(["moonshine"]))
    .default(["moonshine"])
    .describe("Speech recognisers, in order of preference: moonshine"),
  PARLEY_LLM: listOf(oneOf(llmNames))
    .optional()
    .describe(`Language models, in order of preference: ${llmNames.join(", ")}`)
    .meta({ shownDefault: "`openai` when its key or base URL is set, else `builtin`" }),
  PARLEY_LLM_MODEL: text().default("gpt-4o-mini").describe("Model that the `openai` provider asks for"),
  PARLEY_OPENAI_API_KEY: text()
    .optional()
    .describe("Key of the OpenAI-compatible endpoint")
    .meta({ shownDefault: "`OPENAI_API_KEY`" }),
  PARLEY_OPENAI_BASE_URL: url()
    .optional()
    .describe("Address of an OpenAI-compatible endpoint, such as `http://127.0.0.1:11434/v1`")
    .meta({ shownDefault: "`OPENAI_BASE_URL`, else OpenAI's own" }),
  PARLEY_TTS: listOf(oneOf(["hibari", "flite"]))
    .default(["hibari", "flite"])
    .describe("Voices, in order of preference: hibari, flite"),
  PARLEY_VAD: oneOf(["silero"]).default("silero").describe("Detector of speech and pauses: silero"),
  PARLEY_TLS_CERT: text()
    .optional()
    .describe("Certificate file (PEM), together with `PARLEY_TLS_KEY`: serve https and wss"),
  PARLEY_TLS_KEY: text().optional().describe("Private key file (PEM) of `PARLEY_TLS_CERT`"),
  PARLEY_MAX_SESSIONS: integer(1, 100_000)
    .default(1_000)
    .describe("Sessions open at once; more are refused with 503"),
  PARLEY_ORIGINS: listOf(origin)
    .optional()
    .describe(
      "Browser origins that may connect, a list; `*`: any. Requests without an origin are always allowed",
    )
    .meta({ shownDefault: "the server's own host, and localhost" }),
  PARLEY_LOG_LEVEL: oneOf(logLevels)
    .default("info")
    .describe(`Least level that is logged: ${logLevels.join(", ")}`),
  PARLEY_LOG_PII: flag().default(false).describe("`true`: logs may hold what was said"),
  PARLEY_STT_THREADS: integer(1, 64)
    .optional()
    .describe("Threads that recognise speech, about 140 MB each")
    .meta({ shownDefault: "half of the cores, 1 to 4" }),
  PARLEY_TTS_THREADS: integer(1, 64)
    .optional()
    .describe("Threads that synthesise speech")
    .meta({ shownDefault: "half of the cores, 1 to 4" }),
  PARLEY_STT_SLOTS: integer(1, 1_000)
    .optional()
    .describe("Recognitions that run at once")
    .meta({ shownDefault: "`PARLEY_STT_THREADS`" }),
  PARLEY_LLM_SLOTS: integer(1, 10_000).default(64).describe("Answers that are generated at once"),
  PARLEY_TTS_SLOTS: integer(1, 1_000)
    .optional()
    .describe("Segments that are synthesised at once")
    .meta({ shownDefault: "`PARLEY_TTS_THREADS`" }),
  PARLEY_RECORDER: text()
    .optional()
    .describe("Command of `talk --mic` that writes PCM s16le, mono, 24 kHz to its standard output"),
  OPENAI_API_KEY: text().optional().describe("Used when `PARLEY_OPENAI_API_KEY` is not set"),
  OPENAI_BASE_URL: url().optional().describe("Used when `PARLEY_OPENAI_BASE_URL` is not set"),
  OTEL_TRACES_EXPORTER: oneOf(["otlp", "console", "none"])
    .optional()
    .describe(
      "Where traces go: otlp, console, none. The OpenTelemetry SDK reads its other variables by itself",
    )
    .meta({ shownDefault: "otlp when an endpoint is set, else none" }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url().optional().describe("OTLP/HTTP collector"),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url()
    .optional()
    .describe("OTLP/HTTP collector of traces only, full address"),
  OTEL_SDK_DISABLED: flag().default(false).describe("`true`: no traces"),
});

type Variables = z.infer<typeof variables>;
type Env = Readonly<Record<string, string | undefined>>;

/** Names of the variables that a later release will read. */
const later = ["PARLEY_NATS_URL", "PARLEY_CASSANDRA"];

export type Role = (typeof roles)[number];
export type LlmName = (typeof llmNames)[number];
export type LogLevel = (typeof logLevels)[number];

/** The whole configuration, complete and checked. Lists are in order of preference and never empty. */
export interface Config {
  readonly host: string;
  /** 0: the system chooses */
  readonly port: number;
  readonly apiKey?: string;
  readonly dataDir: string;
  readonly modelsDir: string;
  readonly roles: readonly Role[];
  readonly stt: readonly "moonshine"[];
  readonly llm: readonly LlmName[];
  readonly tts: readonly ("hibari" | "flite")[];
  readonly vad: "silero";
  readonly llmModel: string;
  /** At least one is set when `llm` names `openai`; local endpoints often need no key. */
  readonly openai: { readonly apiKey?: string; readonly baseUrl?: string };
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly maxSessions: number;
  /** Absent: the server's own host, and localhost. */
  readonly origins?: readonly string[];
  readonly logLevel: LogLevel;
  readonly logPii: boolean;
  readonly sttThreads: number;
  readonly ttsThreads: number;
  readonly sttSlots: number;
  readonly llmSlots: number;
  readonly ttsSlots: number;
  /** Shell command */
  readonly recorder?: string;
  readonly tracesExporter: "otlp" | "console" | "none";
}

/** What the machine itself decides. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly cores: number;
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
  return {
    host: v.PARLEY_HOST,
    port: v.PARLEY_PORT,
    ...(v.PARLEY_API_KEY !== undefined && { apiKey: v.PARLEY_API_KEY }),
    dataDir: v.PARLEY_DATA_DIR ?? defaultFolder("data", env, machine),
    modelsDir: v.PARLEY_MODELS_DIR ?? defaultFolder("models", env, machine),
    roles: v.PARLEY_ROLES ?? roles,
    stt: v.PARLEY_STT,
    llm: v.PARLEY_LLM ?? [Object.keys(openai).length > 0 ? "openai" : "builtin"],
    tts: v.PARLEY_TTS,
    vad: v.PARLEY_VAD,
    llmModel: v.PARLEY_LLM_MODEL,
    openai,
    ...(v.PARLEY_TLS_CERT !== undefined &&
      v.PARLEY_TLS_KEY !== undefined && { tls: { certFile: v.PARLEY_TLS_CERT, keyFile: v.PARLEY_TLS_KEY } }),
    maxSessions: v.PARLEY_MAX_SESSIONS,
    ...(v.PARLEY_ORIGINS !== undefined && { origins: v.PARLEY_ORIGINS }),
    logLevel: v.PARLEY_LOG_LEVEL,
    logPii: v.PARLEY_LOG_PII,
    sttThreads,
    ttsThreads,
    sttSlots: v.PARLEY_STT_SLOTS ?? sttThreads,
    llmSlots: v.PARLEY_LLM_SLOTS,
    ttsSlots: v.PARLEY_TTS_SLOTS ?? ttsThreads,
    ...(v.PARLEY_RECORDER !== undefined && { recorder: v.PARLEY_RECORDER }),
    tracesExporter: tracesExporterOf(v),
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

/** Where each system wants a program's data and its cache: XDG base directories, Apple's Library, Windows' local
 *  application data. A relative XDG path is to be ignored, says their specification. */
function defaultFolder(kind: "data" | "models", env: Env, { platform, home }: Machine): string {
  if (platform === "win32") {
    return win32.join(env["LOCALAPPDATA"] ?? win32.join(home, "AppData", "Local"), "parley", kind);
  }
  const xdg = env[kind === "data" ? "XDG_DATA_HOME" : "XDG_CACHE_HOME"];
  const tail = kind === "data" ? ["parley"] : ["parley", "models"];
  if (xdg !== undefined && isAbsolute(xdg)) return posix.join(xdg, ...tail);
  if (platform === "darwin") {
    return posix.join(home, "Library", kind === "data" ? "Application Support" : "Caches", ...tail);
  }
  return posix.join(home, ...(kind === "data" ? [".local", "share"] : [".cache"]), ...tail);
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

function isOrigin(name: string): boolean {
  return URL.canParse(name) && new URL(name).origin === name;
}
