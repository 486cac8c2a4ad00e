import type { LlmImage, LlmMessage } from "../../protocol/generation.ts";
import { imagesOf } from "../../protocol/image.ts";
import type { ItemId } from "../../lib/ids.ts";
import type { ImageDetail, Item } from "../../protocol/items.ts";
import type { ResponseConfig } from "../../protocol/response-config.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";

/** What the server's language model can take. */
export interface ModelLimits {
  readonly takesImages: boolean;
  /** Tokens of instructions, tools, conversation and answer together. */
  readonly contextTokens: number;
}

/** Longest job on the wire, bytes: below the 1 MiB of a message between nodes. */
export const jobBytesMax = 960 * 1024;
/** Of those, what pictures may take: more than those of any one item. The rest is left to text. */
export const imageBytesPerJobMax = 640 * 1024;
/** Pictures that one answer may look at. */
export const imagesPerJobMax = 16;
/** Code of a response whose context does not fit, or would have to be cut where that is switched off. */
export const contextLengthExceeded = "context_length_exceeded";

/** Reserved for an answer of any length (`inf`), tokens. */
const answerTokens = 4_096;
const bytesPerToken = 4;
/** What a message costs beyond its words: tokens of its role, bytes of its keys. */
const tokensPerMessage = 4;
const bytesPerMessage = 64;
/** Keys, ids and trace context of a job, bytes. */
const bytesPerJob = 2_048;
/** A picture of about a megapixel, and a thumbnail of it; `auto` looks closely. */
const imageTokens: Readonly<Record<ImageDetail, number>> = { low: 85, high: 765, auto: 765 };

/** What the model is told where speech could not be made out. */
const unintelligible = "[unintelligible]";
const imageLeftOut = "[an image that is not shown any more]";

export interface ContextRequest {
  readonly items: readonly Item[];
  readonly config: Pick<ResponseConfig, "instructions" | "tools" | "max_output_tokens">;
  readonly truncation: SessionConfig["truncation"];
  readonly limits: ModelLimits;
  /** What earlier answers left out, while that is to stay left out (`retention_ratio`). */
  readonly forgotten: ReadonlySet<ItemId>;
}

export interface FittedContext {
  readonly messages: readonly LlmMessage[];
  readonly forgotten: ReadonlySet<ItemId>;
}

/** Messages that stay or go together: a call and its output, else a message alone. */
interface Unit {
  readonly ids: ItemId[];
  readonly messages: LlmMessage[];
  /** Goes only when nothing else is left: words of the system, and a call whose output is still to come. */
  precious: boolean;
}

interface Size {
  readonly tokens: number;
  readonly bytes: number;
}

/** The items as the model reads them, cut to what it and a job can take: whole messages go, the oldest first; never
 *  instructions, and never the newest. Under `retention_ratio` more goes at once and stays away, so that the context
 *  begins with the same words for a while and a provider's cache helps. Sizes are estimates: 4 bytes a token.
 *  @returns undefined when it cannot be made to fit, or may not be cut (`disabled`) and does not fit */
export function fitContext(request: ContextRequest): FittedContext | undefined {
  const { truncation, limits, config } = request;
  const keeps = typeof truncation === "object";
  const before = keeps ? request.forgotten : new Set<ItemId>();
  const items = request.items.filter((item) => !before.has(item.id));
  const shown = imagesShown(items, limits.takesImages);
  if (truncation === "disabled" && items.flatMap(imagesOf).some((part) => !shown.has(part))) return undefined;
  const units = unitsOf(items, shown);
  const most = sizeMost(config, truncation, limits);
  if (most.tokens < 0 || most.bytes < 0) return undefined;

  let left = units.map(sizeOf).reduce(add, { tokens: 0, bytes: 0 });
  const dropped = new Set<Unit>();
  if (!isWithin(left, most)) {
    if (truncation === "disabled") return undefined;
    const ratio = keeps ? truncation.retention_ratio : 1;
    const goal = { tokens: most.tokens * ratio, bytes: most.bytes * ratio };
    const older = units.slice(0, -1);
    const drop = (candidates: readonly Unit[], until: Size): void => {
      for (const unit of candidates) {
        if (isWithin(left, until)) return;
        dropped.add(unit);
        left = subtract(left, sizeOf(unit));
      }
    };
    drop(
      older.filter(({ precious }) => !precious),
      goal,
    );
    drop(
      older.filter(({ precious }) => precious),
      most,
    );
    if (!isWithin(left, most)) return undefined;
  }
  const away = new Set([...dropped].flatMap(({ ids }) => ids));
  return {
    messages: items.flatMap((item) => (away.has(item.id) ? [] : messagesOf(item, shown))),
    forgotten: keeps && away.size > 0 ? new Set([...before, ...away]) : before,
  };
}

