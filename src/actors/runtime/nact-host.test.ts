import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { createActorSystem, spawn } from "./actor.ts";

interface NactActor {
  readonly children: ReadonlyMap<string, NactActor>;
}
const systems = createRequire(import.meta.url)("nact/lib/system-map") as {
  find(name: string): NactActor | undefined;
};
const count = (actor: NactActor): number =>
  [...actor.children.values()].reduce((sum, child) => sum + 1 + count(child), 0);

describe("what is left in nact", () => {
  it("is nothing once actors have stopped, with their children", async () => {
    const system = createActorSystem();
    const { name } = system.nodes["ref"] as unknown as { name: string };
    const idle = { init: () => null, handle: () => null };
    const kept = spawn(system, "kept", idle, { normalMax: 1 });
    for (let n = 0; n < 10; n++) {
      const parent = spawn(system, "parent", idle, { normalMax: 1 });
      for (let m = 0; m < 10; m++) spawn(parent, "child", idle, { normalMax: 1 });
      await parent.stop();
    }
    const nactSystem = systems.find(name);
    expect(nactSystem && count(nactSystem)).toBe(1);
    await kept.stop();
    expect(nactSystem && count(nactSystem)).toBe(0);
    await system.stop();
    expect(systems.find(name)).toBeUndefined();
  });
});
