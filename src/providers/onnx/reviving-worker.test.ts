import { describe, expect, it } from "vitest";
import type { EchoRequest } from "../../../test/support/echo-worker.ts";
import { ensureTestModels } from "../../../test/support/models.ts";
import type { Clock } from "../../lib/clock.ts";
import { systemClock } from "../../lib/clock.ts";
import { modelPath } from "../models/models.ts";
import { createSileroVad } from "../silero/silero.ts";
import { RevivingWorker } from "./reviving-worker.ts";

const entry = new URL("../../../test/support/echo-worker.ts", import.meta.url);
const echo: EchoRequest = { do: "echo", bytes: Uint8Array.of(7) };

async function start(callMsMax = 60_000): Promise<{
  readonly worker: RevivingWorker<EchoRequest, Uint8Array>;
  readonly advance: (ms: number) => void;
}> {
  let skippedMs = 1;
  const clock: Clock = { ...systemClock, monotonic: () => skippedMs };
  const options = { name: "echo", data: { broken: false }, callMsMax, clock };
  return {
    worker: await RevivingWorker.start<EchoRequest, Uint8Array>(entry, options),
    advance: (ms) => {
      skippedMs += ms;
    },
  };
}

describe("reviving worker", () => {
  it("is replaced after a crash, but not sooner than a second after it started", async () => {
    const { worker, advance } = await start();
    await expect(worker.call({ do: "crash" })).rejects.toMatchObject({ code: "ERR_PROVIDER" });
    await expect(worker.call(echo)).rejects.toMatchObject({ code: "ERR_PROVIDER" });
    advance(1_000);
    // The crashed thread needs a moment to be gone; until then its calls are refused.
    await expect.poll(() => worker.call(echo).catch(() => undefined)).toEqual(Uint8Array.of(7));
    await worker.close();
    await expect(worker.call(echo)).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("is replaced when it hangs", { timeout: 30_000 }, async () => {
    const { worker, advance } = await start(2_000);
    await expect(worker.call({ do: "block" })).rejects.toMatchObject({ code: "ERR_PROVIDER_TIMEOUT" });
    advance(1_000);
    expect(await worker.call(echo)).toEqual(Uint8Array.of(7));
    await worker.close();
  });

  it(
    "can start onnxruntime again after the only thread that used it has ended",
    { timeout: 60_000 },
    async () => {
      const path = modelPath(await ensureTestModels(), "silero/silero_vad.onnx");
      for (let round = 0; round < 2; round += 1) {
        const vad = await createSileroVad({ modelPath: path });
        expect(await vad.open().judge(new Int16Array(512))).toHaveLength(1);
        await vad.close();
      }
    },
  );
});
