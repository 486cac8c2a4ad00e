import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** How much larger than what is alive the heap grows before it is collected whole, per cent. V8 decides by what a batch
 *  program would like, and audio passes through as buffers that count as growth: with a hundred talking sessions it
 *  collected a heap of 25 MB twice a second. */
const growthPercent = 300;

/** Sets the collector of this process up for many short pauses and none long. Before there are worker threads.
 *
 *  On a single core its helper threads can only take turns with the event loop: while four of them mark, the loop has a
 *  fifth of the core, and conversations stall for 50 to 150 ms. There the event loop's thread collects alone, in steps. */
export function tuneGarbageCollection(cores: number = availableParallelism()): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  if (cores > 1) return;
  setFlagsFromString("--no-concurrent-marking");
  setFlagsFromString("--no-parallel-scavenge");
}
