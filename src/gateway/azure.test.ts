import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { AzureOpenAI } from "openai";
import { OpenAIRealtimeWS as BetaRealtimeWS } from "openai/beta/realtime/ws";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, testKey, type TestGateway } from "../../test/support/gateway.ts";
import { newTempDir, selfSigned } from "../../test/support/server.ts";

let folder: string;
let tls: { readonly certFile: string; readonly keyFile: string };
let ca: string;

beforeAll(async () => {
  folder = await newTempDir();
  const { cert, key } = await selfSigned(folder);
  tls = { certFile: cert, keyFile: key };
  ca = await readFile(cert, "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const azure = (server: TestGateway, deployment?: string) =>
  new AzureOpenAI({
    endpoint: server.http,
    apiKey: testKey,
    apiVersion: "2025-04-01-preview",
    ...(deployment !== undefined && { deployment }),
  });

describe("the official client's Azure entry", () => {
  it.each([
    ["current", OpenAIRealtimeWS],
    ["older", BetaRealtimeWS],
  ] as const)("connects with its %s class, and names the deployment as the model", async (_, Client) => {
    const hello = JSON.stringify({ type: "session.created", event_id: "event_1", session: {} });
    const server = await startTestGateway({ tls, onOpen: ({ socket }) => void socket.send(hello) });
    const client = await Client.azure(azure(server, "my deployment"), { options: { ca } });
    const [first] = (await once(client.socket, "message")) as [Buffer];
    expect(first.toString()).toBe(hello);
    // a dated API version means the older dialect, whatever class asks for it
    const { request } = server.sessions[0] ?? {};
    expect(request).toMatchObject({ model: "my deployment", dialect: "beta", kind: "realtime" });
    client.close();
  });

  it("makes client secrets", async () => {
    const server = await startTestGateway();
    const made = await azure(server).realtime.clientSecrets.create({
      session: { type: "realtime", instructions: "Be brief." },
    });
    expect(made).toMatchObject({ value: expect.stringMatching(/^ek_/), session: { type: "realtime" } });
  });
});
