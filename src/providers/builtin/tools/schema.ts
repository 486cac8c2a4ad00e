/** JSON Schema as far as tool arguments use it. A boolean schema is treated as `{}`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** References followed in a row; more is a loop. */
const referencesMax = 16;

export function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The schema with local references (`#/$defs/…`) followed and `allOf` merged into it. */
export function resolved(given: unknown, root: JsonSchema, left = referencesMax): JsonSchema {
  let schema = asSchema(given);
  const reference = schema["$ref"];
  if (typeof reference === "string" && left > 0) {
    const { $ref: _followed, ...beside } = schema;
    schema = merged(resolved(lookUp(reference, root), root, left - 1), beside);
  }
  const all = asList(schema["allOf"]);
  if (all.length === 0 || left === 0) return schema;
  const { allOf: _merged, ...rest } = schema;
  return all.reduce<JsonSchema>((sum, part) => merged(sum, resolved(part, root, left - 1)), rest);
}

function lookUp(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith("#")) return {};
  let at: unknown = root;
  for (const part of reference
    .slice(1)
    .split("/")
    .filter((step) => step !== "")) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = Object.hasOwn(asSchema(at), key) ? asSchema(at)[key] : asList(at)[Number(key)];
  }
  return at;
}

/** Both schemas at once, for the keywords that fill a value; where both bound, the tighter bound counts. */
export function merged(a: JsonSchema, b: JsonSchema): JsonSchema {
  const tighter = (key: string, pick: (...values: number[]) => number): JsonSchema => {
    const [x, y] = [asNumber(a[key]), asNumber(b[key])];
    return x !== undefined && y !== undefined ? { [key]: pick(x, y) } : {};
  };
  const lower = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
  const upper = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
  return {
    ...a,
    ...b,
    ...Object.assign({}, ...lower.map((key) => tighter(key, Math.max))),
    ...Object.assign({}, ...upper.map((key) => tighter(key, Math.min))),
    ...(a["properties"] !== undefined && b["properties"] !== undefined
      ? { properties: { ...asSchema(a["properties"]), ...asSchema(b["properties"]) } }
      : {}),
    ...(a["required"] !== undefined && b["required"] !== undefined
      ? { required: [...new Set([...asList(a["required"]), ...asList(b["required"])])] }
      : {}),
  };
}

/** The types a schema allows, by `type` or by the keywords it uses. */
export function typesOf(schema: JsonSchema): readonly string[] {
  const type = schema["type"];
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.filter((one) => typeof one === "string");
  if (schema["properties"] !== undefined || schema["required"] !== undefined) return ["object"];
  if (
    schema["items"] !== undefined ||
    schema["prefixItems"] !== undefined ||
    schema["minItems"] !== undefined
  )
    return ["array"];
  const numeric = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  if (numeric.some((key) => schema[key] !== undefined)) return ["number"];
  return ["string"];
}