/** Room for the conversation; negative when instructions and tools alone are too much. */
function sizeMost(
  { instructions, tools, max_output_tokens: answer }: ContextRequest["config"],
  truncation: ContextRequest["truncation"],
  { contextTokens }: ModelLimits,
): Size {
  const described = tools.length === 0 ? "" : JSON.stringify(tools);
  const fixed = Buffer.byteLength(instructions) + Buffer.byteLength(described);
  // a model with a small window is not left with room for the answer only
  const reserved = Math.min(answer === "inf" ? answerTokens : answer, contextTokens / 2);
  const tokens = Math.floor(contextTokens - reserved - fixed / bytesPerToken);
  const asked = typeof truncation === "object" ? truncation.token_limits?.post_instructions : undefined;
  return { tokens: Math.min(tokens, asked ?? tokens), bytes: jobBytesMax - bytesPerJob - fixed };
}

/** The newest pictures that a job may carry. */
function imagesShown(items: readonly Item[], takesImages: boolean): ReadonlySet<object> {
  const shown = new Set<object>();
  if (!takesImages) return shown;
  let bytes = 0;
  for (const part of items.toReversed().flatMap((item) => imagesOf(item).toReversed())) {
    bytes += part.image_url?.length ?? 0;
    if (bytes > imageBytesPerJobMax || shown.size >= imagesPerJobMax) break;
    if (part.image_url !== undefined) shown.add(part);
  }
  return shown;
}

function unitsOf(items: readonly Item[], shown: ReadonlySet<object>): Unit[] {
  const units: Unit[] = [];
  const calls = new Map<string, Unit>();
  for (const item of items) {
    const messages = messagesOf(item, shown);
    if (messages.length === 0) continue;
    const call = item.type === "message" ? undefined : item.call_id;
    const known = call === undefined ? undefined : calls.get(call);
    if (known !== undefined) {
      known.ids.push(item.id);
      known.messages.push(...messages);
      known.precious = false;
      // as new as its newest message
      units.splice(units.lastIndexOf(known), 1);
      units.push(known);
      continue;
    }
    const precious = item.type === "message" ? item.role === "system" : item.type === "function_call";
    const unit: Unit = { ids: [item.id], messages: [...messages], precious };
    units.push(unit);
    if (call !== undefined) calls.set(call, unit);
  }
  return units;
}

const sizeOf = ({ messages }: Unit): Size => messages.map(sizeOfMessage).reduce(add);

function sizeOfMessage(message: LlmMessage): Size {
  const { role: _, ...said } = message;
  const texts = Object.values(said).filter((value) => typeof value === "string");
  const words = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const images = "images" in message ? (message.images ?? []) : [];
  return {
    tokens:
      tokensPerMessage +
      Math.ceil(words / bytesPerToken) +
      images.reduce((sum, { detail }) => sum + imageTokens[detail], 0),
    bytes: bytesPerMessage + words + images.reduce((sum, { url }) => sum + bytesPerMessage + url.length, 0),
  };
}

const add = (a: Size, b: Size): Size => ({ tokens: a.tokens + b.tokens, bytes: a.bytes + b.bytes });
const subtract = (a: Size, b: Size): Size => ({ tokens: a.tokens - b.tokens, bytes: a.bytes - b.bytes });
const isWithin = (a: Size, most: Size): boolean => a.tokens <= most.tokens && a.bytes <= most.bytes;

/** The item as a language model reads it; nothing while it is in progress.
 *  @param shown parts whose picture the model sees; of others it is told that they were there */
function messagesOf(item: Item, shown: ReadonlySet<object>): readonly LlmMessage[] {
  if (item.status === "in_progress") return [];
  switch (item.type) {
    case "message":
      return messageOf(item, shown);
    case "function_call":
      return [{ role: "tool_call", callId: item.call_id, name: item.name, arguments: item.arguments }];
    case "function_call_output":
      return [{ role: "tool_result", callId: item.call_id, output: item.output }];
  }
}

type Message = Extract<Item, { type: "message" }>;

function messageOf({ role, content }: Message, shown: ReadonlySet<object>): readonly LlmMessage[] {
  const texts: string[] = [];
  const images: LlmImage[] = [];
  for (const part of content) {
    if (part.type === "input_image" && part.image_url !== undefined && shown.has(part)) {
      images.push({ url: part.image_url, detail: part.detail, offset: texts.join("\n").length });
    } else texts.push(textOf(part));
  }
  const text = texts.join("\n");
  if (images.length > 0) return [{ role, text, images }];
  return text === "" ? [] : [{ role, text }];
}

function textOf(part: Message["content"][number]): string {
  switch (part.type) {
    case "input_text":
    case "output_text":
      return part.text;
    case "input_audio":
      return part.transcript === null || part.transcript === "" ? unintelligible : part.transcript;
    case "output_audio":
      return part.transcript;
    case "input_image":
      return imageLeftOut;
  }
}
