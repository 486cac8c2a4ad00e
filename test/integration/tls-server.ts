import { readFile, rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll } from "vitest";
import { newTempDir, selfSigned, startTestServer } from "../support/server.ts";

/** A server over TLS for the tests of one file, as the official JavaScript clients want it.
 *  @returns where it is, once the tests run; `opened` closes a client when its test has ended */
export function serverOverTls() {
  const open = new Set<{ close(): void }>();
  const tls = {
    baseURL: "",
    ca: "",
    opened: (client: { close(): void }): void => void open.add(client),
  };
  let end = async (): Promise<void> => {};
  beforeAll(async () => {
    const dir = await newTempDir();
    const { cert, key } = await selfSigned(dir);
    const server = await startTestServer({ PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: key });
    tls.baseURL = `${server.http}/v1`;
    tls.ca = await readFile(cert, "utf8");
    end = async () => {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    };
  });
  afterAll(() => end());
  afterEach(() => {
    for (const client of open) client.close();
    open.clear();
  });
  return tls;
}
