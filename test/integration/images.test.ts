import { expect, it } from "vitest";
import { delta, endpoint, line, streams } from "../support/chat-endpoint.ts";
import { startTestServer, testApiKey } from "../support/server.ts";
import { responseOf, saidIn } from "./event-log.ts";
import { configure, connect, disconnect } from "./socket.ts";

const url = `data:image/png;base64,${"iVBORw0KGgo".padEnd(400_000, "A")}`;
const question = {
  type: "conversation.item.create",
  item: {
    id: "item_seen",
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: "What is on this picture?" },
      { type: "input_image", image_url: url, detail: "low" },
    ],
  },
};

it("[IMG-1] shows a picture to the endpoint's model, and gives it back when asked", async () => {
  const usage = { prompt_tokens: 100, completion_tokens: 2, total_tokens: 102 };
  const chat = await endpoint(
    streams(delta({ content: "A cat." }), delta({}, "stop"), line({ choices: [], usage })),
  );
  const server = await startTestServer({ PARLEY_LLM: "openai,builtin", PARLEY_OPENAI_BASE_URL: chat.url });
  try {
    const client = await connect(server.url);
    const { log, send } = client;
    send(configure({ output_modalities: ["text"] }));
    send(question);
    send({ type: "response.create" });
    const response = responseOf(await log.next("response.done"));
    expect([response.status, saidIn(response)]).toEqual(["completed", "A cat."]);
    expect(chat.bodies[0]).toMatchObject({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is on this picture?" },
            { type: "image_url", image_url: { url, detail: "low" } },
          ],
        },
      ],
    });
    expect(JSON.stringify(log.events)).not.toContain("data:image");
    send({ type: "conversation.item.retrieve", item_id: "item_seen" });
    const retrieved = await log.next("conversation.item.retrieved");
    expect(retrieved["item"]).toMatchObject({ content: [{}, { type: "input_image", image_url: url }] });
    const page = await fetch(`${server.http}/v1/sessions/${client.sessionId}/items`, {
      headers: { authorization: `Bearer ${testApiKey}` },
    });
    const text = await page.text();
    expect(text).toContain('{"type":"input_image","detail":"low"}');
    expect(text).not.toContain("data:image");
    log.finish();
    await disconnect(client);
  } finally {
    await server.close();
  }
});

it("[IMG-3] refuses a picture where the model takes none, and talks on", async () => {
  const server = await startTestServer();
  try {
    const client = await connect(server.url);
    const { log, send } = client;
    send(configure({ output_modalities: ["text"] }));
    send({ event_id: "mine", ...question });
    expect((await log.next("error"))["error"]).toMatchObject({
      code: "image_input_not_supported",
      param: "item.content[1]",
      event_id: "mine",
    });
    send({ type: "conversation.item.retrieve", item_id: "item_seen" });
    expect((await log.next("error"))["error"]).toMatchObject({ code: "item_retrieve_invalid_item_id" });
    await disconnect(client);
  } finally {
    await server.close();
  }
});
