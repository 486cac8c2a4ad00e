import { audioOf } from "./small-server.ts";
import { badFields, badFrames } from "./bad-frames.ts";
import type { Random } from "./random.ts";

/** What one frame must be answered with. It is known from how the frame was made, never from reading it. */
export type Due =
  /** Exactly one error, with one of these codes. It names the event's id, or none where there was none to read. */
  | { readonly type: "error"; readonly codes: readonly string[]; readonly eventId: string | null }
  /** No error; `answer` says which event tells of it, if one does. */
  | { readonly type: "none"; readonly eventId: string; readonly answer?: string }
  /** At most one error, with one of these codes: it depends on what the session is doing. */
  | { readonly type: "may"; readonly codes: readonly string[]; readonly eventId: string };

export interface Made {
  readonly frame: string | Buffer;
  readonly due: Due;
}

/** Makes the frames of one connection, from valid ones to noise, and knows what the valid ones have made of the
 *  conversation. */
export class FrameMaker {
  readonly random: Random;
  /** Items of the client that are in the conversation now. */
  #items: string[] = [];
  #calls = new Map<string, string>();
  #count = 0;

  constructor(random: Random) {
    this.random = random;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.int(0, list.length - 1)] as T;
  }

  next(): Made {
    const kind = this.random.next();
    if (kind < 0.2) return this.#noise();
    if (kind < 0.55) return this.#wrong();
    return this.#valid();
  }

  event(type: string, fields: object = {}): { readonly eventId: string; readonly frame: string } {
    const eventId = `client_${this.#count++}`;
    return { eventId, frame: JSON.stringify({ type, event_id: eventId, ...fields }) };
  }

  #noise(): Made {
    const { random } = this;
    const due = { type: "error", codes: ["invalid_json"], eventId: null } as const;
    const whole = this.event("conversation.item.retrieve", { item_id: "x".repeat(random.int(1, 50)) }).frame;
    const depth = random.int(65, 600);
    const frames: readonly (() => string | Buffer)[] = [
      () => "",
      // a piece of an object is none
      () => whole.slice(0, random.int(1, whole.length - 1)),
      () => `${whole}}`,
      () => `[${whole}]`,
      () => JSON.stringify(this.pick([null, true, 7, "response.create", [], [{}]])),
      () =>
        String.fromCodePoint(...Array.from({ length: random.int(1, 60) }, () => random.int(0x80, 0xd7ff))),
      () => Buffer.from(Array.from({ length: random.int(1, 200) }, () => random.int(0x80, 0xff))),
      () => `{"type":"x","deep":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      () => `{"type":${"[".repeat(depth)}`,
      () => `{'type':'response.create'}`,
      () => `{"type":"response.create",}`,
    ];
    return { frame: this.pick(frames)(), due };
  }

  /** A JSON object that is no event, or an event with one thing wrong. */
  #wrong(): Made {
    if (this.random.chance(0.15)) {
      const { frame, code, hasId } = this.pick(badFrames);
      const { eventId, frame: whole } = this.event("", {});
      const base = JSON.parse(whole) as Record<string, unknown>;
      const object = hasId ? { ...base, ...frame } : frame;
      return {
        frame: JSON.stringify(object),
        due: { type: "error", codes: [code], eventId: hasId ? eventId : null },
      };
    }
    const [type, fields, codes] = this.#wrongEvent();
    const { eventId, frame } = this.event(type, fields);
    return { frame, due: { type: "error", codes, eventId } };
  }

  #wrongEvent(): readonly [string, object, readonly string[]] {
    const known = this.#items.at(-1);
    if (known !== undefined && this.random.chance(0.1)) {
      const item = { id: this.pick(this.#items), type: "message", role: "user", content: [] };
      return this.pick([
        ["conversation.item.create", { item }, ["item_create_duplicate_item_id"]],
        [
          "conversation.item.truncate",
          { item_id: item.id, content_index: 0, audio_end_ms: 0 },
          ["invalid_value"],
        ],
      ] as const);
    }
    return this.pick(badFields);
  }

  #valid(): Made {
    const makers: readonly (readonly [number, () => Made])[] = [
      [30, () => this.#append()],
      [25, () => this.#create()],
      [12, () => this.#onItem("conversation.item.retrieve", "conversation.item.retrieved")],
      [6, () => this.#onItem("conversation.item.delete", "conversation.item.deleted")],
      [8, () => this.#plain("session.update", { session: this.#settings() }, "session.updated")],
      [3, () => this.#plain("input_audio_buffer.clear", {}, "input_audio_buffer.cleared")],
      [3, () => this.#plain("output_audio_buffer.clear", {})],
      [4, () => this.#may("input_audio_buffer.commit", {}, ["input_audio_buffer_commit_empty"])],
      [3, () => this.#may("response.create", { response: this.#response() }, [])],
      [3, () => this.#may("response.cancel", {}, ["response_cancel_not_active"])],
    ];
    let at = this.random.int(
      1,
      makers.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, make] of makers) if ((at -= weight) <= 0) return make();
    throw new Error("weights do not add up");
  }

  #plain(type: string, fields: object, answer?: string): Made {
    const { eventId, frame } = this.event(type, fields);
    return { frame, due: { type: "none", eventId, ...(answer !== undefined && { answer }) } };
  }

  #may(type: string, fields: object, codes: readonly string[]): Made {
    const { eventId, frame } = this.event(type, fields);
    const busy = ["rate_limit_exceeded", "conversation_already_has_active_response"];
    return { frame, due: { type: "may", codes: [...codes, ...busy], eventId } };
  }

  #append(): Made {
    const audio = audioOf(this.random.int(1, 20), this.pick([0, 0, 9_000]));
    return this.#plain("input_audio_buffer.append", { audio, extra: this.random.int(0, 9) });
  }

  #create(): Made {
    const id = `item_made_${this.#count}`;
    const text = "word ".repeat(this.random.int(0, 12));
    const call = `call_made_${this.#count}`;
    const answered = [...this.#calls.values()].at(-1);
    const item = this.pick<object>([
      { type: "message", role: "user", content: [{ type: "input_text", text }] },
      {
        type: "message",
        role: "user",
        content: [
          { type: "text", text },
          { type: "input_text", text },
        ],
      },
      { type: "message", role: "assistant", content: [{ type: "text", text }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text }], status: "incomplete" },
      { type: "message", role: "user", content: [{ type: "input_audio", transcript: text }] },
      { type: "message", role: "system", content: [] },
      { type: "function_call", name: "look_up", call_id: call, arguments: "{}" },
      ...(answered === undefined ? [] : [{ type: "function_call_output", call_id: answered, output: text }]),
    ]);
    const place = this.pick([undefined, null, "", "root", this.#items.at(-1)]);
    const made = this.#plain(
      "conversation.item.create",
      { item: { id, ...item }, ...(place !== undefined && { previous_item_id: place }) },
      "conversation.item.added",
    );
    this.#items.push(id);
    if ("name" in item) this.#calls.set(id, call);
    return made;
  }

  #onItem(type: string, answer: string): Made {
    const id = this.pick([...this.#items, undefined]);
    if (id === undefined) {
      const { eventId, frame } = this.event(type, { item_id: "item_of_nobody" });
      const verb = type.split(".").at(-1)!;
      return { frame, due: { type: "error", codes: [`item_${verb}_invalid_item_id`], eventId } };
    }
    if (answer.endsWith("deleted")) {
      this.#items = this.#items.filter((item) => item !== id);
      this.#calls.delete(id);
    }
    return this.#plain(type, { item_id: id }, answer);
  }

  #settings(): object {
    return {
      type: "realtime",
      ...this.pick<object>([
        { instructions: "Be brief." },
        { output_modalities: [this.pick(["text", "audio"])] },
        { audio: { input: { turn_detection: this.pick([null, { type: "server_vad" }]) } } },
        {
          audio: {
            input: { turn_detection: { type: "server_vad", create_response: this.random.chance(0.5) } },
          },
        },
        { audio: { input: { transcription: this.pick([null, { model: "any" }]) } } },
        { max_output_tokens: this.pick([1, 100, "inf"]) },
        { truncation: this.pick(["auto", { type: "retention_ratio", retention_ratio: 0.5 }]) },
        {
          tools: [{ type: "function", name: "look_up", parameters: { type: "object" } }],
          tool_choice: "auto",
        },
        { tools: [] },
        { tracing: "auto", not_known: true },
      ]),
    };
  }

  #response(): object {
    return {
      output_modalities: [this.pick(["text", "text", "audio"])],
      ...this.pick<object>([
        {},
        { conversation: "none", metadata: { topic: "any" } },
        { conversation: "none", input: [] },
        { instructions: "Be brief.", max_output_tokens: 5 },
      ]),
    };
  }
}
