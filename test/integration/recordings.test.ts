import { expect, it } from "vitest";
import { readRecordings } from "../support/recordings.ts";
import type { Recording } from "../support/recordings.ts";
import { startTestServer } from "../support/server.ts";
import { addWordErrors, wordErrors } from "../support/wer.ts";
import { configure, connect, disconnect } from "./socket.ts";
import { silence, spoken, streamInRealTime } from "./speech.ts";

/** Words wrong among those spoken. */
const wrongShareMax = 6 / 81;

/** Silence that is sent after a recording, ms: the silence that ends a turn, and room for a busy machine. */
const silenceMs = 1_500;

/** What the server understood of a recording that is spoken to it as a stock client does, turn by turn. */
async function understood(url: string, recording: Recording): Promise<string> {
  const client = await connect(url);
  const { log, send } = client;
  // answers off: the recording goes on after a pause, whatever the server would say to its first half
  const turn_detection = { type: "server_vad", create_response: false, interrupt_response: false };
  send(configure({ audio: { input: { turn_detection, transcription: { model: "parley" } } } }));
  await log.next("session.updated");
  const audio = Buffer.concat([silence(300), spoken(recording), silence(silenceMs)]);
  await streamInRealTime(audio, (frame) => send({ type: "input_audio_buffer.append", audio: frame }));
  await log.next("input_audio_buffer.committed");
  const words: string[] = [];
  while (words.length < log.all("input_audio_buffer.committed").length) {
    const { transcript } = await log.next("conversation.item.input_audio_transcription.completed");
    words.push(String(transcript));
  }
  expect(log.all("input_audio_buffer.speech_stopped")).toHaveLength(words.length);
  log.finish();
  await disconnect(client);
  return words.join(" ");
}

it("[SPK-1] understands the recordings through the whole server, in real time and all at once", async () => {
  const server = await startTestServer();
  try {
    const recordings = await readRecordings();
    const results = await Promise.all(
      recordings.map(async (recording) => {
        const heard = await understood(server.url, recording);
        return { ...wordErrors(recording.reference, heard), file: recording.file, heard };
      }),
    );
    const { errors, words } = addWordErrors(results);
    const report = results
      .map((result) => `${result.file}: ${result.errors} of ${result.words}, “${result.heard}”`)
      .join("\n");
    process.stdout.write(`Words wrong: ${errors} of ${words}\n${report}\n`);
    expect(words).toBeGreaterThan(50);
    expect(errors / words).toBeLessThanOrEqual(wrongShareMax);
  } finally {
    await server.close();
  }
});
