import { z } from "zod";
import { readResponseInput } from "./new-item.ts";
import type { ResponseInput } from "./new-item.ts";
import type { SessionConfig } from "./session-config.ts";
import {
  audioFormatSchema,
  instructionsCharsMax,
  maxOutputTokensSchema,
  modalitiesAliasSchema,
  outputModalitiesSchema,
  toolChoiceSchema,
  toolsSchema,
  voiceSchema,
} from "./settings.ts";
import type {
  AudioFormat,
  FunctionTool,
  MaxOutputTokens,
  OutputModality,
  ToolChoice,
  Voice,
} from "./settings.ts";
import { dottedPath, validate } from "./validation.ts";
import type { Outcome } from "./validation.ts";

/** The client's own notes on a response, echoed in it. */
export type Metadata = Readonly<Record<string, string>>;

/** What a `response.create` asks for beyond the session's configuration; holds for this response only. */
export interface ResponseOverrides {
  readonly instructions?: string | undefined;
  readonly output_modalities?: readonly [OutputModality] | undefined;
  readonly format?: AudioFormat | undefined;
  readonly voice?: Voice | undefined;
  readonly tools?: readonly FunctionTool[] | undefined;
  readonly tool_choice?: ToolChoice | undefined;
  readonly parallel_tool_calls?: boolean | undefined;
  readonly max_output_tokens?: MaxOutputTokens | undefined;
  readonly metadata: Metadata | null;
  /** `none`: out of band, beside the conversation */
  readonly conversation: "auto" | "none";
  /** Replaces the conversation as context; `[]` is an empty context, null the conversation itself. */
  readonly input: readonly ResponseInput[] | null;
}

/** Everything that decides how one response is made. */
export interface ResponseConfig {
  readonly instructions: string;
  readonly output_modalities: readonly [OutputModality];
  readonly audio: {
    readonly output: { readonly format: AudioFormat; readonly voice: Voice; readonly speed: number };
  };
  readonly tools: readonly FunctionTool[];
  readonly tool_choice: ToolChoice;
  readonly parallel_tool_calls: boolean;
  readonly max_output_tokens: MaxOutputTokens;
  readonly metadata: Metadata | null;
  readonly conversation: "auto" | "none";
  readonly input: readonly ResponseInput[] | null;
}

/** What an automatic response, or a `response.create` without `response`, asks for. */
export const noOverrides: ResponseOverrides = { metadata: null, conversation: "auto", input: null };

const metadataPairsMax = 16;
const metadataKeyCharsMax = 64;
const metadataValueCharsMax = 512;
const inputItemsMax = 1_024;

const metadataSchema: z.ZodType<Metadata> = z
  .record(
    z
      .string()
      .refine((key) => key.length <= metadataKeyCharsMax, `longer than ${metadataKeyCharsMax} characters`),
    z.string().max(metadataValueCharsMax),
  )
  .refine((pairs) => Object.keys(pairs).length <= metadataPairsMax, `more than ${metadataPairsMax} pairs`);

const responseSchema = z.object({
  instructions: z.string().max(instructionsCharsMax).nullish(),
  output_modalities: outputModalitiesSchema.nullish(),
  modalities: modalitiesAliasSchema.nullish(),
  audio: z
    .object({
      output: z.object({ format: audioFormatSchema.nullish(), voice: voiceSchema.nullish() }).nullish(),
    })
    .nullish(),
  tools: toolsSchema.nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_output_tokens: maxOutputTokensSchema.nullish(),
  metadata: metadataSchema.nullish(),
  conversation: z.enum(["auto", "none"]).nullish(),
  input: z.array(z.unknown()).max(inputItemsMax).nullish(),
});

function readInput(
  given: readonly unknown[],
  root: string,
  eventId: string | null,
): Outcome<readonly ResponseInput[]> {
  const input: ResponseInput[] = [];
  for (const [index, value] of given.entries()) {
    const read = readResponseInput(value, dottedPath(root, ["input", index]), eventId);
    if (!read.ok) return read;
    input.push(read.value);
  }
  return { ok: true, value: input };
}

/** Validates the `response` of a `response.create`; absent and null ask for nothing special. */
export function readResponseOverrides(value: unknown, eventId: string | null): Outcome<ResponseOverrides> {
  if (value === undefined || value === null) return { ok: true, value: noOverrides };
  const parsed = validate(responseSchema, value, "response", eventId);
  if (!parsed.ok) return parsed;
  const given = parsed.value;
  const input = given.input ? readInput(given.input, "response", eventId) : undefined;
  if (input?.ok === false) return input;
  return {
    ok: true,
    value: {
      instructions: given.instructions ?? undefined,
      output_modalities: given.output_modalities ?? given.modalities ?? undefined,
      format: given.audio?.output?.format ?? undefined,
      voice: given.audio?.output?.voice ?? undefined,
      tools: given.tools ?? undefined,
      tool_choice: given.tool_choice ?? undefined,
      parallel_tool_calls: given.parallel_tool_calls ?? undefined,
      max_output_tokens: given.max_output_tokens ?? undefined,
      metadata: given.metadata ?? null,
      conversation: given.conversation ?? "auto",
      input: input?.value ?? null,
    },
  };
}

/** A choice that these tools can fulfil: sessions and responses may set tools and choice apart from each other. */
function usableToolChoice(choice: ToolChoice, tools: readonly FunctionTool[]): ToolChoice {
  if (tools.length === 0) return "none";
  if (typeof choice === "string") return choice;
  return tools.some(({ name }) => name === choice.name) ? choice : "auto";
}

/** What holds for one response. The tool choice is one that its tools can fulfil: `none` without tools, `auto`
 *  instead of a function that is not among them. */
export function effectiveResponseConfig(
  session: SessionConfig,
  overrides: ResponseOverrides,
): ResponseConfig {
  const { output } = session.audio;
  const tools = overrides.tools ?? session.tools;
  return {
    instructions: overrides.instructions ?? session.instructions,
    output_modalities: overrides.output_modalities ?? session.output_modalities,
    audio: {
      output: {
        format: overrides.format ?? output.format,
        voice: overrides.voice ?? output.voice,
        speed: output.speed,
      },
    },
    tools,
    tool_choice: usableToolChoice(overrides.tool_choice ?? session.tool_choice, tools),
    parallel_tool_calls: overrides.parallel_tool_calls ?? session.parallel_tool_calls,
    max_output_tokens: overrides.max_output_tokens ?? session.max_output_tokens,
    metadata: overrides.metadata,
    conversation: overrides.conversation,
    input: overrides.input,
  };
}
