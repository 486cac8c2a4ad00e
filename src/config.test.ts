import assert from "node:assert";
import { describe, expect, it } from "vitest";
import { contract } from "../test/support/synthetic-contract.ts";
import { variables } from "./config-variables.ts";
import { loadConfig } from "./config.ts";
import { ParleyError } from "./lib/errors.ts";

const linux = { platform: "linux", home: "/homes/me", cores: 8 } as const;
const load = (env: Record<string, string> = {}) => loadConfig(env, linux);

function faultsOf(env: Record<string, string>): string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    assert(error instanceof ParleyError && error.code === "ERR_CONFIG");
    return error.message.split("\n").slice(1);
  }
}

describe("configuration", () => {
  it("is complete with nothing set", () => {
    expect(load()).toEqual({
      host: "127.0.0.1",
      port: 8080,
      dataDir: "/homes/me/.local/share/parley",
      modelsDir: "/homes/me/.cache/parley/models",
      roles: ["gateway", "stt", "llm", "tts", "recorder"],
      stt: ["moonshine"],
      llm: ["builtin"],
      tts: ["hibari", "flite"],
      vad: "silero",
      llmModel: "gpt-4o-mini",
      llmContextTokens: 32_768,
      openai: {},
      maxSessions: 1_000,
      logLevel: "info",
      logPii: false,
      sttThreads: 4,
      ttsThreads: 4,
      sttSlots: 4,
      llmSlots: 64,
      ttsSlots: 4,
      ttsFirstSlots: 1,
      synthetic: contract,
      tracesExporter: "none",
      audioRetention: "session",
    });
  });

  it("gives synthetic providers as many slots as there may be sessions", () => {
    const all = load({ PARLEY_STT: "synthetic", PARLEY_LLM: "synthetic", PARLEY_TTS: "synthetic" });
    expect([all.sttSlots, all.llmSlots, all.ttsSlots, all.ttsFirstSlots]).toEqual([
      1_000, 1_000, 1_000, 1_000,
    ]);
    const spare = load({ PARLEY_STT: "moonshine,synthetic", PARLEY_TTS: "flite,synthetic" });
    expect([spare.sttSlots, spare.ttsSlots, spare.ttsFirstSlots]).toEqual([4, 4, 1]);
    expect(load({ PARLEY_TTS: "synthetic", PARLEY_TTS_SLOTS: "7" })).toMatchObject({
      ttsSlots: 7,
      ttsFirstSlots: 7,
    });
  });

  it("lists every fault in one error and quotes no value", () => {
    const faults = faultsOf({
      PARLEY_PORT: "http",
      PARLEY_MAX_SESSIONS: "0",
      PARLEY_TTS: "hibari,festival",
      PARLEY_API_KEY: "my secret",
      PARLEY_PROT: "8080",
      PARLEY_TLS_CERT: "/nowhere/cert.pem",
      PARLEY_NATS_URL: "nats://127.0.0.1",
    });
    expect(faults).toHaveLength(8);
    expect(faults.join("\n")).toContain("PARLEY_TTS: expected one of: hibari, flite, synthetic");
    expect(faults.join("\n")).toContain("PARLEY_PROT: no such variable");
    expect(faults.join("\n")).toContain("PARLEY_TLS_KEY: needed");
    expect(faults.join("\n")).toContain("one machine only");
    expect(faults.join("\n")).not.toContain("my secret");
  });

  it.each(["", "8080"])("takes an empty variable as not set (%j)", (port) => {
    expect(load({ PARLEY_PORT: port }).port).toBe(8080);
  });

  it.each(["-1", "65536", "8080.5", "0x50", "1e3", " 80"])("refuses port %j", (port) => {
    expect(faultsOf({ PARLEY_PORT: port })).toHaveLength(1);
  });

  it("chooses the language model by what is set", () => {
    expect(load({ OPENAI_API_KEY: "k" })).toMatchObject({ llm: ["openai"], openai: { apiKey: "k" } });
    expect(load({ OPENAI_BASE_URL: "http://localhost:1/v1" }).llm).toEqual(["openai"]);
    expect(load({ OPENAI_API_KEY: "k", PARLEY_LLM: "builtin" }).llm).toEqual(["builtin"]);
    expect(load({ OPENAI_API_KEY: "k", PARLEY_OPENAI_API_KEY: "ours" }).openai).toEqual({ apiKey: "ours" });
    expect(faultsOf({ PARLEY_LLM: "openai,builtin" })).toHaveLength(1);
  });

  it("reads lists in order, each name once", () => {
    expect(load({ PARLEY_TTS: " flite, hibari,flite" }).tts).toEqual(["flite", "hibari"]);
    expect(faultsOf({ PARLEY_TTS: " , " })).toHaveLength(1);
  });

  it("reads how long audio is kept", () => {
    const kept = (text: string) => load({ PARLEY_AUDIO_RETENTION: text }).audioRetention;
    expect(["none", "session", "forever"].map(kept)).toEqual(["none", "session", "forever"]);
    expect(["30m", "12h", "30d"].map(kept)).toEqual(
      [1_800_000, 43_200_000, 2_592_000_000].map((ms) => ({ ms })),
    );
    for (const wrong of ["0d", "12", "1.5h", "30 d", "100000d", "never"])
      expect(faultsOf({ PARLEY_AUDIO_RETENTION: wrong })).toEqual([
        expect.stringContaining("30m, 12h or 90d"),
      ]);
  });

  it("takes origins only in full", () => {
    expect(load({ PARLEY_ORIGINS: "https://a.example,*" }).origins).toEqual(["https://a.example", "*"]);
    expect(faultsOf({ PARLEY_ORIGINS: "a.example" })).toHaveLength(1);
    expect(faultsOf({ PARLEY_ORIGINS: "https://a.example/" })).toHaveLength(1);
  });

  it("finds the folders of each system", () => {
    const folders = (env: Record<string, string>, platform: NodeJS.Platform, home: string) => {
      const { dataDir, modelsDir } = loadConfig(env, { platform, home, cores: 1 });
      return [dataDir, modelsDir];
    };
    expect(folders({ XDG_DATA_HOME: "/d", XDG_CACHE_HOME: "relative" }, "linux", "/h")).toEqual([
      "/d/parley",
      "/h/.cache/parley/models",
    ]);
    expect(folders({}, "darwin", "/Users/me")).toEqual([
      "/Users/me/Library/Application Support/parley",
      "/Users/me/Library/Caches/parley/models",
    ]);
    expect(folders({ LOCALAPPDATA: "C:\\Local" }, "win32", "C:\\Users\\me")).toEqual([
      "C:\\Local\\parley\\data",
      "C:\\Local\\parley\\models",
    ]);
  });

  it("sends traces only when asked", () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" };
    expect(load(endpoint).tracesExporter).toBe("otlp");
    expect(load({ ...endpoint, OTEL_TRACES_EXPORTER: "none" }).tracesExporter).toBe("none");
    expect(load({ ...endpoint, OTEL_SDK_DISABLED: "true" }).tracesExporter).toBe("none");
    expect(load({ OTEL_TRACES_EXPORTER: "console" }).tracesExporter).toBe("console");
  });

  it("describes every variable", () => {
    const silent = Object.entries(variables.shape).filter(([, schema]) => !schema.description);
    expect(silent).toEqual([]);
  });
});
