import type { SyntheticContract } from "../../src/providers/synthetic/contract.ts";

/** The contract as `docs/synthetic.md` has it: what other systems are measured against. */
export const contract: SyntheticContract = {
  sttMs: 50,
  llmFirstMs: 50,
  llmTokenMs: 5,
  llmSentences: 2,
  llmWords: 10,
  ttsFirstMs: 30,
  ttsChunkMs: 10,
  ttsWordMs: 300,
};
