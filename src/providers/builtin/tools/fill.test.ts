import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { argumentsFor } from "./choose.ts";

const now = Date.UTC(2026, 10, 25, 15, 5);

const argumentsOf = (parameters: Schema, text: string): unknown =>
  JSON.parse(argumentsFor({ name: "f", description: "", parameters }, text, now));

type Schema = Readonly<Record<string, unknown>>;

/** Schemas of the kinds that tools use, each of which some value satisfies. */
const { schema } = fc.letrec<{ schema: Schema; text: Schema; number: Schema; list: Schema; object: Schema }>(
  (tie) => ({
    text: fc.oneof(
      fc.constant({ type: "string" }),
      fc
        .tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 }))
        .map(([min, more]) => ({ type: "string", minLength: min, maxLength: min + more })),
      fc
        .constantFrom("date", "email", "uuid", "date-time", "uri")
        .map((format) => ({ type: "string", format })),
      fc
        .constantFrom(
          "^[A-Z]{3}$",
          "^\\d{5}(-\\d{4})?$",
          "^(red|green)-[a-f0-9]+$",
          "^[^\\s@]+@example\\.org$",
          "\\d",
          "^v\\d+\\.\\d+$",
        )
        .map((pattern) => ({ type: "string", pattern })),
      fc
        .uniqueArray(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 4 })
        .map((options) => ({ type: "string", enum: options })),
      fc.string({ maxLength: 8 }).map((value) => ({ const: value })),
      fc.constant({ type: ["string", "null"] }),
    ),
    number: fc.oneof(
      fc.constant({ type: "boolean" }),
      fc
        .tuple(fc.integer({ min: -500, max: 500 }), fc.nat({ max: 50 }))
        .map(([minimum, more]) => ({ type: "integer", minimum, maximum: minimum + more })),
      fc
        .tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: 0.5, max: 9, noNaN: true }))
        .map(([low, more]) => ({ type: "number", exclusiveMinimum: low, exclusiveMaximum: low + more })),
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.nat({ max: 90 }))
        .map(([multipleOf, minimum]) => ({ type: "integer", multipleOf, minimum })),
      fc.integer({ min: -9, max: 9 }).map((maximum) => ({ type: "number", maximum })),
    ),
    list: fc
      .tuple(fc.oneof(tie("text"), tie("number"), tie("object")), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
      .map(([items, minItems, more]) => ({ type: "array", items, minItems, maxItems: minItems + more })),
    object: fc
      .dictionary(
        fc
          .string({ minLength: 1, maxLength: 6, unit: "grapheme-ascii" })
          .filter((key) => key !== "__proto__"),
        tie("schema"),
        { maxKeys: 4 },
      )
      .chain((properties) =>
        fc
          .subarray(Object.keys(properties))
          .map((required) => ({ type: "object", properties, required, additionalProperties: false })),
      ),
    schema: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      tie("text"),
      tie("number"),
      tie("list"),
      tie("object"),
      fc.tuple(tie("text"), tie("number")).map((branches) => ({ anyOf: branches })),
      fc.tuple(tie("object"), fc.constant({ type: "null" })).map((branches) => ({ oneOf: branches })),
    ),
  }),
);

const utterance = fc.constantFrom(
  "",
  "What's the weather in Paris tomorrow?",
  "Send 12 boxes and three crates to kim@example.org, with 'extra care', not on Friday",
  "yes, turn it off at 5:30 p.m.",
  "minus two and a half",
);

describe("arguments", () => {
  it("are valid against random schemas, by another validator, whatever was said", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc
            .string({ minLength: 1, maxLength: 6, unit: "grapheme-ascii" })
            .filter((key) => key !== "__proto__"),
          schema,
          { minKeys: 1, maxKeys: 4 },
        ),
        utterance,
        (properties, text) => {
          const parameters = {
            type: "object",
            properties,
            required: Object.keys(properties),
            additionalProperties: false,
          };
          const given = argumentsOf(parameters, text);
          const judged = z
            .fromJSONSchema(parameters as Parameters<typeof z.fromJSONSchema>[0])
            .safeParse(given);
          expect({ issues: judged.error?.issues ?? [], given }).toEqual({ issues: [], given });
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each<[string, Schema, string, unknown]>([
    ["defaults", { properties: { n: { type: "integer", default: 7 } }, required: ["n"] }, "go", { n: 7 }],
    [
      "optional values that nobody named stay away",
      { properties: { n: { type: "integer" }, on: { type: "boolean" } } },
      "go",
      {},
    ],
    [
      "local references",
      {
        properties: { at: { $ref: "#/$defs/place" } },
        required: ["at"],
        $defs: { place: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
      },
      "in Rome",
      { at: { city: "Rome" } },
    ],
    [
      "lists of what was said",
      { properties: { cities: { type: "array", items: { type: "string" } } }, required: ["cities"] },
      "fly to Rome and Oslo",
      { cities: ["Rome", "Oslo"] },
    ],
    [
      "lists without repetition",
      {
        properties: {
          l: { type: "array", items: { enum: ["a", "b", "c"] }, minItems: 3, uniqueItems: true },
        },
        required: ["l"],
      },
      "go",
      { l: ["a", "b", "c"] },
    ],
    [
      "allOf",
      { properties: { n: { allOf: [{ type: "integer", minimum: 5 }, { maximum: 5 }] } }, required: ["n"] },
      "go",
      { n: 5 },
    ],
    [
      "numbers in their order",
      {
        properties: { width: { type: "number" }, height: { type: "number" } },
        required: ["width", "height"],
      },
      "three by four",
      { width: 3, height: 4 },
    ],
    [
      "numbers out of bounds are not taken",
      { properties: { n: { type: "integer", minimum: 1, maximum: 5 } }, required: ["n"] },
      "ninety",
      { n: 1 },
    ],
    ["no schema at all", {}, "go", {}],
    [
      "a property of a dangerous name",
      { properties: JSON.parse('{"__proto__": {"const": 1}}') as Schema, required: ["__proto__"] },
      "go",
      JSON.parse('{"__proto__": 1}'),
    ],
  ])("%s", (_name, parameters, text, expected) => {
    expect(argumentsOf(parameters, text)).toEqual(expected);
  });

  it("ends on a schema that requires itself, and on absurd bounds", () => {
    const endless = { properties: { a: { $ref: "#" } }, required: ["a"] };
    const huge = {
      properties: {
        l: { type: "array", items: { type: "string", minLength: 1e12 }, minItems: 1e12 },
        s: { pattern: "((a{1000}){1000}){1000}" },
      },
      required: ["l", "s"],
    };
    const loop = {
      properties: { a: { $ref: "#/$defs/a" } },
      required: ["a"],
      $defs: { a: { $ref: "#/$defs/a" } },
    };
    for (const parameters of [endless, huge, loop]) {
      expect(argumentsOf(parameters, "go")).toBeTypeOf("object");
    }
  });
});
