import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { LlmEvent, LlmProvider, LlmRequest } from "../../src/providers/llm.ts";
import { createOpenAiLlm, type OpenAiLlmOptions } from "../../src/providers/openai/openai-llm.ts";

type Body = Record<string, unknown>;
type Answer = (response: ServerResponse, body: Body, request: IncomingMessage) => void | Promise<void>;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An endpoint that answers its n-th request with the n-th answer (the last one again and again). */
export async function endpoint(
  ...answers: Answer[]
): Promise<{ readonly url: string; readonly bodies: Body[] }> {
  const bodies: Body[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString("utf8")));
    request.on("end", () => {
      const body = JSON.parse(text) as Body;
      bodies.push(body);
      const answer = answers[Math.min(bodies.length, answers.length) - 1];
      void answer?.(response, body, request);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

export const line = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
export const delta = (given: unknown, finish: string | null = null): string =>
  line({
    id: "c",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: given, finish_reason: finish }],
  });

export const streams =
  (...lines: string[]): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const each of lines) response.write(each);
    response.end("data: [DONE]\n\n");
  };

export const refuses =
  (status: number, error: unknown): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error }));
  };

export function provider(baseUrl: string, more: Partial<OpenAiLlmOptions> = {}): LlmProvider {
  let ids = 0;
  return createOpenAiLlm({
    apiKey: "sk-secret",
    baseUrl,
    model: "m",
    clock: systemClock,
    newCallId: () => `new_${ids++}`,
    ...more,
  });
}

export const request = (more: Partial<LlmRequest> = {}): LlmRequest => ({
  instructions: "Be kind.",
  messages: [{ role: "user", text: "a private sentence" }],
  tools: [],
  toolChoice: "auto",
  maxOutputTokens: "inf",
  parallelToolCalls: true,
  signal: new AbortController().signal,
  ...more,
});

export async function read(from: LlmProvider, given: LlmRequest = request()): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  for await (const event of from.generate(given)) events.push(event);
  return events;
}

export const failure = (from: LlmProvider, given?: LlmRequest): Promise<unknown> =>
  read(from, given).then(
    () => undefined,
    (error: unknown) => error,
  );
