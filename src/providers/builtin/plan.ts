import type { LlmRequest } from "../llm.ts";
import { answerTo } from "./answer.ts";
import { callsFor } from "./tools/choose.ts";

export interface PlannedCall {
  readonly name: string;
  /** JSON, valid against the tool's schema. */
  readonly arguments: string;
}

/** One whole answer: text or calls, never both. */
export interface Plan {
  readonly text: string;
  readonly calls: readonly PlannedCall[];
}

export function planAnswer(request: LlmRequest, now: number): Plan {
  const calls = callsFor(request, now);
  if (calls.length > 0) return { text: "", calls };
  return { text: answerTo({ instructions: request.instructions, messages: request.messages, now }), calls };
}
