import { expect, it } from "vitest";
import { SessionBench, errorOf } from "../../../test/support/session-bench.ts";

const append = (bench: SessionBench, bytes: number) =>
  bench.send("input_audio_buffer.append", { audio: Buffer.alloc(bytes).toString("base64") });

/** 100 ms at 24 kHz, 16 bits */
const least = 4_800;

it.each([
  [least, undefined],
  [least - 2, "input_audio_buffer_commit_empty"],
])("%i bytes make an utterance or not (%s), however they are cut and wherever they begin", (bytes, code) => {
  for (let before = 2; before < 100; before += 14) {
    for (let parts = 1; parts <= 16; parts += 1) {
      const bench = new SessionBench();
      append(bench, before);
      bench.send("input_audio_buffer.clear");
      const size = Math.floor(bytes / parts);
      for (let part = 1; part < parts; part += 1) append(bench, size);
      append(bench, bytes - size * (parts - 1));
      expect(errorOf(bench.send("input_audio_buffer.commit"))?.code, `${before} + ${parts}`).toBe(code);
    }
  }
});
