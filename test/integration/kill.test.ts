import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import WebSocket from "ws";
import { newTempDir, spawnServer, testApiKey } from "../support/server.ts";
import { itemIdsOf } from "./read-back.ts";
import { configure, say } from "./socket.ts";

const kills = 20;
/** Connections at once: so many of each kind. */
const load = { text: 4, audio: 2 };
/** Twenty starts of a server; a machine that does other things as well takes seconds for each. */
const testMsMax = 300_000;
/** The moment of a kill after the load has begun, ms. */
const killMsMax = 1_500;

/** What all clients saw announced: items by session. */
type Announced = Map<string, Set<string>>;

interface Frame {
  readonly type: string;
  readonly session?: { readonly id: string };
  readonly item?: { readonly id: string };
  readonly error?: { readonly code: string };
}

/** A client that asks again as soon as it is answered, until its server dies. */
async function talkUntilItDies(url: string, modality: "text" | "audio", announced: Announced): Promise<void> {
  const socket = new WebSocket(`${url}?model=parley`, { headers: { authorization: `Bearer ${testApiKey}` } });
  const seen = new Set<string>();
  let turns = 0;
  const send = (event: object): void => socket.send(JSON.stringify(event));
  const ask = (): void => {
    turns += 1;
    send(say(modality === "text" ? `What is ${turns} plus 5?` : "Tell me a story of sixty words."));
    send({ type: "response.create" });
  };
  let wrong: string | undefined;
  socket.on("message", (data: Buffer) => {
    const { type, session, item, error } = JSON.parse(data.toString()) as Frame;
    if (type === "session.created") {
      announced.set(session!.id, seen);
      send(configure({ output_modalities: [modality] }));
      ask();
    } else if (type === "conversation.item.added" || type === "conversation.item.done") seen.add(item!.id);
    else if (type === "response.done") ask();
    else if (type === "error") wrong = error?.code;
  });
  socket.on("error", () => {}); // the connection of a killed process is refused, reset or closed: all are the end
  await new Promise((resolve) => socket.once("close", resolve));
  expect(wrong).toBeUndefined();
}

async function expectRemembered(http: string, announced: Announced, killedAtMs: number): Promise<void> {
  for (const [session, seen] of announced) {
    if (seen.size === 0) continue;
    const kept = new Set(await itemIdsOf(http, session));
    const lost = [...seen].filter((id) => !kept.has(id));
    expect(lost, `lost by a kill after ${killedAtMs} ms`).toEqual([]);
  }
}

it("[LOG-2] remembers all that it announced, whenever it is killed", { timeout: testMsMax }, async () => {
  const dataDir = await newTempDir();
  // the smallest process that speaks: what is held here is the log, not the pace
  const env = { PARLEY_STT_THREADS: "1", PARLEY_TTS_THREADS: "1" };
  const everything: Announced = new Map();
  let server = await spawnServer(dataDir, env);
  try {
    for (let n = 0; n < kills; n += 1) {
      const announced: Announced = new Map();
      const { url } = server;
      const clients = (["text", "audio"] as const).flatMap((modality) =>
        Array.from({ length: load[modality] }, () => talkUntilItDies(url, modality, announced)),
      );
      const killedAtMs = randomInt(1, killMsMax);
      await wait(killedAtMs);
      await server.end("SIGKILL");
      await Promise.all(clients);
      server = await spawnServer(dataDir, env);
      await expectRemembered(server.http, announced, killedAtMs);
      for (const [session, seen] of announced) everything.set(session, seen);
    }
    await expectRemembered(server.http, everything, killMsMax);
    const items = [...everything.values()].reduce((sum, seen) => sum + seen.size, 0);
    process.stdout.write(`Items announced and remembered: ${items} of ${everything.size} sessions\n`);
    expect(items).toBeGreaterThan(kills * 4);
  } finally {
    await server.end("SIGTERM");
    await rm(dataDir, { recursive: true, force: true });
  }
});
