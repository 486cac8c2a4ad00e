import { afterEach, describe, expect, it } from "vitest";
import { contract } from "./support/synthetic-contract.ts";
import { samplesFromBytes } from "../src/audio/pcm.ts";
import { createEnergyVad } from "../src/providers/energy/energy.ts";
import { createSyntheticLlm, syntheticTokens } from "../src/providers/synthetic/synthetic-llm.ts";
import { createSyntheticStt, syntheticTranscript } from "../src/providers/synthetic/synthetic-stt.ts";
import { createSyntheticTts, magnitudeOf } from "../src/providers/synthetic/synthetic-tts.ts";
import type { FakeClock } from "./contracts/fake-clock.ts";
import type { Received } from "./support/log-before-event.ts";
import { outcomes, SmallServer, transcripts } from "./support/small-server.ts";
import type { Client } from "./support/small-server.ts";

const providers = (clock: FakeClock) => ({
  stt: createSyntheticStt(contract, clock),
  llm: createSyntheticLlm(contract, clock),
  tts: createSyntheticTts(contract, clock),
  vad: createEnergyVad(),
});

const audioOf = (event: Received): Int16Array =>
  samplesFromBytes(Buffer.from(event["delta"] as string, "base64"));

/** The magnitudes in an answer's audio. */
function magnitudesOf(client: Client, response: string): number[] {
  const deltas = client
    .of("response.output_audio.delta")
    .filter((event) => event["response_id"] === response);
  return [...new Set(deltas.flatMap((delta) => [...audioOf(delta)].map(Math.abs)))];
}

let server: SmallServer | undefined;
afterEach(async () => server?.end());

describe("a turn of synthetic parts", () => {
  it("is spoken as the contract says, each answer of the session in a magnitude of its own", async () => {
    server = new SmallServer({ providers });
    const { clock } = server;
    const client = server.open();
    client.configure({ turn_detection: { type: "server_vad", silence_duration_ms: 200 } });
    client.send("session.update", { session: { type: "realtime", output_modalities: ["audio"] } });
    await server.settle();
    for (let turn = 0; turn < 2; turn += 1) {
      const seen = new Map<string, number>();
      client.onEvent = ({ type }) => void (seen.has(type) || seen.set(type, clock.monotonic()));
      client.speak(600, 2_000);
      client.speak(400, 0);
      await server.run(2_000, 1);
      const at = (type: string): number => (seen.get(type) ?? NaN) - (seen.get("response.created") ?? NaN);
      // the utterance was handed over in the pause before its turn ended, all at the same moment here
      expect(at("conversation.item.input_audio_transcription.completed")).toBe(50);
      expect(at("response.output_audio.delta")).toBe(50 + 50 + 9 * 5 + 30);
    }
    expect(transcripts(client).map((entry) => (entry as unknown[])[1])).toEqual([
      syntheticTranscript,
      syntheticTranscript,
    ]);
    expect(outcomes(client)).toEqual(["completed", "completed"]);
    const ids = client.of("response.created").map((event) => (event["response"] as { id: string }).id);
    expect(ids.map((id) => magnitudesOf(client, id))).toEqual([[magnitudeOf(0)], [magnitudeOf(1)]]);
    const samples = client.of("response.output_audio.delta").reduce((sum, e) => sum + audioOf(e).length, 0);
    expect(samples).toBe(2 * 20 * 300 * 24);
    const [said] = client.of("response.output_audio_transcript.done");
    expect(said?.["transcript"]).toBe(syntheticTokens(contract).join(""));
  });
});
