import { describe, expect, it } from "vitest";
import type { ItemId, NodeId, RecordId, ResponseId } from "../lib/ids.ts";
import type { ContentPart, Item } from "../protocol/items.ts";
import type { LogEntry, LogRecord } from "../protocol/log-record.ts";
import { changeItem, projectRecord } from "./projection.ts";

const id = "item_1" as ItemId;
const message = (...content: ContentPart[]): Item => ({
  id,
  object: "realtime.item",
  type: "message",
  role: "user",
  status: "completed",
  content,
});
const record = (...entries: LogEntry[]): LogRecord => ({
  n: 4,
  prev: 9,
  epoch: 2,
  id: "rec_1" as RecordId,
  at: 1_000,
  entries,
});

describe("projection of a log record", () => {
  it("puts items at (record, epoch, entry) in the order of the entries", () => {
    const item = message({ type: "input_text", text: "hi" });
    const { items } = projectRecord(
      record({ type: "alive" }, { type: "item", item, after: null }, { type: "item.deleted", item: id }),
    );
    expect(items).toEqual([
      { write: "put", item, position: { n: 4, epoch: 2, entry: 1 }, at: 1_000 },
      { write: "delete", item: id },
    ]);
  });

  it("takes model and end of the session from owner and closed, and touches it with any record", () => {
    const owner: LogEntry = { type: "owner", node: "node_1" as NodeId, model: "m" };
    expect(projectRecord(record(owner)).session).toEqual({ at: 1_000, closed: false, model: "m" });
    expect(projectRecord(record({ type: "closed", reason: "left" })).session).toEqual({
      at: 1_000,
      closed: true,
    });
    expect(projectRecord(record({ type: "alive" }))).toEqual({
      session: { at: 1_000, closed: false },
      items: [],
    });
  });

  it("leaves out what only the session reads back", () => {
    const response = "resp_1" as ResponseId;
    const { items } = projectRecord(
      record(
        { type: "configured", config: {} },
        { type: "response.begun", response, outOfBand: false },
        { type: "segment", response, item: id, segment: 0, offset: 0, text: "x" },
        { type: "transcript.failed", item: id, code: "ERR_PROVIDER" },
        { type: "response.ended", response, status: "completed" },
      ),
    );
    expect(items).toEqual([]);
  });

  it("fills in the transcript of the first input_audio part only", () => {
    const item = message(
      { type: "input_text", text: "t" },
      { type: "input_audio", transcript: null },
      { type: "input_audio", transcript: null },
    );
    expect(changeItem(item, { type: "transcribed", text: "hello" })).toEqual(
      message(
        { type: "input_text", text: "t" },
        { type: "input_audio", transcript: "hello" },
        { type: "input_audio", transcript: null },
      ),
    );
  });

  it("keeps of a truncated item what was heard", () => {
    const item = message(
      { type: "output_text", text: "t" },
      { type: "output_audio", transcript: "one two" },
      { type: "output_audio", transcript: "three" },
    );
    expect(changeItem(item, { type: "truncated", heard: "one" })).toEqual(
      message(
        { type: "output_text", text: "t" },
        { type: "output_audio", transcript: "one" },
        { type: "output_audio", transcript: "" },
      ),
    );
  });

  it("leaves an item without such a part as it is", () => {
    const item = message({ type: "input_text", text: "t" });
    expect(changeItem(item, { type: "transcribed", text: "x" })).toEqual(item);
    expect(changeItem(item, { type: "truncated", heard: "x" })).toEqual(item);
  });
});
