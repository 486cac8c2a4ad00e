import assert from "node:assert/strict";
import { expect } from "vitest";
import type { LlmRequest } from "../../src/providers/llm.ts";
import type { Received } from "./log-before-event.ts";
import { levelOf, SmallServer } from "./small-server.ts";
import type { Client, Parts } from "./small-server.ts";

/** What the recogniser makes of a level of sound. */
export const saidAt: Readonly<Record<string, string>> = {
  "level 3": "",
  "level 5": "Uh-huh.",
  "level 7": "Tell me something else.",
};
export const noise = 3_000;
export const backchannel = 5_000;
export const turn = 7_000;

/** An answer of so many words, in sentences of five. */
export const answerOf = (words: number): string =>
  Array.from({ length: words }, (_, i) => `${i % 5 === 0 ? "W" : "w"}${i}${i % 5 === 4 ? "." : ""}`).join(
    " ",
  );

/** A client that plays what it is sent as it comes, and throws away what it has when it hears of speech. */
class Player {
  /** Of each item, ms: when its audio begins to be heard, and how much of it was sent. */
  readonly items = new Map<string, { begins: number; sentMs: number }>();
  playing: string | undefined;
  #endsAt = 0;
  readonly #now: () => number;
  readonly #onFlush: (item: string, playedMs: number) => void;

  constructor(now: () => number, onFlush: (item: string, playedMs: number) => void) {
    this.#now = now;
    this.#onFlush = onFlush;
  }

  take(event: Received): void {
    const now = this.#now();
    if (event.type === "response.output_audio.delta") {
      const id = String(event["item_id"]);
      const ms = Buffer.from(String(event["delta"]), "base64").length / 48;
      const item = this.items.get(id) ?? { begins: Math.max(now, this.#endsAt), sentMs: 0 };
      this.items.set(id, { ...item, sentMs: item.sentMs + ms });
      this.#endsAt = Math.max(now, this.#endsAt) + ms;
      this.playing = id;
    }
    if (event.type !== "input_audio_buffer.speech_started") return;
    const item = this.items.get(this.playing ?? "");
    if (item !== undefined && this.playing !== undefined && this.#endsAt > now)
      this.#onFlush(this.playing, Math.floor(item.sentMs - (this.#endsAt - now)));
    this.#endsAt = Math.min(this.#endsAt, now);
  }
}

export interface Stage {
  readonly server: SmallServer;
  readonly client: Client;
  readonly asked: readonly LlmRequest[];
  /** ms that the player had played of each item that it threw away the rest of. */
  readonly cuts: readonly (readonly [string, number])[];
  /** The client sends sound of a level, in real time. */
  hear(ms: number, level?: number): Promise<void>;
  count(type: string): number;
}

export async function play(
  interruption: object | null,
  parts: Parts & { readonly truncates?: boolean; readonly recognitionMs?: number },
  history: (stage: Stage) => Promise<void>,
): Promise<void> {
  const asked: LlmRequest[] = [];
  const server = new SmallServer({
    wordMs: 300,
    transcribe: async ({ audio }) => {
      await new Promise<void>((resolve) => void server.clock.after(parts.recognitionMs ?? 0, resolve));
      return saidAt[levelOf(audio)] ?? "";
    },
    beforeWords: async (request) => void asked.push(request),
    ...parts,
  });
  try {
    const client = server.open();
    const cuts: (readonly [string, number])[] = [];
    const player = new Player(
      () => server.clock.monotonic(),
      (item, ms) => {
        cuts.push([item, ms]);
        const audio_end_ms = ms;
        if (parts.truncates === true)
          client.send("conversation.item.truncate", { item_id: item, content_index: 0, audio_end_ms });
      },
    );
    client.onEvent = (event) => player.take(event);
    const input = { transcription: { model: "any" } };
    client.send("session.update", { session: { type: "realtime", interruption, audio: { input } } });
    await server.settle();
    await history({
      server,
      client,
      asked,
      cuts,
      hear: async (ms, level = 0) => {
        for (let at = 0; at < ms; at += 20) {
          client.append(20, level);
          await server.run(20, 20);
        }
      },
      count: (type) => client.of(type).length,
    });
    expect(client.codes()).toEqual([]);
    assertNothingStale(client);
  } finally {
    await server.end();
  }
}

/** [INT-1] After speech has begun there is no audio of an answer from before. */
function assertNothingStale(client: Client): void {
  const stale = new Set<string>();
  const begun = new Set<string>();
  for (const event of client.events) {
    if (event.type === "response.created") begun.add((event["response"] as { id: string }).id);
    if (event.type === "input_audio_buffer.speech_started") for (const id of begun) stale.add(id);
    if (event.type === "response.output_audio.delta")
      assert(!stale.has(String(event["response_id"])), "audio of an answer that was interrupted");
  }
}

/** What the conversation holds of the assistant's words, by item, as it is read back. */
export async function spokenItems({ server, client }: Stage): Promise<ReadonlyMap<string, string>> {
  const ids = client
    .of("conversation.item.added")
    .map((event) => event["item"] as { id: string; role?: string })
    .filter(({ role }) => role === "assistant")
    .map(({ id }) => id);
  for (const item_id of ids) client.send("conversation.item.retrieve", { item_id });
  await server.run(20);
  const items = client
    .of("conversation.item.retrieved")
    .map((event) => event["item"] as { id: string; content: { transcript: string }[] });
  return new Map(items.map(({ id, content }) => [id, content[0]?.transcript ?? ""]));
}

export const spokenWords = async (stage: Stage): Promise<readonly string[]> => [
  ...(await spokenItems(stage)).values(),
];

export const wordsOf = (text: string): readonly string[] => text.match(/\S+/g) ?? [];
