import { z } from "zod";

/** Settings that sessions and single responses share, in their wire shape. */

export type AudioFormat =
  /** s16le, mono */
  | { readonly type: "audio/pcm"; readonly rate: 24000 }
  /** G.711, 8 kHz, one byte a sample */
  | { readonly type: "audio/pcmu" }
  | { readonly type: "audio/pcma" };

/** A name, or the id of a custom voice. */
export type Voice = string | { readonly id: string };

/** Exactly one: speech comes with its transcript, so both together mean nothing more. */
export type OutputModality = "audio" | "text";

export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ToolChoice = "auto" | "none" | "required" | { readonly type: "function"; readonly name: string };

export type MaxOutputTokens = number | "inf";

/** Longest instructions, in characters (UTF-16 units). */
export const instructionsCharsMax = 262_144;
const toolsMax = 128;
const toolNameCharsMax = 64;
const toolDescriptionCharsMax = 16_384;
const voiceCharsMax = 256;
const outputTokensMax = 4_096;

/** Longest name of anything a client may pick freely: models, languages, item ids to look up. */
export const nameCharsMax = 512;
export const shortName = z.string().max(nameCharsMax);

/** Objects that are kept and echoed without being understood. */
export const opaqueObject = z.record(z.string(), z.unknown());

export const audioFormatSchema: z.ZodType<AudioFormat> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("audio/pcm"), rate: z.literal(24_000).default(24_000) }),
  z.object({ type: z.literal("audio/pcmu") }),
  z.object({ type: z.literal("audio/pcma") }),
]);

export const voiceSchema: z.ZodType<Voice> = z.union([
  z.string().min(1).max(voiceCharsMax),
  z.object({ id: z.string().min(1).max(voiceCharsMax) }),
]);

export const outputModalitiesSchema: z.ZodType<readonly [OutputModality]> = z.tuple([
  z.enum(["audio", "text"]),
]);

/** The older name of `output_modalities`, in which speech was written `["audio", "text"]`. */
export const modalitiesAliasSchema = z
  .array(z.enum(["audio", "text"]))
  .min(1)
  .max(2)
  .transform((given): readonly [OutputModality] => [given.includes("audio") ? "audio" : "text"]);

const functionToolSchema = z.object({
  type: z.literal("function"),
  name: z
    .string()
    .min(1)
    .max(toolNameCharsMax)
    .regex(/^[A-Za-z0-9_-]+$/, "expected letters, digits, '_' and '-' only"),
  description: z.string().max(toolDescriptionCharsMax).default(""),
  parameters: opaqueObject.default({ type: "object", properties: {} }),
});

/** Of hosted tools (`mcp`) there are none here: the error names `tools[i].type`. */
export const toolsSchema: z.ZodType<readonly FunctionTool[]> = z
  .array(z.discriminatedUnion("type", [functionToolSchema]))
  .max(toolsMax);

/** A bare function name is what one stock client sends to force that function. */
export const toolChoiceSchema: z.ZodType<ToolChoice> = z.union([
  z.enum(["auto", "none", "required"]),
  z
    .string()
    .min(1)
    .max(toolNameCharsMax)
    .transform((name) => ({ type: "function" as const, name })),
  z.object({ type: z.literal("function"), name: z.string().min(1).max(toolNameCharsMax) }),
]);

export const maxOutputTokensSchema: z.ZodType<MaxOutputTokens> = z.union([
  z.number().int().min(1).max(outputTokensMax),
  z.literal("inf"),
]);

/** Voice of `voice` as a name that providers understand. */
export const voiceName = (voice: Voice): string => (typeof voice === "string" ? voice : voice.id);
