import { ensureTestModels } from "./models.ts";

/** Runs once before any test file, so that no test waits for a download within its own time limit. */
export default async function setup(): Promise<void> {
  await ensureTestModels();
}
