import type { ItemId } from "../../lib/ids.ts";
import type { LogEntry } from "../../protocol/log-record.ts";
import type { FunctionCallItem, Item, ItemStatus, MessageItem } from "../../protocol/items.ts";
import type { ResponseEffect, ResponseEnd, ResponseOutput, ResponseStep } from "./messages.ts";
import type { Call, ResponseState, Shown } from "./state.ts";

/** One handler's work: the state as it becomes, and what is to be done. */
export interface Work {
  state: ResponseState;
  readonly effects: ResponseEffect[];
}

export function update(work: Work, change: Partial<ResponseState>): void {
  work.state = { ...work.state, ...change };
}

export function step(
  work: Work,
  output: readonly ResponseOutput[],
  log: readonly LogEntry[] = [],
  more: Partial<Pick<ResponseStep, "notify" | "speech" | "ended">> = {},
): void {
  work.effects.push({ type: "step", step: { response: work.state.spec.id, log, output, ...more } });
}

function show(work: Work, change: Partial<Shown>): void {
  update(work, { shown: { ...work.state.shown, ...change } });
}

const nextItemId = (state: ResponseState): ItemId =>
  `${state.spec.itemPrefix}_${state.shown.items.length}` as ItemId;

function messageItem(state: ResponseState, id: ItemId, text: string, status: ItemStatus): MessageItem {
  return {
    id,
    object: "realtime.item",
    type: "message",
    role: "assistant",
    status,
    content:
      status === "in_progress"
        ? []
        : [
            state.spec.modality === "audio"
              ? { type: "output_audio", transcript: text }
              : { type: "output_text", text },
          ],
  };
}

function callItem(id: ItemId, call: Call, given: string, status: ItemStatus): FunctionCallItem {
  return {
    id,
    object: "realtime.item",
    type: "function_call",
    status,
    name: call.name,
    call_id: call.callId,
    arguments: given,
  };
}

const where = (state: ResponseState, item: ItemId) => ({
  response_id: state.spec.id,
  item_id: item,
  output_index: state.shown.items.length,
});

const partOf = (state: ResponseState, text: string) =>
  state.spec.modality === "audio"
    ? ({ type: "audio", transcript: text } as const)
    : ({ type: "text", text } as const);

function itemAdded(state: ResponseState, item: Item): ResponseOutput[] {
  return [
    {
      type: "response.output_item.added",
      response_id: state.spec.id,
      output_index: state.shown.items.length,
      item,
    },
    { type: "item.added", item },
  ];
}

/** Opens the message of the answer; what follows in it needs no opening of its own. */
export function openMessage(work: Work): ResponseOutput[] {
  const { state } = work;
  const id = nextItemId(state);
  const output: ResponseOutput[] = [
    ...itemAdded(state, messageItem(state, id, "", "in_progress")),
    { type: "response.content_part.added", ...where(state, id), content_index: 0, part: partOf(state, "") },
  ];
  show(work, { open: { type: "message", id, text: "" } });
  return output;
}

/** Shows text of the open message. */
export function showText(work: Work, text: string): void {
  const { state } = work;
  const { open } = state.shown;
  if (open?.type !== "message" || text === "") return;
  const type =
    state.spec.modality === "audio" ? "response.output_audio_transcript.delta" : "response.output_text.delta";
  step(work, [{ type, ...where(state, open.id), content_index: 0, delta: text }]);
  show(work, { open: { ...open, text: open.text + text }, textLength: state.shown.textLength + text.length });
}

/** Tells how a segment of the open message is spoken. */
export function tellSpeech(work: Work, index: number): void {
  const speech = speechOf(work.state, index);
  if (speech !== undefined) step(work, [], [], { speech });
}

function speechOf({ shown: { open }, segments }: ResponseState, index: number): ResponseStep["speech"] {
  const segment = segments[index];
  if (open === undefined || segment === undefined) return undefined;
  const { offset, text, marks, phase, received, length } = segment;
  const broken = phase === "silent";
  return { item: open.id, segment: index, offset, text, marks, length: broken ? received : length, broken };
}

/** Sends audio of the open message, s16le.
 *  @param index of the segment that it belongs to */
