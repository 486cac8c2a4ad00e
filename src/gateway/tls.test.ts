import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import WebSocket from "ws";
import { bearer, startTestGateway } from "../../test/support/gateway.ts";

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-tls-"));
  const [key, cert] = [file("key.pem"), file("cert.pem")];
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost -keyout ${key} -out ${cert}`;
  await promisify(execFile)("openssl", args.split(" "));
  await writeFile(file("bad.pem"), "not a certificate");
});
afterAll(() => rm(folder, { recursive: true }));

describe("TLS", () => {
  it("serves wss and https on one port", async () => {
    const server = await startTestGateway({ tls: { certFile: file("cert.pem"), keyFile: file("key.pem") } });
    const client = new WebSocket(`${server.ws}/v1/realtime`, { headers: bearer, rejectUnauthorized: false });
    await once(client, "open");
    client.send("hello");
    await vi.waitFor(() => expect(server.sessions[0]?.frames).toEqual(["hello"]));
    const [response] = (await once(
      get(`${server.http}/health`, { rejectUnauthorized: false }),
      "response",
    )) as [IncomingMessage];
    expect((await response.toArray()).join("")).toBe('{"status":"ok"}');
    await expect(fetch(server.http.replace("https", "http"))).rejects.toThrow("fetch failed");
  });

  it("says so when the certificate cannot be used", async () => {
    const tls = { certFile: file("bad.pem"), keyFile: file("key.pem") };
    await expect(startTestGateway({ tls })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});

describe("listening", () => {
  it("says so when the port is taken", async () => {
    const { gateway } = await startTestGateway();
    await expect(startTestGateway({ port: gateway.port })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
