import { afterAll, expect, it } from "vitest";
import { EventLog } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { pythonClient } from "./python-client.ts";

const run = pythonClient("conversation.py");

const extraKeys = new Set<string>();
afterAll(() => {
  process.stdout.write(`Keys beyond the Python client's types: ${[...extraKeys].join(", ") || "none"}\n`);
});

/** The script checks each event against the client's own types; the order is checked here, as for every client. */
async function converse(scenario: string): Promise<EventLog> {
  const log = new EventLog();
  let finished = false;
  await run(scenario, (line) => {
    const value = line as ServerEvent | { readonly extra_keys: readonly string[] };
    if ("type" in value) return log.accept(value as ServerEvent);
    finished = true;
    for (const key of value.extra_keys) extraKeys.add(key);
  });
  expect(finished).toBe(true);
  log.finish();
  return log;
}

it.each([
  ["holds a conversation in text", "text"],
  ["takes a push-to-talk turn and speaks the answer", "push_to_talk"],
  ["answers when the speaker pauses", "server_vad"],
  ["stops speaking when it is spoken over, and answers what was said", "barge_in"],
  ["calls a tool and answers from what the tool gave", "tool"],
])("[PRT-2] %s", async (_, scenario) => {
  const log = await converse(scenario);
  expect(log.all("response.done").length).toBeGreaterThan(0);
  expect(log.all("error")).toEqual([]);
});