export function sendAudio(work: Work, index: number, pcm: Uint8Array): void {
  const { state } = work;
  const { open } = state.shown;
  const speech = speechOf(state, index);
  if (open?.type !== "message" || speech === undefined || pcm.length === 0) return;
  step(
    work,
    [{ type: "response.output_audio.delta", ...where(state, open.id), content_index: 0, delta: pcm }],
    [],
    { speech },
  );
  show(work, { audioSamples: state.shown.audioSamples + pcm.length / 2 });
}

export function openCall(work: Work, call: Call): void {
  const { state } = work;
  const id = nextItemId(state);
  const item = callItem(id, call, "", "in_progress");
  step(work, itemAdded(state, item), [
    { type: "call", response: state.spec.id, item: id, call: call.callId },
  ]);
  show(work, { open: { type: "call", id, call, argumentsShown: 0 } });
}

export function showArguments(work: Work, call: Call): void {
  const { state } = work;
  const { open } = state.shown;
  if (open?.type !== "call") return;
  const delta = call.arguments.slice(open.argumentsShown);
  if (delta !== "") {
    step(work, [
      {
        type: "response.function_call_arguments.delta",
        ...where(state, open.id),
        call_id: call.callId,
        delta,
      },
    ]);
  }
  show(work, { open: { ...open, call, argumentsShown: call.arguments.length } });
}

/** Closes what is open, with exactly what was shown of it. */
export function closeItem(work: Work, status: "completed" | "incomplete"): ResponseOutput[] {
  const { state } = work;
  const { open } = state.shown;
  if (open === undefined) return [];
  const at = where(state, open.id);
  const output: ResponseOutput[] = [];
  let item: Item;
  if (open.type === "message") {
    item = messageItem(state, open.id, open.text, status);
    if (state.spec.modality === "audio") {
      output.push(
        { type: "response.output_audio.done", ...at, content_index: 0 },
        { type: "response.output_audio_transcript.done", ...at, content_index: 0, transcript: open.text },
      );
    } else output.push({ type: "response.output_text.done", ...at, content_index: 0, text: open.text });
    output.push({
      type: "response.content_part.done",
      ...at,
      content_index: 0,
      part: partOf(state, open.text),
    });
  } else {
    const shown = open.call.arguments.slice(0, open.argumentsShown);
    // stock clients throw on empty arguments
    const given = shown === "" ? "{}" : shown;
    if (shown === "") {
      output.push({
        type: "response.function_call_arguments.delta",
        ...at,
        call_id: open.call.callId,
        delta: given,
      });
    }
    item = callItem(open.id, open.call, given, status);
    output.push({
      type: "response.function_call_arguments.done",
      ...at,
      call_id: open.call.callId,
      arguments: given,
      name: open.call.name,
    });
  }
  output.push(
    { type: "item.done", item },
    { type: "response.output_item.done", response_id: state.spec.id, output_index: at.output_index, item },
  );
  show(work, { items: [...state.shown.items, item], open: undefined });
  return output;
}

/** Audio tokens of an answer, as the hosted service counts them: one per 50 ms. */
const samplesPerAudioToken = 1_200;
const charactersPerToken = 4;

/** What a limit or a filter has ended is complete, too: no model is to go on behind it. */
function knownText({ segments, uncut, generation, failure }: ResponseState) {
  return {
    text: segments.map(({ text }) => text).join("") + uncut,
    complete: generation.end !== undefined && generation.calls.length === 0 && failure === undefined,
  };
}

/** Closes everything and hands the terminal to the session. Nothing follows it. */
export function end(
  work: Work,
  status: ResponseEnd["status"],
  why: { reason?: string; code?: string } = {},
): void {
  const output = closeItem(work, status === "completed" ? "completed" : "incomplete");
  const { state } = work;
  const { end: usage } = state.generation;
  step(
    work,
    output,
    [
      {
        type: "response.ended",
        response: state.spec.id,
        status,
        ...((why.reason ?? why.code) !== undefined && { reason: why.reason ?? why.code }),
      },
    ],
    {
      ended: {
        status,
        ...why,
        items: state.shown.items,
        ...(state.spec.modality === "audio" && { known: knownText(state) }),
        inputTokens: usage?.inputTokens ?? 0,
        cachedTokens: usage?.cachedTokens ?? 0,
        textTokens: usage?.outputTokens ?? Math.ceil(state.shown.textLength / charactersPerToken),
        audioTokens: Math.ceil(state.shown.audioSamples / samplesPerAudioToken),
      },
    },
  );
  update(work, { phase: "ended" });
  if (status !== "completed") work.effects.push({ type: "stop.jobs" });
}
