import { ended, listed } from "./words.ts";

/** How deep into a result, and through how many entries of one list, an answer reads. */
const depthMax = 3;
const entriesMax = 8;
/** Characters of a result that is plain text. */
const charactersMax = 1_500;

interface Result {
  readonly name: string;
  readonly output: string;
}

/** Tool results in words. */
export function sayResults(results: readonly Result[]): string {
  return results.map(sayResult).join(" ");
}

function sayResult({ name, output }: Result): string {
  const tool = spoken(name);
  const value = parsed(output);
  if (value === null || value === undefined || value === "") return `${sentence(tool)} is done.`;
  if (typeof value === "string") return ended(value.slice(0, charactersMax));
  if (value === true) return `${sentence(tool)}: it worked.`;
  if (value === false) return `${sentence(tool)}: the answer is no.`;
  if (typeof value === "object" && "error" in value && value.error !== null && value.error !== false) {
    return `${sentence(tool)} did not work: ${ended(inWords(value.error, 1))}`;
  }
  if (typeof value === "object" && Object.keys(value).length === 0) return `${sentence(tool)} found nothing.`;
  if (Array.isArray(value))
    return `${sentence(tool)} gave ${counted(value.length)}: ${ended(inWords(value, 0))}`;
  return `Here is the result of ${tool}: ${ended(inWords(value, 0))}`;
}

function counted(count: number): string {
  return count === 1 ? "one result" : `${count} results`;
}

function inWords(value: unknown, depth: number): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "object") return String(value as string | number).slice(0, charactersMax);
  if (depth >= depthMax) return "more";
  if (Array.isArray(value)) {
    const parts = value.slice(0, entriesMax).map((entry) => inWords(entry, depth + 1));
    return listed(value.length > entriesMax ? [...parts, `${value.length - entriesMax} more`] : parts);
  }
  const entries = Object.entries(value).slice(0, entriesMax);
  return listed(
    entries.map(
      ([key, entry]) => `${spoken(key)}${isNested(entry) ? ":" : " is"} ${inWords(entry, depth + 1)}`,
    ),
  );
}

const isNested = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(output: string): unknown {
  try {
    return JSON.parse(output) as unknown;
  } catch {
    return output.trim();
  }
}

/** "get_weather", "windSpeed" as words. */
function spoken(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase()
    .trim();
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
