import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { loadConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { ParleyError } from "./lib/errors.ts";
import { tuneGarbageCollection } from "./lib/garbage-collection.ts";
import { startServer } from "./main.ts";
import { needsModels } from "./main-providers.ts";
import { fetchCommand, fetchWithProgress, verifyCommand } from "./models-command.ts";
import { talk } from "./talk/talk.ts";

/** How long a leaving server may take, ms; then it is ended. */
const leaveMsMax = 20_000;

const io = { stdout: process.stdout, stderr: process.stderr };

/** Runs one command. Sets the exit code; never throws.
 *  @param argv without node and script */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command("parley").description(
    "A voice-agent server that speaks the OpenAI Realtime protocol",
  );
  program.command("serve", { isDefault: true }).description("start the server").action(serve);
  program
    .command("talk")
    .description("speak a recording to a server and hear its answer")
    .argument("[file]", "WAV file, PCM 16 bit")
    .option("--url <url>", "address of the server")
    .option("--out <file>", "write the answer's audio as WAV")
    .option("--json", "print one JSON object", false)
    .option("--mic", "speak by the command in PARLEY_RECORDER instead of a file", false)
    .option("--insecure", "accept any certificate", false)
    .action(talkTo);
  const models = program.command("models").description("the speech models on this machine");
  models
    .command("fetch")
    .description("fetch what is missing, check all of it")
    .action(async () => void (process.exitCode = await fetchCommand(loadConfig().modelsDir, io)));
  models
    .command("verify")
    .description("check every file")
    .action(async () => void (process.exitCode = await verifyCommand(loadConfig().modelsDir, io)));
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof ParleyError) process.stderr.write(`parley: ${error.message}\n`);
    else
      process.stderr.write(
        `parley: unexpected failure\n${error instanceof Error ? error.stack : String(error)}\n`,
      );
  }
}

async function serve(): Promise<void> {
  tuneGarbageCollection();
  const config = loadConfig();
  const modelsReady =
    !needsModels(config) || (await fetchWithProgress(config.modelsDir, process.stderr)) !== "unavailable";
  const server = await startServer(config, modelsReady);
  for (const limit of server.limits) process.stdout.write(`${limit}\n`);
  process.stdout.write(`Parley serves on ${server.url}\n`);
  if (server.apiKeyIsNew) {
    process.stdout.write(
      `Key, shown this once and kept in ${join(config.dataDir, "api-key")}: ${server.apiKey}\n`,
    );
  }
  const leave = (): void => {
    const overdue = setTimeout(() => process.exit(1), leaveMsMax);
    void server.close().then(() => {
      clearTimeout(overdue);
      process.exit(0);
    });
  };
  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);
}

interface TalkFlags {
  readonly url?: string;
  readonly out?: string;
  readonly json: boolean;
  readonly mic: boolean;
  readonly insecure: boolean;
}

async function talkTo(file: string | undefined, flags: TalkFlags): Promise<void> {
  const config = loadConfig();
  if (flags.mic && config.recorder === undefined) {
    throw new ParleyError("ERR_CONFIG", "--mic needs the recorder's command in PARLEY_RECORDER");
  }
  if (!flags.mic && file === undefined) throw new ParleyError("ERR_CONFIG", "name a WAV file, or use --mic");
  const scheme = config.tls === undefined ? "ws" : "wss";
  process.exitCode = await talk(
    {
      ...(file !== undefined && { file }),
      url: flags.url ?? `${scheme}://${config.host}:${config.port}/v1/realtime`,
      apiKey: await keyOf(config),
      ...(flags.out !== undefined && { out: flags.out }),
      json: flags.json,
      ...(flags.mic && config.recorder !== undefined && { mic: config.recorder }),
      insecure: flags.insecure,
    },
    io,
  );
}

async function keyOf(config: Config): Promise<string> {
  if (config.apiKey !== undefined) return config.apiKey;
  try {
    return (await readFile(join(config.dataDir, "api-key"), "utf8")).trim();
  } catch (cause) {
    throw new ParleyError("ERR_CONFIG", "set PARLEY_API_KEY to the server's key", { cause });
  }
}

if (process.argv[1]?.endsWith("cli.ts") === true) await run(process.argv.slice(2));
