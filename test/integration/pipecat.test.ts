import { expect, it } from "vitest";
import { pythonClient } from "./python-client.ts";

const run = pythonClient("pipecat_conversation.py", "requirements-pipecat.txt");

/** What came of it is checked by the script; a pipeline that is content logs no warning. */
it.each([
  ["tells a Pipecat pipeline what it asks, and takes messages of every role from it", "text"],
  ["answers a Pipecat pipeline when a thought is at its end", "semantic_vad"],
  ["answers a Pipecat pipeline when the speaker pauses", "server_vad"],
  ["takes a push-to-talk turn from a Pipecat pipeline", "push_to_talk"],
  ["stops speaking in a Pipecat pipeline when it is spoken over, and keeps what was heard", "barge_in"],
  ["calls a function of a Pipecat pipeline and answers from its result", "tool"],
])("[PRT-2] %s", async (_, scenario) => {
  const lines: unknown[] = [];
  await run(scenario, (line) => lines.push(line));
  expect(lines).toEqual([{ warnings: [] }]);
});
