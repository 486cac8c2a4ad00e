import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../test/support/random.ts";
import { answerMs, lostMs } from "./contract.ts";
import { frameMs } from "./pacer.ts";
import type { ProbeFigures } from "./probe.ts";
import { BenchSession, openMany } from "./session.ts";
import type { Talker } from "./talker.ts";
import { until, whileMeasured } from "./world.ts";
import type { ServerUse, World } from "./world.ts";

/** After it has heard an answer, a client waits this long before it speaks, ms. */
export const thinkMs = { min: 500, max: 1_500 } as const;
/** The first turns begin spread over about one whole turn, so that the sessions are not in step. */
const staggerMsMax = answerMs + 4_000;

export interface ConversationPlan {
  readonly talkers: readonly Talker[];
  readonly seconds: number;
  readonly random: Random;
  /** Sent by each client first. */
  readonly greeting?: Buffer;
}

/** Lets the talkers talk in real time, waits for their last answers, and lets them go.
 *  @returns what the server used and the probe saw while they talked */
export async function converse(
  { server, probe, pacer, tally }: World,
  { talkers, seconds, random, greeting }: ConversationPlan,
): Promise<{ readonly use: ServerUse; readonly probed: ProbeFigures }> {
  const sessions = await openMany(talkers.length, (index) =>
    BenchSession.open(server, tally, talkers[index] as Talker),
  );
  const begun = performance.now();
  talkers.forEach((talker, index) => {
    const session = sessions[index] as BenchSession;
    if (greeting !== undefined) session.send(greeting);
    talker.begin(session, begun + random.next() * Math.min(staggerMsMax, seconds * 500));
    pacer.add(random.int(0, frameMs - 1), () => talker.tick());
  });
  await probe.take();
  pacer.start();
  const use = await whileMeasured(server, () => wait(seconds * 1_000));
  const probed = await probe.take();
  for (const talker of talkers) talker.stop();
  await until(() => talkers.every(({ idle }) => idle), answerMs + 2 * lostMs);
  pacer.stop();
  await Promise.all(sessions.map((session) => session.close()));
  return { use, probed };
}
