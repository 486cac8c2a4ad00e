import { setTimeout as wait } from "node:timers/promises";
import { canReadProcesses } from "./machine.ts";
import { slope } from "./percentiles.ts";
import type { Figure, RunResult } from "./report.ts";
import { synthetic } from "./server-process.ts";
import { BenchSession, openMany } from "./session.ts";
import { quietClip } from "./speech-frames.ts";
import { detailsOf, inWorld, trust } from "./world.ts";
import type { World } from "./world.ts";

export interface MemorySettings {
  /** The most sessions; the first step has a tenth of them. */
  readonly sessions: number;
  /** Of each step. */
  readonly seconds: number;
  readonly vad: "energy" | "silero";
  readonly pinned: boolean;
  readonly profileDir?: string;
}

/** Sessions of each step as parts of the most. */
const steps = [0.1, 0.4, 0.7, 1] as const;

/** Memory of a server whose clients are silent: what one more session costs while it listens. */
export async function benchMemory(settings: MemorySettings): Promise<RunResult> {
  if (!canReadProcesses) throw new Error("memory is read from /proc, which this system does not have");
  const { sessions, vad, pinned, profileDir } = settings;
  const env = { ...synthetic(vad), PARLEY_MAX_SESSIONS: `${sessions}` };
  return inWorld({ pinned, env, ...(profileDir !== undefined && { profileDir }) }, (world) =>
    listen(world, settings),
  );
}

async function listen(world: World, { sessions, seconds }: MemorySettings): Promise<RunResult> {
  const { server, probe, pacer, tally } = world;
  const quiet = quietClip();
  const resident = (): number => server.residentMb() ?? Number.NaN;
  const empty = resident();
  const open: BenchSession[] = [];
  const points: { readonly x: number; readonly y: number }[] = [];
  const figures: Figure[] = [{ name: "RSS, no session yet", value: empty, unit: "MB" }];
  pacer.start();
  await probe.take();
  for (const step of steps) {
    const target = Math.max(1, Math.round(sessions * step));
    const fresh = await openMany(target - open.length, () =>
      BenchSession.open(server, tally, { audio: () => {}, event: () => {} }),
    );
    fresh.forEach((session, index) => {
      let sent = index;
      pacer.add(open.length + index, () => session.send(quiet[(sent += 1) % quiet.length] as Buffer));
    });
    open.push(...fresh);
    await wait(seconds * 1_000);
    const used = resident();
    points.push({ x: open.length, y: used });
    figures.push({ name: `RSS, ${open.length} sessions`, value: used, unit: "MB" });
  }
  const trusted = trust(pacer, await probe.take());
  pacer.stop();
  await Promise.all(open.map((session) => session.close()));
  await wait(seconds * 1_000);
  figures.push({ name: "RSS, all have left", value: resident(), unit: "MB" });
  return {
    figures: [
      { name: "RSS per session", value: slope(points), unit: "MB" },
      ...figures,
      { name: "error events", value: tally.errorsTotal, unit: "" },
      { name: "connections lost", value: tally.closesTotal, unit: "" },
      { name: "frames sent", value: tally.framesSent, unit: "" },
      ...trusted.figures,
    ],
    notes: trusted.notes,
    details: { points, ...detailsOf(tally) },
  };
}
