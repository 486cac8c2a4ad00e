/** The directions of imports. A file of `src` belongs to one layer and imports only its own and the layers named
 *  beside it; `scripts/directions.mjs` runs this and fails for a file that no layer takes.
 *  Tests may import anything: they are not layered, and nothing of `src` may import them. */

/** Helpers that adapters share: not adapters themselves. */
const helperFolders = "(?:onnx|normalise|models)";
const base = ["lib", "protocol", "audio", "ports", "telemetry"];
const core = [...base, "actors", "skills"];

/** Layer → where it lives, and what it may import besides itself. */
export const layers = {
  lib: { path: "^src/lib/", imports: [] },
  protocol: { path: "^src/protocol/", imports: ["lib"] },
  audio: { path: "^src/audio/", imports: ["lib"] },
  ports: {
    path: "^src/(?:transport/(?:transport|subjects)|persistence/(?:store|projection)|providers/(?:stt|llm|tts|vad|turn-end))\\.ts$",
    imports: ["lib", "protocol", "audio"],
  },
  telemetry: { path: "^src/telemetry/", imports: ["lib", "protocol", "audio", "ports"] },
  actors: { path: "^src/actors/", imports: [...base, "skills"] },
  skills: { path: "^src/skills/", imports: [...base, "actors"] },
  gateway: { path: "^src/gateway/", imports: core },
  helpers: {
    path: `^src/providers/(?:${helperFolders}/|(?:breaker|failover|unavailable)\\.ts$)`,
    imports: base,
  },
  adapters: {
    path: `^src/(?:transport/[^/]+/|persistence/[^/]+/|providers/(?!${helperFolders}/)[^/]+/)`,
    imports: [...base, "helpers"],
  },
  config: { path: "^src/config[^/]*\\.ts$", imports: ["lib"] },
  talk: { path: "^src/talk/", imports: ["lib", "protocol", "audio"] },
  main: {
    path: "^src/(?:main[^/]*|cli|[^/]+-command)\\.ts$",
    imports: [...core, "gateway", "helpers", "adapters", "config", "talk"],
  },
};

export const tests = "\\.test\\.ts$|^test/";

const direction = ([name, { path, imports }]) => ({
  name: `direction-${name}`,
  comment: `${name} may import ${[name, ...imports].join(", ")}`,
  severity: "error",
  from: { path, pathNot: tests },
  to: { path: "^src/", pathNot: [path, ...imports.map((each) => layers[each].path)] },
});

/** @param {string} name a package; its only importers are files matching `importers`, and tests */
const onlyFrom = (name, importers) => ({
  name: `only-from-${name}`,
  comment: `${name} is imported from ${importers} only`,
  severity: "error",
  from: { path: "^src/", pathNot: [importers, tests] },
  to: { path: `(?:^|/)node_modules/${name.replaceAll(".", "\\.")}/` },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(layers).map(direction),
    {
      name: "adapters-apart",
      comment: "an adapter knows no other adapter",
      severity: "error",
      from: { path: "^src/([^/]+/[^/]+)/", pathNot: tests },
      to: { path: layers.adapters.path, pathNot: ["^src/$1/"] },
    },
    onlyFrom("nact", "^src/actors/runtime/nact-host\\.ts$"),
    onlyFrom("uWebSockets.js", "^src/gateway/uws\\.ts$"),
    onlyFrom("ws", "^src/talk/"),
    {
      name: "no-tests-in-production",
      comment: "what ships needs no test file and no development package",
      severity: "error",
      from: { path: "^src/", pathNot: tests },
      to: { path: [tests, "^scripts/", "^bench/", "^examples/"] },
    },
    {
      name: "no-development-package",
      comment: "a package that production imports is a dependency",
      severity: "error",
      from: { path: "^src/", pathNot: tests },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"] },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
  },
};
