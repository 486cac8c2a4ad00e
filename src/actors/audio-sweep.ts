import type { Clock } from "../lib/clock.ts";
import type { AudioRetention, Store } from "../persistence/store.ts";

/** How often audio that is too old is looked for, ms. */
const sweepEveryMs = 60_000;
/** Between two deletions, so that a large backlog takes a part of the store's time only, ms. */
const deletionPauseMs = 20;

/** Deletes audio that is older than it may be, now and then. Where audio lives as long as its session or not at all,
 *  only what an earlier run of the server left behind is deleted, once.
 *  @param onError told of a failure; what is left is tried again at the next sweep */
export function startAudioSweep(deps: {
  readonly store: Pick<Store, "deleteAudioBefore">;
  readonly retention: AudioRetention;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): { close(): Promise<void> } {
  const { store, retention, clock, onError } = deps;
  if (retention === "forever") return { close: async () => {} };
  const startedAt = clock.now();
  const olderThan = (): number => (typeof retention === "object" ? clock.now() - retention.ms : startedAt);
  let closed = false;
  let endPause = (): void => {};
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  const sweep = async (): Promise<void> => {
    while (!closed && (await store.deleteAudioBefore(olderThan())) === "more") await pause(deletionPauseMs);
  };
  const run = async (): Promise<void> => {
    while (!closed) {
      const swept = await sweep().then(
        () => true,
        (error: unknown) => {
          onError(error);
          return false;
        },
      );
      if (swept && typeof retention !== "object") return;
      if (!closed) await pause(sweepEveryMs);
    }
  };
  const running = run();
  return {
    close: () => {
      closed = true;
      endPause();
      return running;
    },
  };
}
