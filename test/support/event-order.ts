import assert from "node:assert/strict";
import { fieldsOf, ResponseOrder, textOf } from "./response-order.ts";
import type { Fields } from "./response-order.ts";

/** Follows the server events of one connection and throws (`AssertionError`, with the event's number and type) at
 *  the first one that breaks the order which clients rely on: unique ids, the skeleton of responses, indices without
 *  gaps, deltas that make up what is said to be done, everything opened is closed, nothing after its end. */
export class EventOrderChecker {
  readonly #ids = new Set<string>();
  readonly #responses = new Map<string, ResponseOrder>();
  /** Items of the conversation that were added and not deleted. */
  readonly #items = new Map<string, "added" | "done">();
  readonly #transcribed = new Set<string>();
  #speechItem: unknown;
  #speechStartMs = 0;
  /** What was being spoken when voice activity was switched off: its turn may still end, or be another's. */
  #abandoned: unknown;
  #detects = true;
  /** Committed input whose item has not been added yet. */
  #committed: string | undefined;
  #count = 0;

  accept(event: { readonly type: string; readonly event_id: string }): void {
    this.#count += 1;
    try {
      const fields = fieldsOf(event, "the event");
      const id = textOf(fields, "event_id");
      assert(!this.#ids.has(id), "an event id is used twice");
      this.#ids.add(id);
      this.#accept(textOf(fields, "type"), fields);
    } catch (error) {
      if (error instanceof assert.AssertionError)
        error.message = `event ${this.#count} (${event.type}): ${error.message}`;
      throw error;
    }
  }

  /** At the end of a quiet conversation: all that was opened is closed. */
  finish(): void {
    for (const [id, response] of this.#responses)
      assert(response.ended, `response ${id} has no response.done`);
    for (const [id, step] of this.#items)
      assert.equal(step, "done", `item ${id} has no conversation.item.done`);
    assert.equal(this.#committed, undefined, "committed audio has no item");
  }

  #accept(type: string, event: Fields): void {
    if (type === "response.created") this.#created(fieldsOf(event["response"], "response"));
    else if (type === "response.done") {
      const response = fieldsOf(event["response"], "response");
      this.#open(textOf(response, "id")).end(response);
    } else if (type.startsWith("response.")) this.#open(textOf(event, "response_id")).accept(event);
    else if (type === "session.updated") this.#updated(fieldsOf(event["session"], "session"));
    else if (type.startsWith("input_audio_buffer.")) this.#input(type, event);
    else if (type === "conversation.item.added") this.#itemAdded(event);
    else if (type === "conversation.item.done") this.#itemDone(event);
    else if (type.startsWith("conversation.item.")) this.#itemChanged(type, event);
  }

  #created(response: Fields): void {
    const id = textOf(response, "id");
    assert(!this.#responses.has(id), "a response is created twice");
    const begun = new ResponseOrder(response);
    const active = [...this.#responses.values()].some(({ inBand, ended }) => inBand && !ended);
    assert(!begun.inBand || !active, "two responses of the conversation at once");
    this.#responses.set(id, begun);
  }

  #open(id: string): ResponseOrder {
    const response = this.#responses.get(id);
    assert(response !== undefined, "a response that was not created");
    assert(!response.ended, "something of a response after its response.done");
    return response;
  }

  #updated(session: Fields): void {
    const input = fieldsOf(fieldsOf(session["audio"], "audio")["input"], "input");
    this.#detects = input["turn_detection"] !== null;
    if (this.#detects) return;
    this.#abandoned = this.#speechItem ?? this.#abandoned;
    this.#speechItem = undefined;
  }

  #input(type: string, event: Fields): void {
    if (type.endsWith("speech_started")) {
      assert.equal(this.#speechItem, undefined, "speech starts twice");
      this.#speechItem = textOf(event, "item_id");
      this.#speechStartMs = Number(event["audio_start_ms"]);
    } else if (type.endsWith("speech_stopped")) {
      this.#speechItem ??= this.#abandoned;
      assert.equal(event["item_id"], this.#speechItem, "speech stops in another item than it started in");
      assert(Number(event["audio_end_ms"]) >= this.#speechStartMs, "speech ends before it starts");
    } else if (type.endsWith("committed")) {
      this.#previous(event);
      assert.equal(this.#committed, undefined, "a commit before the item of the last one");
      this.#committed = textOf(event, "item_id");
      const speech = this.#speechItem ?? (this.#detects ? undefined : this.#abandoned);
      if (speech !== undefined)
        assert.equal(this.#committed, speech, "the speech that started becomes another item");
      this.#speechItem = undefined;
      if (this.#committed === this.#abandoned) this.#abandoned = undefined;
    } else if (type.endsWith("cleared")) {
      this.#speechItem = undefined;
      this.#abandoned = undefined;
    }
  }

  /** The key is always there; what it names is in the conversation. */
  #previous(event: Fields): void {
    assert(event["previous_item_id"] !== undefined, "previous_item_id is missing");
    const previous = event["previous_item_id"];
    if (previous === null) return;
    const id = textOf(event, "previous_item_id");
    assert(this.#items.has(id), "the previous item is not in the conversation");
  }

  #itemAdded(event: Fields): void {
    this.#previous(event);
    const item = fieldsOf(event["item"], "item");
    const id = textOf(item, "id");
    assert(!this.#items.has(id), "an item is added twice");
    if (this.#committed !== undefined && item["role"] === "user") {
      assert.equal(id, this.#committed, "another user item comes between a commit and its item");
      this.#committed = undefined;
    }
    this.#output(id)?.conversationItem("added", item);
    this.#items.set(id, "added");
  }

  #itemDone(event: Fields): void {
    assert(event["previous_item_id"] !== undefined, "previous_item_id is missing");
    const item = fieldsOf(event["item"], "item");
    const id = textOf(item, "id");
    assert.equal(this.#items.get(id), "added", "an item is done that is not in progress");
    assert.notEqual(item["status"], "in_progress", "a done item is in progress");
    this.#output(id)?.conversationItem("done", item);
    this.#items.set(id, "done");
  }

  /** The open response that the item is output of. */
  #output(itemId: string): ResponseOrder | undefined {
    return [...this.#responses.values()].find((response) => !response.ended && response.holds(itemId));
  }

  #itemChanged(type: string, event: Fields): void {
    if (type.endsWith(".retrieved")) {
      const id = textOf(fieldsOf(event["item"], "item"), "id");
      assert(this.#items.has(id), "an item is retrieved that is not in the conversation");
      return;
    }
    const id = textOf(event, "item_id");
    if (type.includes("input_audio_transcription")) {
      const part = `${id} ${String(event["content_index"])}`;
      assert(!this.#transcribed.has(part), "something of a transcription after its end");
      if (type.endsWith(".completed") || type.endsWith(".failed")) this.#transcribed.add(part);
      return;
    }
    assert(this.#items.has(id), "an item changes that is not in the conversation");
    if (!type.endsWith(".deleted")) return;
    this.#output(id)?.leaveConversation(id);
    this.#items.delete(id);
  }
}
