import { parsePattern } from "./pattern.ts";
import { asList, asNumber, asSchema, resolved, type JsonSchema } from "./schema.ts";

/** Nested values deeper than this are not looked into. */
const depthMax = 24;

/** Text formats that are checked; the others hold for any text. */
const formats: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  time: /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i,
  email: /^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}$/,
  uri: /^[a-z][a-z\d+.-]*:\S+$/i,
  uuid: /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i,
  ipv4: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/,
};

/** Whether a value keeps a schema: the keywords that tools use, references local. */
export function isValid(given: unknown, value: unknown, root: JsonSchema, depth = 0): boolean {
  if (given === false) return false;
  if (depth > depthMax) return true;
  const schema = resolved(given, root);
  const under = (part: unknown, of: unknown = value): boolean => isValid(part, of, root, depth + 1);
  const enumerated = schema["enum"];
  if (Array.isArray(enumerated) && !enumerated.some((one) => same(one, value))) return false;
  if ("const" in schema && !same(schema["const"], value)) return false;
  if (!isOfType(schema["type"], value)) return false;
  const any = asList(schema["anyOf"]);
  if (any.length > 0 && !any.some((part) => under(part))) return false;
  const one = asList(schema["oneOf"]);
  if (one.length > 0 && one.filter((part) => under(part)).length !== 1) return false;
  if (schema["not"] !== undefined && under(schema["not"])) return false;
  if (typeof value === "number") return isNumberValid(schema, value);
  if (typeof value === "string") return isTextValid(schema, value);
  if (Array.isArray(value)) return isListValid(schema, value, under);
  if (typeof value === "object" && value !== null) return isObjectValid(schema, value as JsonSchema, under);
  return true;
}

type Under = (part: unknown, of: unknown) => boolean;

function isOfType(type: unknown, value: unknown): boolean {
  const types = typeof type === "string" ? [type] : asList(type);
  return (
    types.length === 0 ||
    types.some((one) => one === typeName(value) || (one === "integer" && Number.isInteger(value)))
  );
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isWithin(value: number, min: unknown, max: unknown): boolean {
  return value >= (asNumber(min) ?? -Infinity) && value <= (asNumber(max) ?? Infinity);
}

function isNumberValid(schema: JsonSchema, value: number): boolean {
  const step = asNumber(schema["multipleOf"]);
  if (step !== undefined && Math.abs(value / step - Math.round(value / step)) > 1e-9) return false;
  if (value <= (asNumber(schema["exclusiveMinimum"]) ?? -Infinity)) return false;
  if (value >= (asNumber(schema["exclusiveMaximum"]) ?? Infinity)) return false;
  return Number.isFinite(value) && isWithin(value, schema["minimum"], schema["maximum"]);
}

function isTextValid(schema: JsonSchema, value: string): boolean {
  if (!isWithin(Array.from(value).length, schema["minLength"], schema["maxLength"])) return false;
  const format = schema["format"];
  if (typeof format === "string" && Object.hasOwn(formats, format) && formats[format]?.test(value) !== true)
    return false;
  if (format === "date" && Number.isNaN(Date.parse(value))) return false;
  const pattern = schema["pattern"];
  return typeof pattern !== "string" || parsePattern(pattern)?.matches(value) !== false;
}

function isListValid(schema: JsonSchema, value: readonly unknown[], under: Under): boolean {
  if (!isWithin(value.length, schema["minItems"], schema["maxItems"])) return false;
  if (
    schema["uniqueItems"] === true &&
    value.some((one, at) => value.slice(0, at).some((other) => same(one, other)))
  )
    return false;
  const prefix = asList(schema["prefixItems"]);
  return value.every((one, at) => {
    const part = at < prefix.length ? prefix[at] : schema["items"];
    return part === undefined || under(part, one);
  });
}

function isObjectValid(schema: JsonSchema, value: JsonSchema, under: Under): boolean {
  const keys = Object.keys(value);
  if (!isWithin(keys.length, schema["minProperties"], schema["maxProperties"])) return false;
  if (!asList(schema["required"]).every((key) => typeof key !== "string" || Object.hasOwn(value, key)))
    return false;
  const properties = asSchema(schema["properties"]);
  return keys.every((key) => {
    if (Object.hasOwn(properties, key)) return under(properties[key], value[key]);
    const others = schema["additionalProperties"];
    return others === undefined || under(others, value[key]);
  });
}

export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [asObject(a), asObject(b)];
  const keys = Object.keys(x);
  return (
    keys.length === Object.keys(y).length &&
    keys.every((key) => Object.hasOwn(y, key) && same(x[key], y[key]))
  );
}

const asObject = (value: object): Readonly<Record<string, unknown>> =>
  value as Readonly<Record<string, unknown>>;
