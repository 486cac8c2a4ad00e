/** Objects that are no events: by their fields, the code they are answered with, and whether an id can be read. */
export const badFrames: readonly {
  readonly frame: Record<string, unknown>;
  readonly code: string;
  readonly hasId: boolean;
}[] = [
  { frame: {}, code: "missing_required_parameter", hasId: false },
  { frame: { type: undefined }, code: "missing_required_parameter", hasId: true },
  { frame: { type: null }, code: "invalid_value", hasId: true },
  { frame: { type: 7 }, code: "invalid_value", hasId: true },
  { frame: { type: "no.such.event" }, code: "invalid_value", hasId: true },
  { frame: { type: "__proto__" }, code: "invalid_value", hasId: true },
  { frame: { type: "session.created" }, code: "invalid_value", hasId: true },
  { frame: { type: "response.create", event_id: 7 }, code: "invalid_value", hasId: false },
  { frame: { type: "response.create", event_id: {} }, code: "invalid_value", hasId: false },
  {
    frame: { type: "response.create", event_id: "x".repeat(513) },
    code: "string_above_max_length",
    hasId: false,
  },
];

const invalid = ["invalid_value"] as const;
const missing = ["missing_required_parameter"] as const;
const tooLong = ["string_above_max_length"] as const;

type BadEvent = readonly [type: string, fields: object, codes: readonly string[]];

const session = (fields: object, codes: readonly string[] = invalid): BadEvent => [
  "session.update",
  { session: { type: "realtime", ...fields } },
  codes,
];
const item = (fields: object, codes: readonly string[] = invalid): BadEvent => [
  "conversation.item.create",
  { item: fields },
  codes,
];
const user = (...content: unknown[]): object => ({ type: "message", role: "user", content });
const part = (fields: object, codes?: readonly string[]): BadEvent => item(user(fields), codes);
const response = (fields: object, codes: readonly string[] = invalid): BadEvent => [
  "response.create",
  { response: { conversation: "none", ...fields } },
  codes,
];
const png = "data:image/png;base64,AAAA";
const speech = { type: "input_audio", transcript: "words" };
const pairs = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, "v"]));

/** Events with one thing wrong, whatever the session is doing. */
export const badFields: readonly BadEvent[] = [
  ["session.update", {}, missing],
  ["session.update", { session: 7 }, invalid],
  ["session.update", { session: [] }, invalid],
  session({ type: "smell" }),
  session({ output_modalities: ["audio", "text"] }),
  session({ output_modalities: [] }),
  session({ output_modalities: ["smell"] }),
  session({ instructions: 7 }),
  session({ instructions: "x".repeat(262_145) }, tooLong),
  session({ audio: { input: { format: { type: "audio/mp3" } } } }),
  session({ audio: { input: { format: { type: "audio/pcm", rate: 8_000 } } } }),
  session({ audio: { input: { turn_detection: { type: "server_vad", threshold: 2 } } } }),
  session({ audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: -1 } } } }),
  session({ audio: { output: { speed: 9 } } }),
  session({ tools: [{ type: "mcp" }] }),
  session({ tools: [{ type: "function", name: "a b" }] }),
  session({ tools: [{ type: "function" }] }, missing),
  session({ tool_choice: 7 }),
  session({ max_output_tokens: 0 }),
  session({ max_output_tokens: 1.5 }),
  session({ truncation: "maybe" }),
  session({ truncation: { type: "retention_ratio", retention_ratio: 2 } }),
  ["input_audio_buffer.append", {}, missing],
  ["input_audio_buffer.append", { audio: 7 }, invalid],
  ["input_audio_buffer.append", { audio: "!!!!" }, invalid],
  ["input_audio_buffer.append", { audio: "AAA" }, invalid],
  ["input_audio_buffer.append", { audio: "AAA-" }, invalid],
  ["conversation.item.create", {}, missing],
  ["conversation.item.create", { item: 7 }, invalid],
  ["conversation.item.create", { item: user(), previous_item_id: 7 }, invalid],
  [
    "conversation.item.create",
    { item: user(), previous_item_id: "item_of_nobody" },
    ["item_create_invalid_previous_item_id"],
  ],
  item({}, missing),
  item({ type: "smell" }),
  item({ type: "message", role: "tool", content: [] }),
  item({ type: "message", role: "user" }, missing),
  item({ type: "message", role: "user", content: "words" }),
  item({ type: "message", role: "system", content: [speech] }),
  item({ type: "message", role: "assistant", content: [{ type: "audio", audio: "AAAA" }] }),
  item({ ...user(), id: "a.b" }),
  item({ ...user(), id: "" }),
  item({ ...user(), id: "x".repeat(129) }, tooLong),
  item({ type: "function_call", name: "f" }, missing),
  item({ type: "function_call_output", call_id: "call_of_nobody", output: "" }, ["invalid_tool_call_id"]),
  item({ type: "function_call_output", call_id: "call_of_nobody" }, missing),
  part({ type: "smell" }),
  part({ type: "input_text" }, missing),
  part({ type: "input_text", text: 7 }),
  part({ type: "output_text", text: "words" }),
  part({ type: "input_audio" }, missing),
  part({ type: "input_audio", audio: "*" }),
  part({ type: "input_image" }, missing),
  part({ type: "input_image", image_url: "https://example.com/a.png" }),
  part({ type: "input_image", image_url: png }, ["image_input_not_supported"]),
  item(user(speech, speech)),
  ["conversation.item.retrieve", {}, missing],
  ["conversation.item.retrieve", { item_id: 7 }, invalid],
  ["conversation.item.delete", { item_id: "" }, invalid],
  ["conversation.item.truncate", { item_id: "item_of_nobody" }, missing],
  [
    "conversation.item.truncate",
    { item_id: "item_of_nobody", content_index: 0, audio_end_ms: 0 },
    ["item_truncate_invalid_item_id"],
  ],
  ["conversation.item.truncate", { item_id: "item_of_nobody", content_index: 0, audio_end_ms: -1 }, invalid],
  ["response.create", { response: 7 }, invalid],
  response({ conversation: "both" }),
  response({ max_output_tokens: 5_000 }),
  response({ output_modalities: ["smell"] }),
  response({ metadata: pairs }),
  response({ metadata: { k: 1 } }),
  response({ input: 7 }),
  response({ input: [{ type: "smell" }] }),
  response({ input: [{ type: "item_reference" }] }, missing),
  response({ input: [{ type: "item_reference", id: "item_of_nobody" }] }, [
    "invalid_value",
    "rate_limit_exceeded",
  ]),
  ["response.cancel", { response_id: 7 }, invalid],
  ["response.cancel", { response_id: "resp_of_nobody" }, ["response_cancel_not_active"]],
];
