import { group, type Rule, rule } from "./rule.ts";
import { endsSentence, nameBefore, nameFollows, oneOf, parseTable } from "./text.ts";
import { designation, digitByDigit, ordinal } from "./words.ts";

const kinds = parseTable(`
  Ave=Avenue; Av=Avenue; Blvd=Boulevard; Rd=Road; Ln=Lane; Ct=Court; Pl=Place; Sq=Square; Pkwy=Parkway;
  Hwy=Highway; Ter=Terrace; Cir=Circle; Expy=Expressway; Tpke=Turnpike; Trl=Trail
`);
const kindWords =
  "Street|Avenue|Boulevard|Road|Lane|Court|Place|Square|Parkway|Highway|Terrace|Circle|Drive|Way|Trail|Alley|Plaza|Loop|Row";
const kindAny = `(?:${Object.keys(kinds).join("|")}|${kindWords}|St|Dr)`;
const compass = parseTable(`
  N=North; S=South; E=East; W=West; NE=Northeast; NW=Northwest; SE=Southeast; SW=Southwest
`);
const saints =
  "John|Johns|Paul|Peter|Petersburg|Louis|Helens|Helena|Patrick|Mary|Francis|Joseph|James|George|Andrew|Andrews|Thomas|Michael|Lawrence|Anthony|Nicholas|Lucia|Kitts|Vincent|Martin|Moritz|Augustine|Catharines|Catherine|Cloud|Croix|Bernard|Mark|Luke|Matthew|Stephen|Anne|Ann|Clair|Charles|Elmo|Tropez|Pancras|Albans|Ives";
const states = parseTable(`
  AL=Alabama; AK=Alaska; AZ=Arizona; AR=Arkansas; CA=California; CO=Colorado; CT=Connecticut;
  DE=Delaware; FL=Florida; GA=Georgia; HI=Hawaii; ID=Idaho; IL=Illinois; IN=Indiana; IA=Iowa; KS=Kansas;
  KY=Kentucky; LA=Louisiana; ME=Maine; MD=Maryland; MA=Massachusetts; MI=Michigan; MN=Minnesota;
  MS=Mississippi; MO=Missouri; MT=Montana; NE=Nebraska; NV=Nevada; NH=New Hampshire; NJ=New Jersey;
  NM=New Mexico; NY=New York; NC=North Carolina; ND=North Dakota; OH=Ohio; OK=Oklahoma; OR=Oregon;
  PA=Pennsylvania; RI=Rhode Island; SC=South Carolina; SD=South Dakota; TN=Tennessee; TX=Texas; UT=Utah;
  VT=Vermont; VA=Virginia; WA=Washington; WV=West Virginia; WI=Wisconsin; WY=Wyoming; DC=DC
`);
const stateCodes = Object.keys(states).join("|");
const mountBefore =
  /\b(?:Mount|Mt|Fort|Ft|Lake|Port|Cape|Isle|Church|Cathedral|Hospital|School|Saint|Sault|East|West|North|South|Feast|Order)\.?\s$/;

