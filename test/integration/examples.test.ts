import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runPython } from "../support/python.ts";
import { startTestServer, testApiKey } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** How long an example may take, ms. */
const exampleMsMax = 60_000;

const pathOf = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const question = "What is 12 times 7?";
const answer = /\b(84|eighty-four)\b/i;
const key = { PARLEY_API_KEY: testApiKey };

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server.close());

it("holds a first conversation from JavaScript", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [pathOf("first-conversation.mjs"), question, server.url],
    { env: { ...process.env, ...key }, timeout: exampleMsMax },
  );
  expect(stdout).toMatch(answer);
});

it("are what the README shows", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const shown = /```python\n([^]*?)```/.exec(readme)?.[1] ?? "";
  expect(shown).not.toBe("");
  expect(await readFile(pathOf("first_conversation.py"), "utf8")).toContain(shown);
});

it("holds a first conversation from Python", async () => {
  const lines: string[] = [];
  const script = pathOf("first_conversation.py");
  const { code, stderr } = await runPython(script, [question, `${server.http}/v1`], key, (line) =>
    lines.push(line),
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(lines.join("\n")).toMatch(answer);
});
