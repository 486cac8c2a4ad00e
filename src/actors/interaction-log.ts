import type { Clock } from "../lib/clock.ts";
import { errorCode } from "../lib/errors.ts";
import type { Store, VoiceInteraction } from "../persistence/store.ts";
import type { Logger } from "../telemetry/logs.ts";

/** Records that may wait; what comes beyond is dropped and counted, the voice is never held up. */
const waitingMax = 4_096;
const batchMax = 256;
/** Records are written together this often, ms. */
const writeEveryMs = 250;

export interface InteractionLog {
  /** Takes a record without waiting. */
  readonly record: (interaction: VoiceInteraction) => void;
  readonly dropped: number;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Writes interaction records behind the voice. */
export function createInteractionLog(
  store: Pick<Store, "putInteractions">,
  clock: Clock,
  logger: Logger,
): InteractionLog {
  let waiting: VoiceInteraction[] = [];
  let dropped = 0;
  let writing: Promise<void> | undefined;
  let cancel: (() => void) | undefined;

  const write = async (): Promise<void> => {
    cancel = undefined;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax);
      try {
        await store.putInteractions(batch);
      } catch (error) {
        dropped += batch.length;
        logger.warn({ code: errorCode(error), dropped: batch.length }, "interaction records were lost");
        return;
      }
    }
  };
  const start = (): Promise<void> => {
    writing = (writing ?? Promise.resolve()).then(write);
    return writing;
  };
  return {
    record(interaction) {
      if (waiting.length >= waitingMax) {
        dropped += 1;
        return;
      }
      waiting.push(interaction);
      cancel ??= clock.after(writeEveryMs, () => void start());
    },
    get dropped() {
      return dropped;
    },
    async close() {
      cancel?.();
      await start();
    },
  };
}
