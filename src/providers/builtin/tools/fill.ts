import { wordsOf } from "../words.ts";
import type { Facts } from "./facts.ts";
import { asList, asNumber, asSchema, merged, resolved, typesOf, type JsonSchema } from "./schema.ts";
import { stated, textCandidates, type Candidate } from "./strings.ts";
import { isValid, same } from "./validate.ts";

/** How deep arguments are filled; a schema that requires itself for ever has no valid value. */
const depthMax = 10;
/** Below this depth only what is required is given. */
const optionalDepthMax = 4;
const itemsMax = 64;

/** Fills a schema from what the user said. Every candidate is checked against the schema before it is taken. */
export class Filler {
  readonly #facts: Facts;
  readonly #root: JsonSchema;
  /** Numbers that a property has taken already. */
  readonly #taken = new Set<number>();

  constructor(facts: Facts, root: JsonSchema) {
    this.#facts = facts;
    this.#root = root;
  }

  /** @param hint the property's name and description: "city: where to look" */
  fill(given: unknown, hint: string, depth = 0): Candidate {
    const schema = resolved(given, this.#root);
    if ("const" in schema) return { value: schema["const"], isHeard: false };
    const choices = [...this.#choices(schema, hint, depth)];
    const valid = choices.filter((choice) => isValid(schema, choice.value, this.#root));
    const best = valid.find((choice) => choice.isHeard) ??
      valid[0] ??
      choices[0] ?? { value: null, isHeard: false };
    if (best.takes !== undefined) this.#taken.add(best.takes);
    return best;
  }

  *#choices(schema: JsonSchema, hint: string, depth: number): Generator<Candidate> {
    const options = schema["enum"];
    if (Array.isArray(options)) return yield* this.#enumerated(schema, options, hint);
    const branches = [...asList(schema["anyOf"]), ...asList(schema["oneOf"])];
    if (branches.length > 0) {
      const { anyOf: _any, oneOf: _one, ...base } = schema;
      const filled = branches.map((branch) =>
        this.fill(merged(base, resolved(branch, this.#root)), hint, depth + 1),
      );
      return yield* [...filled.filter(({ value }) => value !== null), ...filled];
    }
    const types = typesOf(schema);
    for (const type of [...types.filter((one) => one !== "null"), ...types.filter((one) => one === "null")]) {
      yield* this.#ofType(type, schema, hint, depth);
    }
  }

  *#ofType(type: string, schema: JsonSchema, hint: string, depth: number): Generator<Candidate> {
    if (type === "null") yield { value: null, isHeard: false };
    else if (type === "boolean") yield* this.#booleans(schema, hint);
    else if (type === "number" || type === "integer") yield* this.#numbers(schema, hint, type === "integer");
    else if (type === "array") yield* this.#lists(schema, hint, depth);
    else if (type === "object") yield this.#object(schema, depth);
    else yield* textCandidates(schema, hint, this.#facts);
  }

  *#enumerated(schema: JsonSchema, options: readonly unknown[], hint: string): Generator<Candidate> {
    const text = ` ${wordsOf(this.#facts.text.toLowerCase()).join(" ")} `;
    const isSaid = (option: unknown): boolean =>
      (typeof option === "string" || typeof option === "number") &&
      text.includes(` ${wordsOf(String(option).toLowerCase().replaceAll("_", " ")).join(" ")} `);
    for (const option of options) if (isSaid(option)) yield { value: option, isHeard: true };
    if (options.includes(true) || options.includes(false)) yield* this.#booleans(schema, hint);
    yield* stated(schema);
    for (const option of options) yield { value: option, isHeard: false };
  }

  *#booleans(schema: JsonSchema, hint: string): Generator<Candidate> {
    const words = new Set(wordsOf(this.#facts.text.toLowerCase()));
    const isNamed = wordsOf(hint.split(":")[0] ?? "").some(
      (word) => word.length > 2 && words.has(word.toLowerCase()),
    );
    const said = (...any: readonly string[]): boolean => any.some((word) => words.has(word));
    if (said("off", "false", "no", "disable", "without", "don't", "not", "never", "stop")) {
      yield { value: false, isHeard: isNamed || said("off", "false", "disable") };
    }
    if (isNamed || said("on", "true", "yes", "enable"))
      yield { value: true, isHeard: isNamed || said("true", "enable") };
    yield* stated(schema);
    yield { value: true, isHeard: false };
    yield { value: false, isHeard: false };
  }

  *#numbers(schema: JsonSchema, hint: string, isInteger: boolean): Generator<Candidate> {
    const free = [...this.#facts.numbers.entries()].filter(([at]) => !this.#taken.has(at));
    const said = this.#facts.text.toLowerCase();
    const isClose = wordsOf(hint.split(":")[0] ?? "").some((word) => said.includes(word.toLowerCase()));
    for (const [takes, value] of free) {
      yield { value: isInteger ? Math.round(value) : value, isHeard: isClose || free.length === 1, takes };
    }
    yield* stated(schema);
    const step = asNumber(schema["multipleOf"]) ?? (isInteger ? 1 : undefined);
    const low = asNumber(schema["minimum"]) ?? asNumber(schema["exclusiveMinimum"]);
    const high = asNumber(schema["maximum"]) ?? asNumber(schema["exclusiveMaximum"]);
    const near = [1, 0, low, high, low === undefined || high === undefined ? undefined : (low + high) / 2];
    for (const value of near) {
      if (value === undefined) continue;
      yield { value, isHeard: false };
      if (step === undefined) for (const shift of [1, -1]) yield { value: value + shift, isHeard: false };
      else yield* steps(value, step);
    }
  }

  *#lists(schema: JsonSchema, hint: string, depth: number): Generator<Candidate> {
    const min = Math.min(asNumber(schema["minItems"]) ?? 0, itemsMax);
    const max = Math.min(asNumber(schema["maxItems"]) ?? itemsMax, itemsMax);
    const prefix = asList(schema["prefixItems"]);
    if (depth >= depthMax) return yield { value: [], isHeard: false };
    if (prefix.length > 0) {
      const fixed = prefix.slice(0, max).map((part) => this.fill(part, hint, depth + 1));
      yield { value: fixed.map(({ value }) => value), isHeard: fixed.some(({ isHeard }) => isHeard) };
    }
    const isUnique = schema["uniqueItems"] === true;
    const items = resolved(schema["items"], this.#root);
    const values: Candidate[] = [];
    const add = (candidate: Candidate): void => {
      const isNew = !isUnique || !values.some(({ value }) => same(value, candidate.value));
      if (isNew && values.length < max && isValid(items, candidate.value, this.#root)) values.push(candidate);
    };
    for (const choice of this.#choices(items, hint, depth + 1)) if (choice.isHeard) add(choice);
    const first = this.fill(items, hint, depth + 1);
    for (let tries = 0; values.length < min && tries < itemsMax; tries += 1) {
      if (tries === 0 || !isUnique) add(first);
      else
        for (const choice of this.#distinct(items, hint, depth, tries)) if (values.length < min) add(choice);
    }
    yield { value: values.map(({ value }) => value), isHeard: values.some(({ isHeard }) => isHeard) };
  }

  /** Further values, for lists that may not repeat one. */
  *#distinct(items: JsonSchema, hint: string, depth: number, turn: number): Generator<Candidate> {
    yield* this.#choices(items, hint, depth + 1);
    const low = asNumber(items["minimum"]) ?? asNumber(items["exclusiveMinimum"]) ?? 0;
    const high = asNumber(items["maximum"]) ?? asNumber(items["exclusiveMaximum"]) ?? low + itemsMax;
    const step =
      asNumber(items["multipleOf"]) ??
      (high - low >= itemsMax || typesOf(items)[0] === "integer" ? 1 : (high - low) / itemsMax);
    for (const [type] of typesOf(items).map((one) => [one])) {
      if (type === "string") yield { value: `item ${turn}`, isHeard: false };
      if (type === "string")
        yield {
          value: String.fromCodePoint(96 + turn).repeat(Math.max(1, asNumber(items["minLength"]) ?? 1)),
          isHeard: false,
        };
      if (type === "number" || type === "integer")
        yield { value: Math.ceil(low / step) * step + turn * step, isHeard: false };
    }
  }

  #object(schema: JsonSchema, depth: number): Candidate {
    const properties = asSchema(schema["properties"]);
    const required = asList(schema["required"]).filter((key) => typeof key === "string");
    const result: Record<string, unknown> = {};
    let isHeard = false;
    const give = (key: string, filled: Candidate): void => {
      // Not by assignment: a property may be called "__proto__".
      Object.defineProperty(result, key, {
        value: filled.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      isHeard ||= filled.isHeard;
    };
    const schemaOf = (key: string): unknown =>
      Object.hasOwn(properties, key) ? properties[key] : schema["additionalProperties"];
    const keys = [...new Set([...required, ...(depth < optionalDepthMax ? Object.keys(properties) : [])])];
    const spare: (readonly [string, Candidate])[] = [];
    for (const key of keys) {
      if (depth >= depthMax) break;
      const filled = this.fill(schemaOf(key), hintOf(key, schemaOf(key)), depth + 1);
      if (required.includes(key) || filled.isHeard) give(key, filled);
      else spare.push([key, filled]);
    }
    const missing = (asNumber(schema["minProperties"]) ?? 0) - Object.keys(result).length;
    for (const [key, filled] of spare.slice(0, Math.max(0, missing))) give(key, filled);
    return { value: result, isHeard };
  }
}

function* steps(value: number, step: number): Generator<Candidate> {
  const at = Math.round(value / step);
  for (const multiple of [at, at + 1, at - 1, Math.ceil(value / step), Math.floor(value / step)]) {
    // Multiplying leaves 0.30000000000000004; the nearest short decimal is what is meant.
    yield { value: Number((multiple * step).toPrecision(12)), isHeard: false };
  }
}

function hintOf(key: string, schema: unknown): string {
  const name = key.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ");
  const description = asSchema(schema)["description"];
  return typeof description === "string" ? `${name}: ${description}` : name;
}
