import { expect, it } from "vitest";
import { EventLog, responseOf } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";
import { pythonClient } from "./python-client.ts";

const run = pythonClient("livekit_conversation.py", "requirements-livekit.txt");

/** The plugin cancels what the server has just cancelled itself, and expects to be told so. */
const expectedCode = "response_cancel_not_active";

/** What came of it is checked by the script, the types and the order of the events here, for each connection; a plugin
 *  that is content logs no warning. */
async function converse(scenario: string): Promise<readonly EventLog[]> {
  const logs: EventLog[] = [];
  const warnings: unknown[] = [];
  await run(scenario, (line) => {
    const value = line as ServerEvent | { readonly warnings: readonly string[] };
    if (!("type" in value)) return void warnings.push(value);
    const event = value as ServerEvent;
    if (event.type === "session.created") logs.push(new EventLog());
    logs.at(-1)!.accept(event);
  });
  expect(warnings).toEqual([{ warnings: [] }]);
  for (const log of logs) {
    log.finish();
    const codes = log.all("error").map(({ error }) => (error as { readonly code: string }).code);
    expect(codes.filter((code) => code !== expectedCode)).toEqual([]);
  }
  return logs;
}

it.each([
  ["answers the LiveKit plugin in text and speech", "text"],
  ["answers the LiveKit plugin when a thought is at its end", "semantic_vad"],
  ["takes a push-to-talk turn from the LiveKit plugin", "push_to_talk"],
  ["calls a tool of the LiveKit plugin, by choice and when told to, and answers from its output", "tool"],
  ["keeps the chat context of the LiveKit plugin as it inserts, changes and deletes", "context"],
])("[PRT-2] %s", async (_, scenario) => {
  expect(await converse(scenario)).toHaveLength(1);
});

it("[PRT-2] stops speaking when the LiveKit plugin is spoken over, and keeps what was heard", async () => {
  const [log] = await converse("barge_in");
  const ends = log!.all("response.done").map((event) => responseOf(event));
  expect(ends.slice(0, 2)).toMatchObject([
    { status: "cancelled", status_details: { reason: "turn_detected" } },
    { status: "completed" },
  ]);
  const [story] = ends[0]!.output;
  expect(log!.all("conversation.item.truncated")).toMatchObject([{ item_id: story!.id, audio_end_ms: 600 }]);
});

it("[PRT-2] takes over the conversation of a LiveKit plugin that connects anew", async () => {
  expect(await converse("reconnect")).toHaveLength(2);
});
