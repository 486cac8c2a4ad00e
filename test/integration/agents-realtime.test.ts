import { OpenAIRealtimeWebSocket } from "@openai/agents-realtime";
import type { TransportEvent, TransportToolCallEvent } from "@openai/agents-realtime";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { EventLog, responseOf, saidIn } from "./event-log.ts";
import type { ServerEvent } from "./event-log.ts";

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.close());

/** Events that the transport itself adds to those of the server have no `event_id`. */
const isServerEvent = (event: TransportEvent): event is TransportEvent & ServerEvent =>
  "event_id" in event && typeof event["event_id"] === "string";

interface Conversation {
  readonly transport: OpenAIRealtimeWebSocket;
  readonly log: EventLog;
}

async function converse(session: object): Promise<Conversation> {
  const transport = new OpenAIRealtimeWebSocket({ url: `${server.url}?model=parley` });
  const log = new EventLog();
  transport.on("*", (event) => {
    if (isServerEvent(event)) log.accept(event);
  });
  transport.on("error", ({ error }) => log.fail(new Error("the transport failed", { cause: error })));
  await transport.connect({ apiKey: testApiKey, model: "parley", initialSessionConfig: session });
  await log.next("session.updated");
  return { transport, log };
}

it("[PRT-2] holds a conversation in text through the transport of the agents library", async () => {
  const { transport, log } = await converse({ outputModalities: ["text"] });
  let deltas = "";
  transport.on("output_text_delta", ({ delta }) => (deltas += delta));
  transport.sendMessage("What is seven plus five?", {});
  const response = responseOf(await log.next("response.done"));
  expect(response.status).toBe("completed");
  expect(saidIn(response)).toMatch(/\b(12|twelve)\b/i);
  expect(deltas).toBe(saidIn(response));
  log.finish();
  transport.close();
});

it("[PRT-2] calls a tool through the transport of the agents library", async () => {
  const parameters = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  const description = "The weather in a city";
  const tool = { type: "function", name: "get_weather", description, parameters, strict: true };
  const { transport, log } = await converse({ outputModalities: ["text"], tools: [tool] });
  const calls: TransportToolCallEvent[] = [];
  transport.on("function_call", (call) => {
    calls.push(call);
    // the library answers a call at once, before its response is done
    transport.sendFunctionCallOutput(call, JSON.stringify({ sky: "cloudy", degrees: 17 }), true);
  });
  transport.sendMessage("What is the weather in Paris?", {});
  await log.next("response.done");
  const response = responseOf(await log.next("response.done"));
  expect(calls).toMatchObject([{ name: "get_weather" }]);
  expect(JSON.parse(calls[0]!.arguments)).toEqual({ city: "Paris" });
  expect(saidIn(response)).toMatch(/cloudy/);
  log.finish();
  transport.close();
});
