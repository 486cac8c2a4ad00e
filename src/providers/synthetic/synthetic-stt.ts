import type { Clock } from "../../lib/clock.ts";
import type { SttProvider } from "../stt.ts";
import type { SyntheticContract } from "./contract.ts";
import { Schedule } from "./schedule.ts";

/** What every utterance is taken for. */
export const syntheticTranscript = "these are the words that were said";

/** A recogniser for load tests: it takes a fixed time and hears the same words in everything. */
export function createSyntheticStt(contract: SyntheticContract, clock: Clock): SttProvider {
  return {
    name: "synthetic",
    async transcribe({ signal }) {
      const schedule = new Schedule(clock, signal);
      try {
        await schedule.reach(contract.sttMs);
        return { text: syntheticTranscript };
      } finally {
        schedule.end();
      }
    },
    close: () => Promise.resolve(),
  };
}
