import { afterEach, beforeEach, expect, it } from "vitest";
import type { Received } from "../../../test/support/log-before-event.ts";
import { SmallServer } from "../../../test/support/small-server.ts";

let server: SmallServer;
beforeEach(() => {
  server = new SmallServer();
});
afterEach(() => server.end());

it("[LIM-1] ends after 60 minutes: an error that says so, then the close", async () => {
  const client = server.open();
  await server.settle();
  const [created] = client.of("session.created") as [Received];
  const { expires_at: expiresAt } = created["session"] as { readonly expires_at: number };
  let afterClose = 0;
  client.onEvent = () => {
    if (client.closeCode !== undefined) afterClose += 1;
  };
  await server.run(60 * 60_000 - 1_000, 60_000);
  expect(server.clock.now() / 1_000).toBeLessThan(expiresAt);
  expect([client.codes(), client.closeCode]).toEqual([[], undefined]);
  await server.run(2_000, 1_000);
  expect([client.codes(), client.closeCode]).toEqual([["session_expired"], 1_001]);
  expect(afterClose).toBe(0);
  client.close();
  await server.settle();
  expect(server.logged(client).at(-1)).toMatchObject({ type: "closed" });
});
