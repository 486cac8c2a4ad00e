import { Command, InvalidArgumentError, Option } from "commander";
import { benchCancel } from "./cancel.ts";
import { benchCapacity } from "./capacity.ts";
import { benchFrames } from "./frames.ts";
import { benchMemory } from "./memory.ts";
import { benchSpeech } from "./speech.ts";
import { benchTurn } from "./turn.ts";
import { describeMachine, generatorCore, machineLoad, pinSelf } from "./machine.ts";
import { mediansOf, renderReport, writeReport } from "./report.ts";
import type { RunResult, TimedRun } from "./report.ts";

/** What every bench takes. */
interface CommonFlags {
  readonly runs: number;
  readonly out?: string;
  readonly pin: boolean;
  readonly cpuProf?: string;
}

const count = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1.");
  return Number(text);
};

const bench = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option("--runs <count>", "runs, each with a new server; the table shows medians", count, 1)
    .option("--out <file>", "write everything as JSON")
    .option("--cpu-prof <folder>", "write a profile of the server's processor time")
    .option("--no-pin", "leave the processes on any core");

const sessions = (most: number): Option =>
  new Option("--sessions <count>", "clients").argParser(count).default(most);
const seconds = (most: number): Option =>
  new Option("--seconds <seconds>", "how long").argParser(count).default(most);
const vad = (): Option =>
  new Option("--vad <detector>", "detector of speech").choices(["energy", "silero"]).default("energy");
const seed = (): Option => new Option("--seed <number>", "of all random choices").argParser(count).default(1);

const next = (): Option =>
  new Option("--next <when>", "speak again when the answer was played, or when it is done")
    .choices(["played", "done"])
    .default("played");
const speechOption = "WAV to speak with; else tone bursts, or a recording for silero";

type Runner = (settings: { readonly pinned: boolean; readonly profileDir?: string }) => Promise<RunResult>;

/** What the environment sets for the server, beside what the bench sets. Keys stay where they are. */
const parleySettings = (): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith("PARLEY_") && !name.includes("KEY")),
  );

/** Runs a bench as often as asked, prints the table and writes the JSON. */
async function report(name: string, flags: CommonFlags, run: Runner): Promise<void> {
  const { runs: times, out, pin, cpuProf, ...settings } = flags;
  const machine = describeMachine(pin);
  const pinned = machine.pinned === true;
  if (pinned) pinSelf(generatorCore);
  const at = new Date().toISOString();
  const env = parleySettings();
  const runs: TimedRun[] = [];
  for (let each = 0; each < times; each += 1) {
    const loadBefore = machineLoad();
    const result = await run({ pinned, ...(cpuProf !== undefined && { profileDir: cpuProf }) });
    runs.push({ ...result, loadBefore, loadAfter: machineLoad() });
    if (times > 1) process.stderr.write(`bench ${name}: run ${each + 1} of ${times} is done\n`);
  }
  const whole = {
    bench: name,
    at,
    settings: { runs: times, ...settings, ...env },
    machine,
    medians: mediansOf(runs),
    runs,
  };
  process.stdout.write(`${renderReport(whole)}\n`);
  if (out !== undefined) await writeReport(whole, out);
}

type Flags<T> = CommonFlags & Omit<T, "pinned" | "profileDir">;

const program = new Command("bench")
  .description("Measures a server of this build on this machine: docs/bench.md")
  .action(() => program.outputHelp());
program.addCommand(
  bench("turn", "clients that talk: added latency, late and lost turns, every byte of every answer")
    .addOption(sessions(100))
    .addOption(seconds(120))
    .addOption(vad())
    .option("--speech <file>", speechOption)
    .addOption(next())
    .addOption(seed())
    .action((flags: Flags<Parameters<typeof benchTurn>[0]>) =>
      report("turn", flags, (run) => benchTurn({ ...flags, ...run })),
    ),
);

program.addCommand(
  bench("capacity", "more and more clients that talk, until a turn is late or lost")
    .option("--from <count>", "clients of the first step", count, 50)
    .option("--step <count>", "clients that each step adds", count, 50)
    .option("--to <count>", "clients at most", count, 500)
    .addOption(seconds(60))
    .addOption(vad())
    .option("--speech <file>", speechOption)
    .addOption(next())
    .addOption(seed())
    .action((flags: Flags<Parameters<typeof benchCapacity>[0]>) =>
      report("capacity", flags, (run) => benchCapacity({ ...flags, ...run })),
    ),
);
program.addCommand(
  bench("frames", "processor time of an append frame, beside a server that only parses and decodes it")
    .addOption(sessions(200))
    .addOption(seconds(20))
    .option("--rounds <count>", "rounds of each row", count, 3)
    .action((flags: Flags<Parameters<typeof benchFrames>[0]>) =>
      report("frames", flags, (run) => benchFrames({ ...flags, ...run })),
    ),
);
program.addCommand(
  bench("cancel", "clients that cancel in mid-answer: how soon there is silence")
    .addOption(sessions(100))
    .addOption(seconds(120))
    .addOption(vad())
    .addOption(seed())
    .action((flags: Flags<Parameters<typeof benchCancel>[0]>) =>
      report("cancel", flags, (run) => benchCancel({ ...flags, ...run })),
    ),
);
program.addCommand(
  bench("memory", "what one more listening session costs, from a tenth of the sessions to all")
    .addOption(sessions(1_000))
    .addOption(seconds(60))
    .addOption(vad())
    .action((flags: Flags<Parameters<typeof benchMemory>[0]>) =>
      report("memory", flags, (run) => benchMemory({ ...flags, ...run })),
    ),
);
program.addCommand(
  bench("speech", "recorded speech through the real models")
    .addOption(sessions(4))
    .addOption(seconds(60))
    .option("--speech <file>", "WAV to speak with; else the recordings of the tests")
    .addOption(seed())
    .action((flags: Flags<Parameters<typeof benchSpeech>[0]>) =>
      report("speech", flags, (run) => benchSpeech({ ...flags, ...run })),
    ),
);

// by way of "exit", where what was started is ended
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
