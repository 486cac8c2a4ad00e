import type { z } from "zod";
import { realtimeError } from "./realtime-error.ts";
import type { RealtimeError } from "./realtime-error.ts";

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RealtimeError };

type Path = readonly PropertyKey[];

/** Longest message made of a validator's own words (which list allowed values). */
const messageCharsMax = 400;

/** How deep unknown keys are looked for; settings are no deeper. */
const unknownKeyDepthMax = 6;

/** `["tools", 3, "description"]` below `session` → `session.tools[3].description` */
export function dottedPath(root: string, path: Path): string {
  let text = root;
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** The issue that says most: inside a union, the first one of the branch that got furthest. */
function deepest(issue: z.core.$ZodIssue, above: Path): { issue: z.core.$ZodIssue; path: Path } {
  const path = [...above, ...issue.path];
  let best: { issue: z.core.$ZodIssue; path: Path } = { issue, path };
  if (issue.code !== "invalid_union") return best;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first === undefined) continue;
    const candidate = deepest(first, path);
    if (candidate.path.length > best.path.length) best = candidate;
  }
  return best;
}

function errorOf(error: z.ZodError, value: unknown, root: string, eventId: string | null): RealtimeError {
  const first = error.issues[0];
  if (first === undefined) return realtimeError.invalidValue(root, `Invalid '${root}'.`, eventId);
  const { issue, path } = deepest(first, []);
  const param = dottedPath(root, path);
  // A discriminator that is missing is reported as a union without a match, so the value itself is asked.
  if (path.length > 0 && valueAt(value, path) === undefined)
    return realtimeError.missingParameter(param, eventId);
  if (issue.code === "too_big" && issue.origin === "string")
    return realtimeError.stringTooLong(param, Number(issue.maximum), eventId);
  const said = issue.message.slice(0, messageCharsMax);
  return realtimeError.invalidValue(param, `Invalid value for '${param.slice(0, 128)}': ${said}.`, eventId);
}

/** Validates `value`; what is wrong first becomes the error, with `root` in front of its path. */
export function validate<T>(
  schema: z.ZodType<T>,
  value: unknown,
  root: string,
  eventId: string | null,
): Outcome<T> {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, error: errorOf(parsed.error, value, root, eventId) };
}

/** Paths of keys in `given` that validation dropped from `kept`: settings this server does not know. */
export function unknownKeys(given: unknown, kept: unknown, root: string, depth = 0): string[] {
  if (typeof given !== "object" || given === null || typeof kept !== "object" || kept === null) return [];
  if (Array.isArray(given) || depth >= unknownKeyDepthMax) return [];
  const found: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const path = dottedPath(root, [key]);
    if (!Object.hasOwn(kept, key)) found.push(path);
    else found.push(...unknownKeys(value, (kept as Record<string, unknown>)[key], path, depth + 1));
  }
  return found;
}
