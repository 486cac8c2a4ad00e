import { readFile, writeFile } from "node:fs/promises";
import { concatSamples } from "../audio/pcm.ts";
import { readWav, type Wav, writeWav } from "../audio/wav.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { ParleyError } from "../lib/errors.ts";
import { inRealTime, recordingFrames, sessionRate } from "./audio.ts";
import { Call } from "./call.ts";
import type { Conversation } from "./conversation.ts";
import { microphoneFrames } from "./microphone.ts";
import { latencyTable, medianLatencies } from "./report.ts";

export interface TalkOptions {
  /** A WAV file; not read when `mic` is given. */
  readonly file?: string;
  readonly url: string;
  readonly apiKey: string;
  /** Where the answers' audio goes, as one WAV file. */
  readonly out?: string;
  readonly json: boolean;
  /** Shell command that writes PCM s16le, mono, 24 kHz to its standard output. */
  readonly mic?: string;
  /** Take any certificate. */
  readonly insecure?: boolean;
}

interface Output {
  write(text: string): unknown;
}

export interface TalkIo {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A session lives for an hour. */
const recordingSecondsMax = 3_600;

/** Speaks a recording (or a microphone) to a Realtime server as a stock client would, and prints what was understood
 *  and answered, and how long it took.
 *  @returns the exit code: 1 when anything went wrong; then a sentence on standard error says what */
export async function talk(options: TalkOptions, io: TalkIo, clock: Clock = systemClock): Promise<number> {
  try {
    const problems = await hold(options, io, clock);
    for (const problem of problems) io.stderr.write(`${problem}\n`);
    return problems.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function hold(options: TalkOptions, io: TalkIo, clock: Clock): Promise<readonly string[]> {
  const recording = options.mic === undefined ? await readRecording(options.file) : undefined;
  const live = recording === undefined && !options.json;
  const call = new Call({
    url: options.url,
    apiKey: options.apiKey,
    insecure: options.insecure === true,
    clock,
    keepAudio: options.out !== undefined,
    onSaid: (who, text) => {
      if (live) io.stdout.write(`${who === "user" ? ">" : "<"} ${text}\n`);
    },
  });
  const problems: string[] = [];
  try {
    await call.open();
    if (recording !== undefined) await call.speak(inRealTime(recordingFrames(recording), clock));
    else await speakIntoMicrophone(call, options.mic ?? "", io);
  } catch (error) {
    // What was understood until then is still worth printing.
    if (!(error instanceof ParleyError)) throw error;
    problems.push(error.message);
  } finally {
    await call.close();
  }
  problems.push(...call.conversation.problems);
  await report(call.conversation, options, io, problems);
  return problems;
}

async function speakIntoMicrophone(call: Call, command: string, io: TalkIo): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort(); // once: the second Ctrl-C ends the process
  process.once("SIGINT", onInterrupt);
  io.stderr.write("Speak now; Ctrl-C ends.\n");
  try {
    await call.speak(microphoneFrames(command, AbortSignal.any([stop.signal, call.broken])));
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}

async function report(
  conversation: Conversation,
  { json, out }: TalkOptions,
  { stdout, stderr }: TalkIo,
  problems: string[],
): Promise<void> {
  const { turns, understood, answered, audio } = conversation;
  if (turns.length === 0) {
    if (problems.length === 0) problems.push("The server heard no speech.");
    return;
  }
  if (understood === "" && problems.length === 0)
    problems.push("The server heard speech, but no words in it.");
  if (json) {
    const latency_ms = medianLatencies(turns);
    stdout.write(`${JSON.stringify({ understood, answered, latency_ms, turns: turns.length })}\n`);
  } else {
    stdout.write(`understood: ${understood}\nanswered:   ${answered}\n\n${latencyTable(turns)}\n`);
  }
  if (out === undefined || audio.length === 0) return;
  const samples = concatSamples(audio);
  await writeOut(out, { sampleRate: sessionRate, samples });
  stderr.write(`Wrote ${(samples.length / sessionRate).toFixed(1)} s of speech to ${out}.\n`);
}

async function readRecording(file: string | undefined): Promise<Wav> {
  if (file === undefined) throw new ParleyError("ERR_BAD_INPUT", "Name a WAV file, or speak with --mic.");
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ParleyError("ERR_BAD_INPUT", `${file} cannot be read${reasonOf(error)}.`, { cause: error });
  });
  const wav = readNamed(file, bytes);
  const seconds = wav.samples.length / wav.sampleRate;
  if (seconds === 0) throw new ParleyError("ERR_BAD_INPUT", `${file} holds no audio.`);
  if (seconds > recordingSecondsMax) {
    throw new ParleyError("ERR_BAD_INPUT", `${file} is longer than a session, ${recordingSecondsMax} s.`);
  }
  return wav;
}

function readNamed(file: string, bytes: Uint8Array): Wav {
  try {
    return readWav(bytes);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new ParleyError("ERR_BAD_INPUT", `${file}: ${error.message}.`, { cause: error });
  }
}

async function writeOut(file: string, wav: Wav): Promise<void> {
  await writeFile(file, writeWav(wav)).catch((error: unknown) => {
    throw new ParleyError("ERR_BAD_INPUT", `${file} cannot be written${reasonOf(error)}.`, { cause: error });
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
}
