import type { Clock } from "../lib/clock.ts";
import { ParleyError, type ErrorCode } from "../lib/errors.ts";
import type { LlmProvider } from "./llm.ts";
import type { SttProvider } from "./stt.ts";
import type { TtsProvider } from "./tts.ts";
import type { TurnEndEngine } from "./turn-end.ts";

/** Failures in a row that open a circuit. */
export const breakerFailuresMax = 5;
/** How long an open circuit refuses every call before it lets one trial through. */
export const breakerOpenMs = 30_000;
/** A trial without an outcome for this long is given up, and the next call becomes the trial. Bounds how long a
 *  consumer that walked away without `return()` can hold the circuit; above every provider's own time limit. */
export const breakerTrialMsMax = 60_000;

export type BreakerState = "closed" | "open" | "half_open";

export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
}

export type OnBreakerChange = (change: BreakerChange) => void;

/** A circuit breaker around one provider: SPEC BRK. It asks the clock and sets no timer. */
export interface Breaker {
  readonly name: string;
  /** `half_open` exactly while a trial runs; an open circuit stays `open` until somebody calls. */
  readonly state: BreakerState;
  /** @param signal the caller's own: what ends after it fired says nothing about the provider
   *  @throws {ParleyError} `ERR_CIRCUIT_OPEN` at once while open; else whatever the call throws */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The call begins, and is admitted or refused, at the first `next()`. Success is its normal end; leaving it early
   *  counts as nothing. Same parameters and errors as `run`. */
  stream<T>(call: () => AsyncIterable<T>, signal?: AbortSignal): AsyncIterable<T>;
}

type Outcome = "success" | "failure" | "neutral";

/** A state exists from one change to the next; calls remember the one that admitted them, so that a result which
 *  arrives after a change is recognised as late by identity. */
type Phase =
  | { readonly state: "closed"; failures: number }
  | { readonly state: "open"; readonly untilMs: number }
  | { readonly state: "half_open"; readonly untilMs: number };

/** Faults of the request, not of the provider. */
const neutralCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_ABORTED",
  "ERR_PROVIDER_REJECTED",
  "ERR_BAD_INPUT",
  "ERR_CANNOT_CONTINUE",
]);

function outcomeOf(error: unknown): Outcome {
  return error instanceof ParleyError && neutralCodes.has(error.code) ? "neutral" : "failure";
}

class Circuit {
  readonly name: string;
  readonly #clock: Clock;
  readonly #onChange: OnBreakerChange | undefined;
  #phase: Phase = { state: "closed", failures: 0 };

  constructor(name: string, clock: Clock, onChange: OnBreakerChange | undefined) {
    this.name = name;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#phase.state;
  }

  admit(): Phase {
    if (this.#phase.state === "closed") return this.#phase;
    const now = this.#clock.monotonic();
    if (now < this.#phase.untilMs) {
      throw new ParleyError("ERR_CIRCUIT_OPEN", `the circuit of ${this.name} is ${this.#phase.state}`);
    }
    return this.#enter({ state: "half_open", untilMs: now + breakerTrialMsMax });
  }

  settle(admitted: Phase, outcome: Outcome): void {
    if (admitted !== this.#phase) return; // begun before the last change: SPEC BRK-4
    if (admitted.state === "closed") this.#settleClosed(admitted, outcome);
    else if (outcome === "success") this.#enter({ state: "closed", failures: 0 });
    // A trial without an outcome leaves the circuit open and due: the next call is the trial.
    else this.#open(outcome === "failure" ? breakerOpenMs : 0);
  }

  #settleClosed(phase: Phase & { readonly state: "closed" }, outcome: Outcome): void {
    if (outcome === "success") phase.failures = 0;
    if (outcome !== "failure") return;
    phase.failures += 1;
    if (phase.failures >= breakerFailuresMax) this.#open(breakerOpenMs);
  }

  #open(forMs: number): void {
    this.#enter({ state: "open", untilMs: this.#clock.monotonic() + forMs });
  }

  #enter(to: Phase): Phase {
    const from = this.#phase.state;
    this.#phase = to;
    if (from !== to.state) this.#onChange?.({ name: this.name, from, to: to.state });
    return to;
  }
}

export function createBreaker(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly onStateChange?: OnBreakerChange | undefined;
}): Breaker {
  const circuit = new Circuit(options.name, options.clock, options.onStateChange);
  return {
    name: options.name,
    get state() {
      return circuit.state;
    },
    run: (call, signal) => runThrough(circuit, call, signal),
    stream: (call, signal) => streamThrough(circuit, call, signal),
  };
}

async function runThrough<T>(circuit: Circuit, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const admitted = circuit.admit();
  let outcome: Outcome = "neutral";
  try {
    const result = await call();
    outcome = "success";
    return result;
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    circuit.settle(admitted, signal?.aborted === true ? "neutral" : outcome);
  }
}

async function* streamThrough<T>(
  circuit: Circuit,
  call: () => AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const admitted = circuit.admit();
  let outcome: Outcome = "neutral";
  let suspended = false; // at a yield: whatever leaves the loop from there is the consumer's doing
  try {
    for await (const value of call()) {
      suspended = true;
      yield value;
      suspended = false;
    }
    outcome = "success";
  } catch (error) {
    outcome = suspended ? "neutral" : outcomeOf(error);
    throw error;
  } finally {
    circuit.settle(admitted, signal?.aborted === true ? "neutral" : outcome);
  }
}

export function breakStt(provider: SttProvider, clock: Clock, onStateChange?: OnBreakerChange): SttProvider {
  const breaker = createBreaker({ name: provider.name, clock, onStateChange });
  return {
    name: provider.name,
    transcribe: (request) => breaker.run(() => provider.transcribe(request), request.signal),
    close: () => provider.close(),
  };
}

export function breakLlm(provider: LlmProvider, clock: Clock, onStateChange?: OnBreakerChange): LlmProvider {
  const breaker = createBreaker({ name: provider.name, clock, onStateChange });
  return {
    name: provider.name,
    canContinue: provider.canContinue,
    takesImages: provider.takesImages,
    generate: (request) => breaker.stream(() => provider.generate(request), request.signal),
    close: () => provider.close(),
  };
}

export function breakTts(provider: TtsProvider, clock: Clock, onStateChange?: OnBreakerChange): TtsProvider {
  const breaker = createBreaker({ name: provider.name, clock, onStateChange });
  return {
    name: provider.name,
    repeatable: provider.repeatable,
    synthesize: (request) => breaker.stream(() => provider.synthesize(request), request.signal),
    close: () => provider.close(),
  };
}

export function breakTurnEnd(
  engine: TurnEndEngine,
  clock: Clock,
  onStateChange?: OnBreakerChange,
): TurnEndEngine {
  const breaker = createBreaker({ name: engine.name, clock, onStateChange });
  return {
    name: engine.name,
    judge: (samples, signal) => breaker.run(() => engine.judge(samples, signal), signal),
    close: () => engine.close(),
  };
}
