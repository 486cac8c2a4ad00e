import { describe, expect, it } from "vitest";
import { ParleyError } from "../lib/errors.ts";
import { createLogger, sessionLogger, type LogOptions } from "./logs.ts";

function capture(options: Omit<LogOptions, "to">) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ ...options, to: { write } }) };
}

describe("logs", () => {
  it("writes one JSON object per line with level, base fields, session and turn", () => {
    const { lines, logger } = capture({ level: "info", pii: false, base: { node: "node_1" } });
    sessionLogger(logger, "sess_1", "resp_1").info({ stage: "stt" }, "stage ended");
    logger.debug("below the level");
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        node: "node_1",
        session: "sess_1",
        turn: "resp_1",
        stage: "stt",
        msg: "stage ended",
      },
    ]);
  });

  it("drops what is under pii, in lines and in bindings, unless enabled", () => {
    const closed = capture({ level: "info", pii: false });
    closed.logger.info({ pii: { text: "what was said" } }, "heard");
    closed.logger.child({ pii: { name: "someone" } }).info("named");
    expect(JSON.stringify(closed.lines)).not.toMatch(/said|someone|pii/);

    const open = capture({ level: "info", pii: true });
    open.logger.info({ pii: { text: "what was said" } }, "heard");
    expect(open.lines[0]).toMatchObject({ pii: { text: "what was said" } });
  });

  it("shows an error with its code and its cause", () => {
    const { lines, logger } = capture({ level: "info", pii: false });
    const cause = new Error("disk is full");
    logger.error({ err: new ParleyError("ERR_STORE", "append failed", { cause }) }, "append failed");
    expect(lines[0]).toMatchObject({ err: { code: "ERR_STORE", type: "ParleyError" } });
    expect(JSON.stringify(lines[0])).toContain("disk is full");
  });
});
