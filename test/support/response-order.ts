import assert from "node:assert/strict";

/** One JSON event as the checks read it. */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  assert(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is no object`);
  return value as Fields;
}

export function textOf(fields: Fields, key: string): string {
  const value = fields[key];
  assert(typeof value === "string", `${key} is no string`);
  return value;
}

export function listOf(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key];
  assert(Array.isArray(value), `${key} is no array`);
  return value.map((inner) => fieldsOf(inner, key));
}

/** A text that arrives in deltas and is then said whole. */
class Streamed {
  #text = "";
  #done = false;

  delta(text: string): void {
    assert(!this.#done, "a delta after its done");
    this.#text += text;
  }

  finish(whole: string): void {
    assert(!this.#done, "done twice");
    assert.equal(whole, this.#text, "the deltas do not make up the done text");
    this.#done = true;
  }

  get done(): boolean {
    return this.#done;
  }

  get text(): string {
    return this.#text;
  }
}

/** A content part from `content_part.added` to `.done`. */
class Part {
  readonly kind: "text" | "audio";
  readonly #words = new Streamed();
  #audioDone = false;
  closed = false;

  constructor(part: Fields) {
    const kind = textOf(part, "type");
    assert(kind === "text" || kind === "audio", `a part of type ${kind}`);
    this.kind = kind;
    assert.equal(part[this.#key], "", "a part that is added is not empty");
  }

  get #key(): "text" | "transcript" {
    return this.kind === "text" ? "text" : "transcript";
  }

  words(event: Fields, kind: "text" | "audio"): void {
    this.#open(kind);
    if (typeof event["delta"] === "string") return this.#words.delta(event["delta"]);
    if (kind === "audio") assert(this.#audioDone, "the transcript is done before its audio");
    this.#words.finish(textOf(event, this.#key));
  }

  audio(event: Fields, wholeSampleBytes: number): void {
    this.#open("audio");
    assert(!this.#audioDone, "audio after its done");
    if (textOf(event, "type").endsWith(".done")) {
      this.#audioDone = true;
      return;
    }
    const delta = textOf(event, "delta");
    const bytes = Buffer.from(delta, "base64");
    assert.equal(bytes.toString("base64"), delta, "an audio delta is not padded base64");
    assert.equal(bytes.length % wholeSampleBytes, 0, "an audio delta cuts a sample");
  }

  close(part: Fields): void {
    assert(!this.closed, "a part is closed twice");
    assert(this.#words.done, "a part is closed before its text is done");
    assert.equal(part["type"], this.kind, "a part changes its type");
    assert.equal(part[this.#key], this.#words.text, "the closed part is not what was streamed");
    this.closed = true;
  }

  /** The same part inside its item. */
  assertIsContent(content: Fields | undefined): void {
    assert(content !== undefined, "the item lacks a part that was streamed");
    assert.equal(content["type"], `output_${this.kind}`, "a part's type inside its item");
    assert.equal(content[this.#key], this.#words.text, "the item does not hold what was streamed");
  }

  #open(kind: "text" | "audio"): void {
    assert(!this.closed, "content after its part was closed");
    assert.equal(kind, this.kind, "content of another type than its part");
  }
}

/** An output item of a response. */
class OutputItem {
  readonly id: string;
  readonly #type: string;
  readonly #begun: Fields;
  readonly #parts: Part[] = [];
  readonly #arguments = new Streamed();
  inConversation: "no" | "added" | "done" | "left" = "no";
  finished: Fields | undefined;

  constructor(item: Fields) {
    this.id = textOf(item, "id");
    this.#type = textOf(item, "type");
    this.#begun = item;
    assert.equal(item["status"], "in_progress", "an added item is in progress");
    if (this.#type === "message") assert.deepEqual(item["content"], [], "an added item is empty");
    else assert.equal(item["arguments"], "", "an added call has no arguments yet");
  }

  addPart(event: Fields): void {
    assert.equal(this.#type, "message", "only messages have parts");
    assert.equal(event["content_index"], this.#parts.length, "content_index has a gap");
    this.#parts.push(new Part(fieldsOf(event["part"], "part")));
  }

  part(event: Fields): Part {
    const part = this.#parts[event["content_index"] as number];
    assert(part !== undefined, "content of a part that was not added");
    return part;
  }

  argument(event: Fields): void {
    assert.equal(this.#type, "function_call", "only calls have arguments");
    assert.equal(event["call_id"], this.#begun["call_id"], "call_id changes");
    if (typeof event["delta"] === "string") return this.#arguments.delta(event["delta"]);
    assert.equal(event["name"], this.#begun["name"], "the call's name changes");
    const whole = textOf(event, "arguments");
    assert.notEqual(whole, "", "arguments are empty");
    this.#arguments.finish(whole);
  }

  /** Holds a final form of the item (of whichever event) against what was streamed. */
  assertIs(item: Fields): void {
    assert.equal(item["id"], this.id, "the item's id changes");
    assert.equal(item["type"], this.#type, "the item's type changes");
    assert(item["status"] === "completed" || item["status"] === "incomplete", "a done item is not final");
    if (this.#type === "function_call") {
      assert(this.#arguments.done, "a call is done before its arguments");
      assert.equal(item["arguments"], this.#arguments.text, "the call does not hold its arguments");
      return;
    }
    const content = listOf(item, "content");
    assert.equal(content.length, this.#parts.length, "the item holds other parts than were streamed");
    for (const [index, part] of this.#parts.entries()) {
      assert(part.closed, "an item is done before its part");
      part.assertIsContent(content[index]);
    }
  }
}

/** One response from `response.created` to `response.done`. */
export class ResponseOrder {
  readonly inBand: boolean;
  readonly #begun: Fields;
  readonly #items: OutputItem[] = [];
  ended = false;

  constructor(response: Fields) {
    this.#begun = response;
    assert.equal(response["status"], "in_progress", "a created response is in progress");
    assert.deepEqual(response["output"], [], "a created response is empty");
    assert.equal(response["usage"], null, "a created response has no usage yet");
    assert.equal(response["status_details"], null, "a created response has no details yet");
    this.inBand = response["conversation_id"] !== null;
  }

  holds(itemId: unknown): boolean {
    return this.#items.some(({ id }) => id === itemId);
  }

  /** `conversation.item.added` or `.done` of one of the output items. */
  conversationItem(step: "added" | "done", item: Fields): void {
    const output = this.#items.find(({ id }) => id === item["id"]);
    assert(output !== undefined, "an item of no output");
    assert(this.inBand, "an item of a response out of band enters the conversation");
    assert.equal(
      output.inConversation,
      step === "added" ? "no" : "added",
      `conversation.item.${step} out of turn`,
    );
    if (step === "done") output.assertIs(item);
    output.inConversation = step;
  }

  /** The client deleted an item that was still streaming: it streams on, outside of the conversation. */
  leaveConversation(itemId: string): void {
    for (const item of this.#items) if (item.id === itemId) item.inConversation = "left";
  }

  /** Any event with this response's id but created and done. */
  accept(event: Fields): void {
    const type = textOf(event, "type");
    if (type === "response.output_item.added") return this.#addItem(event);
    const item = this.#items[event["output_index"] as number];
    assert(item !== undefined, "an output item that was not added");
    assert(item.finished === undefined, "something of an item after its output_item.done");
    if (type === "response.output_item.done") return this.#finishItem(item, fieldsOf(event["item"], "item"));
    assert.equal(event["item_id"], item.id, "item_id is not the one at output_index");
    const inside = item.inConversation === "added" || item.inConversation === "left";
    assert(!this.inBand || inside, "content outside conversation.item.added and .done");
    switch (type) {
      case "response.content_part.added":
        return item.addPart(event);
      case "response.content_part.done":
        return item.part(event).close(fieldsOf(event["part"], "part"));
      case "response.output_text.delta":
      case "response.output_text.done":
        return item.part(event).words(event, "text");
      case "response.output_audio_transcript.delta":
      case "response.output_audio_transcript.done":
        return item.part(event).words(event, "audio");
      case "response.output_audio.delta":
      case "response.output_audio.done":
        return item.part(event).audio(event, this.#sampleBytes());
      case "response.function_call_arguments.delta":
      case "response.function_call_arguments.done":
        return item.argument(event);
      default:
        assert.fail(`${type} is no event of a response`);
    }
  }

  end(response: Fields): void {
    const status = textOf(response, "status");
    const details = response["status_details"];
    assert.notEqual(status, "in_progress", "a done response is in progress");
    if (status === "completed") assert.equal(details, null, "a completed response has details");
    else
      assert.equal(fieldsOf(details, "status_details")["type"], status, "the details are of another status");
    for (const key of ["id", "metadata", "conversation_id"])
      assert.deepEqual(response[key], this.#begun[key], `the response's ${key} changes`);
    const output = listOf(response, "output");
    for (const item of this.#items)
      assert(item.finished !== undefined, "the response is done before its item");
    assert.deepEqual(
      output,
      this.#items.map(({ finished }) => finished),
      "the response's output is not its items",
    );
    if (response["usage"] !== null) {
      const usage = fieldsOf(response["usage"], "usage");
      const sum = Number(usage["input_tokens"]) + Number(usage["output_tokens"]);
      assert.equal(usage["total_tokens"], sum, "usage does not add up");
    }
    this.ended = true;
  }

  #addItem(event: Fields): void {
    assert.equal(event["output_index"], this.#items.length, "output_index has a gap");
    this.#items.push(new OutputItem(fieldsOf(event["item"], "item")));
  }

  #finishItem(item: OutputItem, final: Fields): void {
    item.assertIs(final);
    const closed = item.inConversation === "done" || item.inConversation === "left";
    assert(!this.inBand || closed, "output_item.done before conversation.item.done");
    item.finished = final;
  }

  #sampleBytes(): number {
    const output = fieldsOf(fieldsOf(this.#begun["audio"], "audio")["output"], "audio.output");
    return fieldsOf(output["format"], "format")["type"] === "audio/pcm" ? 2 : 1;
  }
}
