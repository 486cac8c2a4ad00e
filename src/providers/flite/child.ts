import { createFliteEngine } from "./engine.ts";

/** What the child process is asked, one after the other. */
export interface FliteCall {
  readonly id: number;
  readonly text: string;
  readonly stretch: number;
  readonly pauseMs: number;
}

/** Its answers, in the order of the calls; the one with id 0 says that it is ready. */
export interface FliteAnswer {
  readonly id: number;
  /** Undefined: the engine failed on this text. */
  readonly samples: Int16Array | undefined;
}

const engine = createFliteEngine();
const send = (answer: FliteAnswer): void => void process.send?.(answer);

process.on("message", ({ id, text, stretch, pauseMs }: FliteCall) => {
  try {
    send({ id, samples: engine.speak(text, stretch, pauseMs) });
  } catch {
    send({ id, samples: undefined });
  }
});
process.on("disconnect", () => process.exit()); // the parent is gone
engine.speak("Ready.", 1, 0); // the engine compiles as it runs: the first request shall not wait for it
send({ id: 0, samples: undefined });
