import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ActorRef, type Behaviour, type Delivery, createActorSystem, spawn } from "./actor.ts";

type Lane = "tell" | "offer" | "urgent" | "offer urgent";
type Work = "sync" | "async" | "crash" | "crash later" | "spawn";
interface Message {
  readonly sender: number;
  readonly lane: Lane;
  /** Counts the messages of one sender on one lane. */
  readonly n: number;
  readonly work: Work;
}
type Step =
  | {
      readonly type: "send";
      readonly sender: number;
      readonly to: number;
      readonly lane: Lane;
      readonly work: Work;
    }
  | { readonly type: "interrupt"; readonly to: number }
  | { readonly type: "stop"; readonly to: number }
  | { readonly type: "turn" };

const actorsMax = 3;
const to = fc.nat(actorsMax - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("send" as const),
      sender: fc.nat(2),
      to,
      lane: fc.constantFrom<Lane>("tell", "offer", "urgent", "offer urgent"),
      work: fc.constantFrom<Work>("sync", "sync", "sync", "async", "async", "crash", "crash later", "spawn"),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: "turn" as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("interrupt" as const), to }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("stop" as const), to }) },
);

const isUrgent = (lane: Lane): boolean => lane === "urgent" || lane === "offer urgent";

function send(actor: ActorRef<Message>, message: Message): Delivery {
  if (message.lane === "offer urgent") return actor.offer(message, "urgent");
  return actor[message.lane](message);
}

/** Watches one actor: what it handled, in order, and whether its calls kept the rules meanwhile. */
class Watch {
  readonly handled: Message[] = [];
  readonly broken: string[] = [];
  readonly children: Watch[] = [];
  private running = 0;
  private lives = 0;
  private readonly cleaned = new Set<number>();

  readonly behaviour: Behaviour<Message, { life: number; count: number }> = {
    init: () => this.serial(() => ({ life: this.lives++, count: 0 })),
    handle: (state, message, context) => {
      this.serial(() => this.handled.push(message));
      const next = { ...state, count: state.count + 1 };
      if (message.work === "sync") return next;
      if (message.work === "crash") throw new Error("fails");
      if (message.work === "spawn") {
        const child = new Watch();
        this.children.push(child);
        context.spawn("child", child.behaviour, { normalMax: 1 });
        return next;
      }
      return this.later(message, context.signal).then(() => next);
    },
    stopping: async ({ life }) => {
      if (this.running > 0) this.broken.push("clean-up beside a handler");
      if (this.children.some((child) => child.hasState())) this.broken.push("clean-up before a child's");
      if (this.cleaned.has(life)) this.broken.push("second clean-up");
      this.running++;
      await turn();
      this.running--;
      this.cleaned.add(life);
    },
  };

  hasState(): boolean {
    return this.cleaned.size < this.lives;
  }

  get cleanUps(): { lives: number; cleaned: number } {
    return { lives: this.lives, cleaned: this.cleaned.size };
  }

  private async later(message: Message, signal: AbortSignal): Promise<void> {
    this.running++;
    try {
      await pause(signal);
      if (message.work === "crash later") throw new Error("fails later");
    } finally {
      this.running--;
    }
  }

  private serial<T>(call: () => T): T {
    if (this.running > 0) this.broken.push("handlers overlap");
    return call();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function pause(signal: AbortSignal): Promise<void> {
  for (let n = 0; n < 2; n++) {
    await turn();
    signal.throwIfAborted();
  }
}

interface History {
  readonly watches: Watch[];
  readonly sent: { readonly to: number; readonly message: Message; readonly delivery: Delivery }[];
}

/** Runs the steps against three actors, of which the second is a child of the first, then stops all. */
async function run(steps: readonly Step[], restartsMax: number): Promise<History> {
  const system = createActorSystem({ onCrash: () => {} });
  const watches = Array.from({ length: actorsMax }, () => new Watch());
  const options = {
    normalMax: 4,
    urgentMax: 2,
    crash: { policy: "restart", restartsMax, windowMs: 60_000 },
  } as const;
  const actors: ActorRef<Message>[] = [];
  watches.forEach((watch, index) => {
    const parent = index === 1 ? (actors[0] ?? system) : system;
    actors.push(spawn(parent, "watched", watch.behaviour, options));
  });
  const sent: History["sent"] = [];
  const numbers = new Map<string, number>();
  for (const action of steps) {
    if (action.type === "turn") await turn();
    else if (action.type === "interrupt") actors[action.to]?.interrupt("interrupted");
    else if (action.type === "stop") void actors[action.to]?.stop();
    else {
      const { sender, lane, work } = action;
      const key = `${sender} ${isUrgent(lane) ? "urgent" : "normal"} ${action.to}`;
      const n = (numbers.get(key) ?? 0) + 1;
      numbers.set(key, n);
      const message: Message = { sender, lane, n, work };
      const delivery = send(actors[action.to] as ActorRef<Message>, message);
      sent.push({ to: action.to, message, delivery });
    }
  }
  // Without a stop in the steps, everything queued must get its turn.
  for (let n = 0; n < 300 && actors.some((actor) => actor.depth() > 0); n++) await turn();
  await system.stop();
  return { watches, sent };
}

describe("the runtime under random sends, crashes, interrupts and stops", () => {
  it("keeps order, handles at most once, never overlaps, cleans up each life once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(4), async (steps, restartsMax) => {
        const { watches, sent } = await run(steps, restartsMax);
        watches.forEach((watch, index) => {
          expect(watch.broken).toEqual([]);
          expect(new Set(watch.handled).size).toBe(watch.handled.length);
          for (const one of [watch, ...watch.children]) expect(one.cleanUps.cleaned).toBe(one.cleanUps.lives);
          const queued = sent.filter((send) => send.to === index && send.delivery === "queued");
          for (const message of watch.handled)
            expect(queued.some((send) => send.message === message)).toBe(true);
          for (const sender of [0, 1, 2])
            for (const urgent of [true, false]) {
              const numbers = watch.handled
                .filter((m) => m.sender === sender && isUrgent(m.lane) === urgent)
                .map((m) => m.n);
              expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
            }
        });
      }),
      { numRuns: 300 },
    );
  });

  it("handles everything that was queued, if nothing stops the actor", async () => {
    const quiet = step.filter((action) => action.type !== "stop");
    await fc.assert(
      fc.asyncProperty(fc.array(quiet, { maxLength: 40 }), async (steps) => {
        const { watches, sent } = await run(steps, 1_000);
        const parentCrashed = watches[0]?.handled.some(
          ({ work }) => work === "crash" || work === "crash later",
        );
        watches.forEach((watch, index) => {
          if (index === 1 && parentCrashed === true) return; // a restart of its parent ended it
          const queued = sent.filter((send) => send.to === index && send.delivery === "queued");
          expect(watch.handled).toHaveLength(queued.length);
        });
      }),
      { numRuns: 100 },
    );
  });
});
