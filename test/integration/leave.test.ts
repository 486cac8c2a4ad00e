import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.close());

/** Asks for an answer; `begun` resolves when it has begun, `ended` with all event types when the socket is closed. */
function ask(question: string) {
  const socket = new WebSocket(`${server.url}?model=test`, {
    headers: { Authorization: `Bearer ${testApiKey}` },
  });
  const events: { type: string; response?: { status: string } }[] = [];
  const send = (event: object): void => socket.send(JSON.stringify(event));
  socket.on("open", () => {
    const content = [{ type: "input_text", text: question }];
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    send({ type: "response.create" });
  });
  const begun = new Promise<void>((resolve) => {
    socket.on("message", (frame: Buffer) => {
      const event = JSON.parse(frame.toString()) as (typeof events)[number];
      events.push(event);
      if (event.type === "response.created") resolve();
    });
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  return { begun, closed, events };
}

it("[LVE-1] finishes the turn in progress before it leaves, and cuts off one that takes too long", async () => {
  const short = ask("What is 12 times 7?");
  const long = ask("Tell me a long story");
  await Promise.all([short.begun, long.begun]);
  await server.close();
  expect(await Promise.all([short.closed, long.closed])).toEqual([1001, 1001]);
  expect(short.events.at(-1)).toMatchObject({ type: "response.done", response: { status: "completed" } });
  expect(long.events.at(-1)).toMatchObject({ type: "response.done", response: { status: "cancelled" } });
});
