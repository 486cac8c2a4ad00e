import { spawn } from "node:child_process";
import { chunksOf, Framer } from "../audio/framing.ts";
import { PcmReader } from "../audio/pcm.ts";
import { ParleyError } from "../lib/errors.ts";
import { frameSamples } from "./audio.ts";

/** What a recorder command writes, PCM s16le, mono, 24 kHz, in frames as it comes, until the command ends or `stop`
 *  fires.
 *  @throws {ParleyError} `ERR_BAD_INPUT` when the command failed without a sample */
export async function* microphoneFrames(
  command: string,
  stop: AbortSignal,
): AsyncGenerator<Int16Array, void, undefined> {
  const recorder = spawn(command, { shell: true, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | string>((resolve) => {
    recorder.once("error", (error) => resolve(error.message));
    recorder.once("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
  // The signal may reach only the shell: a recorder that is left over ends when it writes to the pipe that is gone.
  const end = () => {
    recorder.kill();
    recorder.stdout.destroy();
  };
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  const reader = new PcmReader();
  const framer = new Framer(frameSamples);
  let heard = false;
  try {
    for await (const bytes of recorder.stdout) {
      heard = true;
      yield* chunksOf(framer.push(reader.read(bytes as Buffer)), frameSamples);
    }
  } catch (error) {
    if (!stop.aborted) throw error; // destroyed by `end`, the stream reports a premature close
  } finally {
    stop.removeEventListener("abort", end);
    end();
  }
  if (heard || stop.aborted) return;
  throw new ParleyError(
    "ERR_BAD_INPUT",
    `The recorder command gave no audio (it ended with ${await ended}).`,
  );
}
