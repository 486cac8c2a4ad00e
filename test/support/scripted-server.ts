import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { bytesFromSamples, samplesFromBytes } from "../../src/audio/pcm.ts";

type Say = (event: object) => void;
/** What the server says once this much audio has come, ms. */
export type Script = readonly { readonly at: number; readonly say: (say: Say, socket: WebSocket) => void }[];

export interface ScriptedServer {
  readonly url: string;
  /** Client events without the audio. */
  readonly events: Record<string, unknown>[];
  readonly keys: (string | undefined)[];
  readonly audio: Int16Array[];
  close(): Promise<void>;
}

/** A Realtime server that follows a script by the audio it has received, so that no test depends on time.
 *  @param options.key the one that opens it
 *  @param options.configure false: a session.update is never answered */
export async function startScriptedServer(
  script: Script,
  options: { readonly key: string; readonly configure: boolean },
): Promise<ScriptedServer> {
  const seen: Pick<ScriptedServer, "events" | "keys" | "audio"> = { events: [], keys: [], audio: [] };
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    verifyClient: ({ req }, done) => {
      seen.keys.push(req.headers.authorization);
      done(req.headers.authorization === `Bearer ${options.key}`, 401, "Unauthorized");
    },
  });
  server.on("connection", (socket) => {
    let receivedMs = 0;
    const left = [...script];
    const say: Say = (event) => socket.send(JSON.stringify({ event_id: "event_x", ...event }));
    say({ type: "session.created", session: {} });
    socket.on("message", (data: Buffer) => {
      const event = JSON.parse(data.toString("utf8")) as Record<string, unknown>;
      if (event["type"] === "session.update" && options.configure) {
        say({ type: "session.updated", session: {} });
      }
      if (event["type"] !== "input_audio_buffer.append") return void seen.events.push(event);
      const samples = samplesFromBytes(Buffer.from(event["audio"] as string, "base64"));
      seen.audio.push(samples);
      receivedMs += samples.length / 24;
      while (left[0] !== undefined && left[0].at <= receivedMs) left.shift()?.say(say, socket);
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    ...seen,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`,
    close: () =>
      new Promise((resolve) => {
        for (const client of server.clients) client.terminate();
        server.close(() => resolve());
      }),
  };
}

/** Speech from `startMs` to `endMs` and its answer, as the server says them. */
export function scriptedTurn(
  n: number,
  startMs: number,
  endMs: number,
  heard: string,
  answer: string,
): Script {
  const item_id = `item_${n}`;
  const part = { response_id: `resp_${n}`, item_id: `item_a${n}`, output_index: 0, content_index: 0 };
  const audio = Buffer.from(bytesFromSamples(new Int16Array(240).fill(n))).toString("base64");
  const words = answer.split(" ");
  return [
    {
      at: startMs + 100,
      say: (say) => say({ type: "input_audio_buffer.speech_started", audio_start_ms: startMs, item_id }),
    },
    {
      at: endMs + 500,
      say: (say) => {
        say({ type: "input_audio_buffer.speech_stopped", audio_end_ms: endMs + 500, item_id });
        say({ type: "input_audio_buffer.committed", item_id, previous_item_id: null });
        say({ type: "response.created", response: { id: part.response_id, status: "in_progress" } });
      },
    },
    {
      at: endMs + 700,
      say: (say) =>
        say({
          type: "conversation.item.input_audio_transcription.completed",
          item_id,
          content_index: 0,
          transcript: heard,
        }),
    },
    {
      at: endMs + 900,
      say: (say) => {
        for (const [i, word] of words.entries()) {
          const delta = i === 0 ? word : ` ${word}`;
          say({ type: "response.output_audio_transcript.delta", ...part, delta });
        }
      },
    },
    { at: endMs + 1_100, say: (say) => say({ type: "response.output_audio.delta", ...part, delta: audio }) },
    {
      at: endMs + 1_300,
      say: (say) => say({ type: "response.done", response: { id: part.response_id, status: "completed" } }),
    },
  ];
}