/** Street after the name of one, Saint before the name of one. */
function saintOrStreet(before: string, after: string): string | null {
  const name = nameBefore(before);
  const numbered =
    /\d{1,6}\s(?:[\p{L}.'’-]{1,24}\s){1,4}$/u.test(before) ||
    /\b(?:first|second|third|[a-z-]{3,20}th)\s$/.test(before);
  const knownSaint = new RegExp(`^\\s(?:${saints})\\b`).test(after);
  if (!nameFollows(after)) return name !== "" || numbered ? "Street" : null;
  if (name === "" && !numbered) return "Saint";
  if (mountBefore.test(before) && !numbered) return "Saint";
  if (numbered && name !== "") return "Street";
  return knownSaint ? "Saint" : "Street";
}

/** Addresses of places: houses, streets, states and their codes. */
export const streetRules: readonly Rule[] = [
  rule(
    "house",
    new RegExp(
      String.raw`(?<![\p{L}\d.,$-])(\d{1,5})(?=\s(?:(?:[NSEW]{1,2}\.?|North|South|East|West)\s)?(?:(?:\p{Lu}[\p{L}'’.]{1,20}|\d{1,3}(?:st|nd|rd|th))\s){1,3}?${kindAny}\b)`,
      "gu",
    ),
    (m, { after }) =>
      /^\s(?:North |South |East |West |[NSEW]{1,2}\.? )?Way\b/.test(after) ? null : designation(group(m, 1)),
  ),
  rule(
    "side of a street",
    new RegExp(
      String.raw`(?<=\b[\w-]{1,24}\s|^)(NE|NW|SE|SW|[NSEW])\.?\s(?=(?:\p{Lu}[\p{L}'’]{1,20}|\d{1,3}(?:st|nd|rd|th))\s(?:\p{Lu}[\p{L}'’]{1,20}\s)?${kindAny}\b)`,
      "gu",
    ),
    (m) => `${compass[group(m, 1)] ?? ""} `,
  ),
  rule("numbered street", new RegExp(String.raw`\b(\d{1,3})(?:st|nd|rd|th)(?=\s${kindAny}\b)`, "g"), (m) =>
    ordinal(group(m, 1)),
  ),
  rule("saint or street", /(?<![\p{L}\d.])St\.?(?=[\s,;:?!)]|$)/gmu, (m, { before, after }) => {
    const dotted = group(m, 0).endsWith(".");
    if (!dotted && nameBefore(before) === "")
      return new RegExp(`^\\s(?:${saints})\\b`).test(after) ? "Saint" : null;
    const word = saintOrStreet(before, after);
    return word === null ? null : word + (word === "Street" && dotted && endsSentence(after) ? "." : "");
  }),
  rule(
    "kind of street",
    new RegExp(String.raw`(?<=\p{L}['’\p{L}]{0,24}\s)(${oneOf(Object.keys(kinds))})\b(\.?)`, "gu"),
    (m, { before, after }) => {
      const certain = nameBefore(before) !== "" || /(?:th|first|second|third)\s$/.test(before);
      return certain
        ? (kinds[group(m, 1)] ?? "") + (group(m, 2) !== "" && endsSentence(after) ? "." : "")
        : null;
    },
  ),
  rule(
    "side after a street",
    new RegExp(String.raw`(?<=\b(?:${kindWords})\s)(NE|NW|SE|SW|[NSEW])\b\.?`, "g"),
    (m, { after }) =>
      (compass[group(m, 1)] ?? "") + (group(m, 0).endsWith(".") && endsSentence(after) ? "." : ""),
  ),
  rule(
    "state with code",
    new RegExp(String.raw`\b(${stateCodes})\.?\s{1,2}(\d{5})(?:-(\d{4}))?(?!\d)`, "g"),
    (m) =>
      [states[group(m, 1)] ?? "", digitByDigit(group(m, 2))].join(" ") +
      (group(m, 3) === "" ? "" : `, ${digitByDigit(group(m, 3))}`),
  ),
  rule(
    "state",
    new RegExp(String.raw`(?<=\p{Lu}[\p{L}.'’]{1,24}),\s(${stateCodes})(?![\p{L}\d.])`, "gu"),
    (m) => `, ${states[group(m, 1)] ?? ""}`,
  ),
  rule(
    "number of a place",
    /\b((?:[Ff]light|[Rr]oom|[Ss]uite|[Aa]partment|Route|Highway|Interstate|Boeing|Airbus|[Gg]ate|[Bb]us|[Uu]nit|Area|Channel|[Pp]ort|HTTP|[Ee]rror|[Ss]tatus)(?:\s[A-Z]{1,3})?)\s#?(\d{3,4})(?![\d%]|[.,:]\d|\s(?:people|miles|feet|dollars|km|kg))/g,
    (m) => `${group(m, 1)} ${designation(group(m, 2))}`,
  ),
];
