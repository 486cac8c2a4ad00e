import { generatorCore, serverCore } from "./machine.ts";
import { endProcess, nextMessage, spawnHelper } from "./processes.ts";

/** Round trips of the probe, ms. */
export interface ProbeFigures {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

export interface Probe {
  /** Round trips since the last call. */
  take(): Promise<ProbeFigures>;
  end(): Promise<void>;
}

/** Measures the noise of the machine during a run: a bare echo server on the server's core, and a client of it on the
 *  generator's, in processes of their own. What they see, a server that took no time at all would be seen to take. */
export async function startProbe(pinned: boolean): Promise<Probe> {
  const on = (core: number): number | undefined => (pinned ? core : undefined);
  const server = await spawnHelper<{ readonly port: number }>("echo-server.ts", on(serverCore));
  try {
    const client = await spawnHelper("echo-client.ts", on(generatorCore), [`${server.first.port}`]);
    return {
      take() {
        const figures = nextMessage<ProbeFigures>(client.child);
        client.child.send("take");
        return figures;
      },
      async end() {
        await endProcess(client.child);
        await endProcess(server.child);
      },
    };
  } catch (error) {
    await endProcess(server.child);
    throw error;
  }
}
