import { z } from "zod";

export const roles = ["gateway", "stt", "llm", "tts", "recorder"] as const;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
const sttNames = ["moonshine", "synthetic"] as const;
const llmNames = ["openai", "builtin", "synthetic"] as const;
const ttsNames = ["hibari", "flite", "synthetic"] as const;
const vadNames = ["silero", "energy"] as const;

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
const msPer = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** `none`, `session`, `forever`, or a whole number of minutes, hours or days as milliseconds. */
const retention = () =>
  z.string().transform((text, context): "none" | "session" | "forever" | { readonly ms: number } => {
    if (text === "none" || text === "session" || text === "forever") return text;
    const [, number = "", unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
    if (number !== "") return { ms: Number(number) * msPer[unit as keyof typeof msPer] };
    context.addIssue("expected none, session, forever, or a time like 30m, 12h or 90d");
    return z.NEVER;
  });

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
  PARLEY_STT: listOf(oneOf(sttNames))
    .default(["moonshine"])
    .describe(`Speech recognisers, in order of preference: ${sttNames.join(", ")}`),
  PARLEY_LLM: listOf(oneOf(llmNames))
    .optional()
    .describe(`Language models, in order of preference: ${llmNames.join(", ")}`)
    .meta({ shownDefault: "`openai` when its key or base URL is set, else `builtin`" }),
  PARLEY_LLM_MODEL: text().default("gpt-4o-mini").describe("Model that the `openai` provider asks for"),
  PARLEY_LLM_CONTEXT_TOKENS: integer(1_024, 10_000_000)
    .default(32_768)
    .describe("Tokens that the language model reads and writes at once; `truncation` says what goes"),
  PARLEY_OPENAI_API_KEY: text()
    .optional()
    .describe("Key of the OpenAI-compatible endpoint")
    .meta({ shownDefault: "`OPENAI_API_KEY`" }),
  PARLEY_OPENAI_BASE_URL: url()
    .optional()
    .describe("Address of an OpenAI-compatible endpoint, such as `http://127.0.0.1:11434/v1`")
    .meta({ shownDefault: "`OPENAI_BASE_URL`, else OpenAI's own" }),
  PARLEY_TTS: listOf(oneOf(ttsNames))
    .default(["hibari", "flite"])
    .describe(`Voices, in order of preference: ${ttsNames.join(", ")}`),
  PARLEY_VAD: oneOf(vadNames)
    .default("silero")
    .describe("Detector of speech and pauses: silero, or energy, which takes every sound for speech"),
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
  PARLEY_AUDIO_RETENTION: retention()
    .default("session")
    .describe(
      "How long audio of a conversation is kept: `none`, `session`, a time after it was written like `12h` or `30d`, `forever`",
    ),
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
    .meta({ shownDefault: "`PARLEY_STT_THREADS`; 1000 when `synthetic` comes first" }),
  PARLEY_LLM_SLOTS: integer(1, 10_000)
    .optional()
    .describe("Answers that are generated at once")
    .meta({ shownDefault: "64; 1000 when `synthetic` comes first" }),
  PARLEY_TTS_SLOTS: integer(1, 1_000)
    .optional()
    .describe("Segments that are synthesised at once")
    .meta({ shownDefault: "`PARLEY_TTS_THREADS`; 1000 when `synthetic` comes first" }),
  PARLEY_SYNTHETIC_STT_MS: integer(0, 60_000)
    .default(50)
    .describe("Synthetic recogniser: ms from an utterance to its text"),
  PARLEY_SYNTHETIC_LLM_FIRST_MS: integer(0, 60_000)
    .default(50)
    .describe("Synthetic model: ms from a request to the first token"),
  PARLEY_SYNTHETIC_LLM_TOKEN_MS: integer(0, 60_000)
    .default(5)
    .describe("Synthetic model: ms from each token to the next"),
  PARLEY_SYNTHETIC_LLM_SENTENCES: integer(1, 100)
    .default(2)
    .describe("Synthetic model: sentences of an answer"),
  PARLEY_SYNTHETIC_LLM_WORDS: integer(1, 100)
    .default(10)
    .describe("Synthetic model: words of a sentence, each a token"),
  PARLEY_SYNTHETIC_TTS_FIRST_MS: integer(0, 60_000)
    .default(30)
    .describe("Synthetic voice: ms from a segment to its first chunk of 100 ms of audio"),
  PARLEY_SYNTHETIC_TTS_CHUNK_MS: integer(0, 60_000)
    .default(10)
    .describe("Synthetic voice: ms from each chunk to the next"),
  PARLEY_SYNTHETIC_TTS_WORD_MS: integer(1, 10_000)
    .default(300)
    .describe("Synthetic voice: ms of audio for each word"),
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

export type Role = (typeof roles)[number];
export type SttName = (typeof sttNames)[number];
export type LlmName = (typeof llmNames)[number];
export type TtsName = (typeof ttsNames)[number];
export type LogLevel = (typeof logLevels)[number];

export type VadName = (typeof vadNames)[number];
export type Variables = z.infer<typeof variables>;

function isOrigin(name: string): boolean {
  return URL.canParse(name) && new URL(name).origin === name;
}
