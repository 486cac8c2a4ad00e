import { setTimeout as wait } from "node:timers/promises";
import { bytesPerMs } from "./contract.ts";
import { canReadProcesses, serverCore } from "./machine.ts";
import { Pacer, frameMs, pacerLateMsMax } from "./pacer.ts";
import { median } from "./percentiles.ts";
import { cpuSeconds, endProcess, nextMessage, spawnHelper } from "./processes.ts";
import type { Figure, RunResult } from "./report.ts";
import { startServerProcess, synthetic } from "./server-process.ts";
import { BenchSession, Tally, openMany } from "./session.ts";
import { quietClip } from "./speech-frames.ts";
import { openWebSocket } from "./websocket-client.ts";
import { eventFrame } from "./websocket-frames.ts";
import { detailsOf, until } from "./world.ts";

/** Frames are sent for this long before those that are measured, so that their code is compiled, ms. */
const warmMs = 5_000;
/** Before each measurement the process must have nothing to do: what opening these connections and ending those of the round
 *  before left behind is not the frames' doing. It counts as idle below this share of a core, looked at this often,
 *  this many times at most. */
const idleShare = 0.03;
const lookMs = 1_000;
const looksMax = 20;
/** How long open connections that send nothing are watched: that much is not the frames' doing, ms. */
const idleMs = 4_000;
/** A push-to-talk client drops its audio this often, in frames: the server bounds what it keeps. */
const clearEveryFrames = 500;
const drainedMsMax = 10_000;

export interface FramesSettings {
  readonly sessions: number;
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly pinned: boolean;
  readonly profileDir?: string;
}

interface Client {
  send(frame: Buffer): void;
  close(): Promise<void>;
}

/** One way to take frames. */
interface Row {
  readonly name: string;
  /** Opens one connection, ready for frames. */
  open(): Promise<Client>;
  cpuSeconds(): number | undefined;
  /** Whether its clients drop their audio now and then. */
  readonly clears: boolean;
  /** Settles when everything that was sent has been taken. */
  taken(sent: number): Promise<void>;
  end(): Promise<void>;
}

/** Processor time for one append frame, all threads, beside a server that does nothing but parse and decode it. The
 *  rows take turns, so that a slower minute of the machine hits all of them. */
export async function benchFrames(settings: FramesSettings): Promise<RunResult> {
  if (!canReadProcesses)
    throw new Error("processor time is read from /proc, which this system does not have");
  const tally = new Tally();
  const rows: Row[] = [];
  try {
    rows.push(await bareRow(settings));
    rows.push(...(await serverRows(settings, "energy", tally)));
    rows.push(...(await serverRows(settings, "silero", tally)));
    const micros = new Map<Row, number[]>(rows.map((row) => [row, []]));
    let lateMsMost = 0;
    for (let round = 0; round < settings.rounds; round += 1) {
      for (const row of rows) {
        const { perFrameMicros, lateMs } = await measure(row, settings);
        micros.get(row)?.push(perFrameMicros);
        lateMsMost = Math.max(lateMsMost, lateMs);
      }
    }
    return {
      figures: figuresOf(rows, micros, tally),
      notes:
        lateMsMost > pacerLateMsMax
          ? [`the generator was late (p99 up to ${lateMsMost.toFixed(1)} ms): the load was not even`]
          : [],
      details: {
        rounds: Object.fromEntries([...micros].map(([row, each]) => [row.name, each])),
        ...detailsOf(tally),
      },
    };
  } finally {
    await Promise.all(rows.map((row) => row.end()));
  }
}

function figuresOf(
  rows: readonly Row[],
  micros: ReadonlyMap<Row, readonly number[]>,
  tally: Tally,
): Figure[] {
  const medianOf = (row: Row | undefined): number | undefined =>
    median((row === undefined ? undefined : micros.get(row)) ?? []);
  const bare = medianOf(rows[0]);
  return [
    ...rows.map((row) => ({ name: `${row.name}: CPU per frame`, value: medianOf(row), unit: "µs" })),
    ...rows.slice(1).map((row) => {
      const own = medianOf(row);
      const value = own === undefined || bare === undefined ? undefined : own / bare;
      return { name: `${row.name}: ratio to bare`, value, unit: "" };
    }),
    { name: "error events", value: tally.errorsTotal, unit: "" },
    { name: "connections lost", value: tally.closesTotal, unit: "" },
  ];
}

