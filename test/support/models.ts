import { homedir } from "node:os";
import { join } from "node:path";
import { fetchModels } from "../../src/providers/models/models.ts";

/** The models folder that every test on this machine shares: the user's cache, so that one download serves all. */
export const testModelsDir = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "parley",
  "models",
);

/** Makes the models available; does nothing when they are there. */
export async function ensureTestModels(): Promise<string> {
  await fetchModels({ dir: testModelsDir });
  return testModelsDir;
}
