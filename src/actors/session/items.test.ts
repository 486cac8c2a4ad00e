import { describe, expect, it } from "vitest";
import { freedMax } from "./state.ts";
import { SessionBench, errorOf, eventsOf, logOf, text, user } from "../../../test/support/session-bench.ts";

const picture = { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" };
const speech = Buffer.alloc(9_600).toString("base64");

describe("[IMG-3] a picture in the conversation", () => {
  it("is in the item and its log entry, and not in the events about it", () => {
    const bench = new SessionBench();
    const effects = bench.create(user(text("What is this?"), picture));
    expect(logOf(effects)).toMatchObject([{ type: "item", item: { content: [{}, picture] } }]);
    expect(eventsOf(effects).map(({ type }) => type)).toEqual([
      "conversation.item.added",
      "conversation.item.done",
    ]);
    expect(JSON.stringify(eventsOf(effects))).not.toContain("data:image");
    expect(bench.state.conversation[0]).toMatchObject({ content: [{}, picture] });
  });

  it("is shown to the model", () => {
    const bench = new SessionBench();
    bench.create(user(text("What is this?"), picture));
    const effects = bench.send("response.create");
    const { image_url: url, detail } = picture;
    expect(effects.find(({ type }) => type === "begin")).toMatchObject({
      request: { messages: [{ role: "user", text: "What is this?", images: [{ url, detail, offset: 13 }] }] },
    });
  });

  it("is refused where the model takes none, and nothing of its item is there", () => {
    const bench = new SessionBench({ takesImages: false, contextTokens: 32_768 });
    const before = bench.state;
    const effects = bench.create(user(text("What is this?"), picture));
    expect(errorOf(effects)).toMatchObject({
      type: "invalid_request_error",
      code: "image_input_not_supported",
      param: "item.content[1]",
      event_id: "mine",
    });
    expect([bench.state, logOf(effects)]).toEqual([before, []]);
  });

  it("is refused in a context of its own too", () => {
    const bench = new SessionBench({ takesImages: false, contextTokens: 32_768 });
    const input = [user(text("a")), user(picture)];
    const effects = bench.send("response.create", { response: { conversation: "none", input } });
    expect(errorOf(effects)).toMatchObject({
      code: "image_input_not_supported",
      param: "response.input[1].content[0]",
    });
    expect(bench.state.active.size).toBe(0);
  });
});

describe("items of the client", () => {
  it.each([
    ["at the end", {}, ["a", "b", "x"], "b"],
    ["at the end, said with null", { previous_item_id: null }, ["a", "b", "x"], "b"],
    ["at the end, said with nothing", { previous_item_id: "" }, ["a", "b", "x"], "b"],
    ["first", { previous_item_id: "root" }, ["x", "a", "b"], null],
    ["after another", { previous_item_id: "a" }, ["a", "x", "b"], "a"],
  ])("are placed %s", (_name, rest, order, before) => {
    const bench = new SessionBench();
    for (const id of ["a", "b"]) bench.create({ id, ...user(text(id)) });
    const effects = bench.create({ id: "x", ...user(text("x")) }, rest);
    expect(bench.ids).toEqual(order);
    expect(eventsOf(effects)).toMatchObject([
      { type: "conversation.item.added", previous_item_id: before },
      { type: "conversation.item.done", previous_item_id: before },
    ]);
    expect(logOf(effects)).toMatchObject([{ type: "item", after: before }]);
  });

  it.each([
    ["an id that is there", { id: "a", ...user(text("x")) }, {}, "item_create_duplicate_item_id", "item.id"],
    [
      "a place that is not there",
      user(text("x")),
      { previous_item_id: "nobody" },
      "item_create_invalid_previous_item_id",
      "previous_item_id",
    ],
    [
      "the output of a call that nobody made",
      { type: "function_call_output", call_id: "call_none", output: "1" },
      {},
      "invalid_tool_call_id",
      "item.call_id",
    ],
  ])("are refused for %s", (_name, item, rest, code, param) => {
    const bench = new SessionBench();
    bench.create({ id: "a", ...user(text("a")) });
    const effects = bench.create(item, rest);
    expect(errorOf(effects)).toMatchObject({ code, param, event_id: "mine" });
    expect([bench.ids, logOf(effects)]).toEqual([["a"], []]);
  });

  it("[ITM-1] name the part whose words were recognised, wherever it stands", () => {
    const bench = new SessionBench();
    bench.send("session.update", {
      session: { type: "realtime", audio: { input: { transcription: { model: "any" } } } },
    });
    const effects = bench.create({
      id: "x",
      ...user(text("before"), { type: "input_audio", audio: speech }),
    });
    expect(effects).toContainEqual(
      expect.objectContaining({
        type: "listen",
        message: expect.objectContaining({ type: "recognize", item: "x" }) as unknown,
      }),
    );
    const done = bench.tell({ type: "transcript", item: bench.state.pending[0]!, text: "words", seconds: 1 });
    expect(eventsOf(done)).toMatchObject([
      { item_id: "x", content_index: 1, transcript: "words", usage: { type: "duration", seconds: 1 } },
    ]);
    expect(bench.state.conversation).toMatchObject([
      { content: [text("before"), { type: "input_audio", transcript: "words" }] },
    ]);
  });

  it("[ITM-2] with two parts of audio are refused, so that none goes unheard", () => {
    const bench = new SessionBench();
    const audio = { type: "input_audio", audio: speech };
    expect(errorOf(bench.create(user(audio, audio)))).toMatchObject({
      code: "invalid_value",
      param: "item.content[1].type",
    });
    expect(bench.ids).toEqual([]);
  });

  it("[ITM-2] are refused as a context of their own when their audio would go unheard", () => {
    const bench = new SessionBench();
    const ask = (part: object) =>
      bench.send("response.create", { response: { conversation: "none", input: [user(part)] } });
    expect(errorOf(ask({ type: "input_audio", audio: speech }))).toMatchObject({
      code: "invalid_value",
      param: "response.input[0].content[0].audio",
    });
    const effects = ask({ type: "input_audio", audio: speech, transcript: "words" });
    expect(effects.find(({ type }) => type === "begin")).toMatchObject({
      request: { messages: [{ role: "user", text: "words" }] },
    });
  });

  it.each(["item_1_0", "item_1_s0", "item_1_2_s0", "item_1_0_0"])(
    "[ITM-3] cannot have an id that the server may pick: %s",
    (id) => {
      const bench = new SessionBench();
      const refused = bench.create({ id, ...user(text("a")) });
      expect(errorOf(refused)).toMatchObject({ code: "invalid_value", param: "item.id", event_id: "mine" });
      expect([bench.ids, logOf(refused)]).toEqual([[], []]);
      expect(errorOf(bench.create({ id: id.replace("_1_", "_other_"), ...user(text("a")) }))).toBeUndefined();
    },
  );

  it("[ITM-3] can have the id of an item of the server's that was deleted, and no two have it", () => {
    const bench = new SessionBench();
    for (let round = 0; round < 2; round += 1) {
      bench.create(user(text("a")));
      const id = bench.ids[0]!;
      for (let again = 0; again < 2; again += 1) {
        bench.send("conversation.item.delete", { item_id: id });
        expect(errorOf(bench.create({ id, ...user(text("b")) }))).toBeUndefined();
        expect(errorOf(bench.create({ id, ...user(text("c")) }))?.code).toBe("item_create_duplicate_item_id");
      }
      expect(bench.ids).toEqual([id]);
      bench.send("conversation.item.delete", { item_id: id });
    }
    expect(new Set(bench.ids).size).toBe(bench.ids.length);
  });

  it("[ITM-3] can have the ids of the newest deletions only", () => {
    const bench = new SessionBench();
    for (let n = 0; n <= freedMax; n += 1) {
      bench.create(user(text("a")));
      bench.send("conversation.item.delete", { item_id: bench.ids[0] });
    }
    expect(bench.state.freed.size).toBe(freedMax);
    expect(errorOf(bench.create({ id: "item_1_0", ...user(text("a")) }))?.param).toBe("item.id");
    expect(errorOf(bench.create({ id: "item_1_1", ...user(text("a")) }))).toBeUndefined();
  });

  it("[ITM-3] without ids get none that an utterance has, however many there are", () => {
    const bench = new SessionBench();
    for (let n = 0; n < 1_100; n += 1) bench.create(user(text("a")));
    expect(bench.ids.filter((id) => id.startsWith("item_1_s"))).toEqual([]);
  });

  it("[RET-4] cannot have audio under an id of which audio may still come", () => {
    const bench = new SessionBench();
    const spoken = user({ type: "input_audio", audio: speech });
    bench.create({ id: "x", ...spoken });
    bench.send("conversation.item.delete", { item_id: "x" });
    const refused = bench.create({ id: "x", ...spoken });
    expect(errorOf(refused)).toMatchObject({ code: "invalid_value", param: "item.id", event_id: "mine" });
    bench.tell({ type: "transcript", item: bench.state.pending[0]!, text: "words", seconds: 1 });
    expect(errorOf(bench.create({ id: "x", ...spoken }))).toBeUndefined();
    expect(bench.ids).toEqual(["x"]);
  });

  it("that were deleted are in no context, and a second deletion is an error", () => {
    const bench = new SessionBench();
    for (const id of ["a", "b"]) bench.create({ id, ...user(text(id)) });
    bench.send("conversation.item.delete", { item_id: "a" });
    expect(errorOf(bench.send("conversation.item.delete", { item_id: "a" }))).toMatchObject({
      code: "item_delete_invalid_item_id",
    });
    expect(errorOf(bench.send("conversation.item.retrieve", { item_id: "a" }))).toMatchObject({
      code: "item_retrieve_invalid_item_id",
    });
    const input = [
      { type: "item_reference", id: "b" },
      { type: "item_reference", id: "a" },
    ];
    expect(
      errorOf(bench.send("response.create", { response: { conversation: "none", input } })),
    ).toMatchObject({ param: "response.input[1].id" });
    expect(bench.send("response.create").find(({ type }) => type === "begin")).toMatchObject({
      request: { messages: [{ text: "b" }] },
    });
  });
});

describe("responses beside the conversation", () => {
  it("run at once with it and with each other, and leave nothing in it", () => {
    const bench = new SessionBench();
    bench.create({ id: "a", ...user(text("a")) });
    bench.send("response.create");
    const metadata = { topic: "x".repeat(512) };
    for (let n = 0; n < 2; n += 1) {
      const effects = bench.send("response.create", {
        response: { conversation: "none", input: [], metadata, output_modalities: ["text"] },
      });
      expect(eventsOf(effects)).toMatchObject([
        { type: "response.created", response: { conversation_id: null, metadata, output: [], usage: null } },
      ]);
      expect(effects.find(({ type }) => type === "begin")).toMatchObject({ request: { messages: [] } });
    }
    expect(errorOf(bench.send("response.create"))).toMatchObject({
      code: "conversation_already_has_active_response",
      message: expect.stringMatching(
        /^Conversation already has an active response in progress: resp_/,
      ) as string,
    });
    expect([bench.state.active.size, bench.ids]).toEqual([3, ["a"]]);
  });

  it.each([
    ["17 pairs", Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, "v"]))],
    ["a key of 65 characters", { ["k".repeat(65)]: "v" }],
    ["a value of 513 characters", { k: "v".repeat(513) }],
    ["a number", { k: 1 }],
  ])("are refused with metadata of %s", (_name, metadata) => {
    const effects = new SessionBench().send("response.create", { response: { metadata } });
    expect(errorOf(effects)?.param).toMatch(/^response\.metadata/);
  });
});