/** One round of one row. */
async function measure(
  row: Row,
  { sessions, seconds }: FramesSettings,
): Promise<{ readonly perFrameMicros: number; readonly lateMs: number }> {
  const clients = await openMany(sessions, () => row.open());
  const cpu = (): number => row.cpuSeconds() ?? Number.NaN;
  const quiet = quietClip();
  const clear = eventFrame({ type: "input_audio_buffer.clear" });
  /** @returns how many were sent, and how late they were, p99, ms */
  const send = async (ms: number): Promise<{ readonly sent: number; readonly lateMs: number }> => {
    const pacer = new Pacer();
    let sent = 0;
    clients.forEach((client, index) => {
      let frames = index; // so that not all clear at once
      pacer.add(index, () => {
        frames += 1;
        sent += 1;
        client.send(quiet[frames % quiet.length] as Buffer);
        if (row.clears && frames % clearEveryFrames === 0) client.send(clear);
      });
    });
    pacer.start();
    await wait(ms);
    pacer.stop();
    await row.taken(sent);
    return { sent, lateMs: pacer.takeLateness().percentile(99) ?? 0 };
  };
  try {
    await send(warmMs);
    await untilIdle(row.name, cpu);
    const idleFrom = cpu();
    await wait(idleMs);
    const idlePerSecond = (cpu() - idleFrom) / (idleMs / 1_000);
    const cpuFrom = cpu();
    const begun = performance.now();
    const { sent, lateMs } = await send(seconds * 1_000);
    const used = cpu() - cpuFrom - (idlePerSecond * (performance.now() - begun)) / 1_000;
    return { perFrameMicros: (used / sent) * 1e6, lateMs };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function untilIdle(name: string, cpu: () => number): Promise<void> {
  for (let look = 0; look < looksMax; look += 1) {
    const before = cpu();
    await wait(lookMs);
    if ((cpu() - before) / (lookMs / 1_000) < idleShare) return;
  }
  throw new Error(`${name}: the process does not come to rest`);
}

async function bareRow({ pinned }: FramesSettings): Promise<Row> {
  const { child, first } = await spawnHelper<{ readonly port: number }>(
    "bare-server.ts",
    pinned ? serverCore : undefined,
  );
  let before = 0;
  const decoded = async (): Promise<number> => {
    const message = nextMessage<{ readonly decodedBytes: number }>(child);
    child.send("count");
    return (await message).decodedBytes;
  };
  return {
    name: "bare uWebSockets.js",
    open: () => openWebSocket(`ws://127.0.0.1:${first.port}/`, {}, { message: () => {}, closed: () => {} }),
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    clears: false,
    async taken(sent) {
      before += sent * frameMs * bytesPerMs;
      for (const deadline = performance.now() + drainedMsMax; (await decoded()) < before; await wait(20)) {
        if (performance.now() > deadline) throw new Error("the bare server did not take all frames");
      }
    },
    end: () => endProcess(child),
  };
}

/** The server with one detector: with turn detection off (only once, it is the same with any), and on. */
async function serverRows(settings: FramesSettings, vad: "energy" | "silero", tally: Tally): Promise<Row[]> {
  const { sessions, pinned, profileDir } = settings;
  const server = await startServerProcess({
    pinned,
    // those of the round before may still be ending
    env: { ...synthetic(vad), PARLEY_MAX_SESSIONS: `${2 * sessions}` },
    ...(profileDir !== undefined && { profileDir }),
  });
  const off = eventFrame({
    type: "session.update",
    session: { type: "realtime", audio: { input: { turn_detection: null } } },
  });
  const nothing = eventFrame({ type: "session.update", session: { type: "realtime" } });
  const row = (name: string, detects: boolean): Row => {
    const clients = new Set<BenchSession>();
    let updates = 0;
    return {
      name,
      async open() {
        let ready = detects;
        const session = await BenchSession.open(server, tally, {
          audio: () => {},
          event: ({ type }) => {
            if (type !== "session.updated") return;
            ready = true;
            updates += 1;
          },
        });
        if (!detects) session.send(off);
        if (!(await until(() => ready, drainedMsMax))) throw new Error("a session.update was not answered");
        clients.add(session);
        return {
          send: (frame) => session.send(frame),
          close: () => {
            clients.delete(session);
            return session.close();
          },
        };
      },
      cpuSeconds: () => server.cpuSeconds(),
      clears: !detects,
      // an answered question on each connection is behind all of its frames
      async taken() {
        updates = 0;
        for (const client of clients) client.send(nothing);
        await until(() => updates >= clients.size, drainedMsMax);
      },
      end: () => server.end(),
    };
  };
  return vad === "silero"
    ? [row("silero VAD", true)]
    : [row("turn detection off", false), { ...row("energy VAD", true), end: async () => {} }];
}
