import { ParleyError } from "../../../lib/errors.ts";
import type { LlmTool } from "../../../protocol/generation.ts";
import type { LlmRequest } from "../../llm.ts";
import { freshResults, userTextIn } from "../answer.ts";
import { answerCount, answerRepeat, answerSpell } from "../speaking.ts";
import { wordsOf } from "../words.ts";
import { factsOf } from "./facts.ts";
import { Filler } from "./fill.ts";
import { asSchema, typesOf, resolved } from "./schema.ts";

/** Calls in one answer, when several places are asked for at once. */
const parallelCallsMax = 4;

interface Call {
  readonly name: string;
  readonly arguments: string;
}

/** The calls that answer the conversation, as the request's tool choice allows; none means text.
 *  @throws {ParleyError} `ERR_BAD_INPUT` when a call is demanded of a tool that is not there */
export function callsFor(request: LlmRequest, now: number): readonly Call[] {
  const choice = request.toolChoice;
  if (choice === "none" || (choice === "auto" && request.tools.length === 0)) return [];
  const text = userTextIn(request.messages);
  const tool =
    typeof choice === "object"
      ? request.tools.find(({ name }) => name === choice.name)
      : bestOf(request.tools, text);
  if (tool === undefined)
    throw new ParleyError("ERR_BAD_INPUT", "the tool that must be called is not among the tools");
  if (choice === "auto" && !isCalledFor(tool, request, text)) return [];
  const places = request.parallelToolCalls && takesOnePlace(tool) ? factsOf(text, now).places : [];
  const targets = places.length > 1 ? places.slice(0, parallelCallsMax) : [undefined];
  return targets.map((place) => ({ name: tool.name, arguments: argumentsFor(tool, text, now, place) }));
}

/** @param place the one place of several that this call is for */
export function argumentsFor(tool: LlmTool, text: string, now: number, place?: string): string {
  const facts = factsOf(text, now);
  const schema = { type: "object", ...tool.parameters };
  const own = place === undefined ? facts : { ...facts, places: [place], names: [place] };
  return JSON.stringify(new Filler(own, schema).fill(schema, "").value);
}

/** Asked once, a tool is called once; and who asks to have something said does not ask for a tool. */
function isCalledFor(tool: LlmTool, request: LlmRequest, text: string): boolean {
  if (freshResults(request.messages).length > 0) return false;
  if ((answerRepeat(text) ?? answerSpell(text) ?? answerCount(text)) !== undefined) return false;
  return matchOf(tool, text).isGood;
}

function bestOf(tools: readonly LlmTool[], text: string): LlmTool | undefined {
  const scored = tools.map((tool) => ({ tool, score: matchOf(tool, text).score }));
  return scored.reduce<(typeof scored)[number] | undefined>(
    (best, one) => (best === undefined || one.score > best.score ? one : best),
    undefined,
  )?.tool;
}

/** Words of a tool's name that say little about it. */
const generic = new Set(
  "get set fetch find lookup look up search create make do run call tool function list query check show add update delete remove cancel new current my info data value the a an of for by to in on".split(
    " ",
  ),
);
const dull = new Set(
  "a an the of to for in on at by with and or is are be what who how when where which it its this that your you me my i do does can use uses used using returns return returning given get gets getting tool call called function user users from if one any some about please tell want".split(
    " ",
  ),
);

/** Words that stand for one another. */
const kin: readonly (readonly string[])[] = [
  ["weather", "forecast", "temperature", "rain", "rainy", "sunny", "raining"],
  ["delete", "remove", "cancel"],
  ["create", "add", "make", "new"],
  ["list", "show"],
  ["mail", "email"],
  ["light", "lamp"],
  ["remind", "reminder"],
  ["buy", "order", "purchase"],
  ["music", "song"],
];

function stem(word: string): string {
  const lower = word.toLowerCase();
  const same = kin.find((words) => words.includes(lower));
  if (same?.[0] !== undefined) return same[0];
  return lower.length > 4 ? lower.replace(/(?:ies|ing|ed|es|s)$/, "") : lower;
}

function nameWords(name: string): readonly string[] {
  return wordsOf(name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_.-]+/g, " ")).map((word) =>
    word.toLowerCase(),
  );
}

function matchOf(tool: LlmTool, text: string): { readonly score: number; readonly isGood: boolean } {
  const said = new Set(wordsOf(text).map(stem));
  const isSaid = (word: string): boolean => said.has(stem(word));
  const names = nameWords(tool.name);
  const telling = names.filter((word) => !generic.has(word));
  const own = telling.length > 0 ? telling : names;
  const ownHits = own.filter(isSaid).length;
  const verbHits = names.filter((word) => !own.includes(word) && isSaid(word)).length;
  const used = new Set(names.map(stem));
  const described = new Set(
    [...wordsOf(tool.description), ...parameterWords(tool)]
      .map(stem)
      .filter((word) => !dull.has(word) && !used.has(word)),
  );
  const otherHits = [...described].filter((word) => said.has(word)).length;
  const isNamed = text.toLowerCase().includes(tool.name.toLowerCase()) && /[_A-Z]/.test(tool.name);
  const isGood =
    isNamed ||
    ownHits === own.length ||
    ownHits >= 2 ||
    (ownHits === 1 && otherHits + verbHits >= 1) ||
    otherHits >= 3;
  return { score: 3 * ownHits + verbHits + otherHits + (isNamed ? 100 : 0), isGood };
}

/** Names of the parameters and the values they may take. */
function parameterWords(tool: LlmTool): readonly string[] {
  return Object.entries(asSchema(tool.parameters["properties"])).flatMap(([name, schema]) => {
    const options = asSchema(schema)["enum"];
    return [
      ...nameWords(name),
      ...(Array.isArray(options) ? options.filter((one) => typeof one === "string") : []),
    ];
  });
}

function takesOnePlace(tool: LlmTool): boolean {
  const properties = Object.entries(asSchema(tool.parameters["properties"]));
  const places = properties.filter(
    ([name, schema]) =>
      typesOf(resolved(schema, tool.parameters)).includes("string") &&
      /city|location|place|town|country|destination|where/i.test(name),
  );
  return places.length === 1;
}
