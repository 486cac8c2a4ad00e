import { group, type Rule, rule } from "./rule.ts";
import { cardinal, ordinal } from "./words.ts";

const values: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const numeral = String.raw`(?=[IVXLCM])(M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?![\p{L}\d-]|\.\p{L}|['’](?!s\b))`;
const divisions =
  "Chapter|Chap|Part|Section|Act|Scene|Volume|Vol|Book|Title|Appendix|Phase|Type|Class|Grade|War|Bowl|Article|Level|Stage|Episode|Figure|Table|Unit|Tier|Group|Mark|Step|Option|Module|Lesson|Canto|Division|Amendment|chapter|part|section|act|scene|volume|book|phase|type|stage|article|episode|level";
const givenNames = new Set(
  (
    "John James William George Henry Edward Richard Charles Louis Philip Francis Frederick Elizabeth Mary Catherine Pius " +
    "Benedict Leo Gregory Clement Innocent Urban Alexander Nicholas Peter Paul Ivan Napoleon Otto Ramses Ramesses Cleopatra Robert " +
    "Thomas Michael David Joseph Albert Alfonso Ferdinand Gustav Christian Harald Olav Margrethe Leopold Wilhelm Friedrich " +
    "Constantine Justinian Theodosius Darius Ptolemy Martin Boniface Sixtus Victor Umberto Juan Felipe Carlos Pedro Abdullah " +
    "Mehmed Murad Selim Harold Malcolm Stephen Julius Celestine Adrian Urban Eugene Sigismund Vladimir Mithridates Antiochus"
  ).split(" "),
);

/** The value of a Roman numeral. */
export function romanValue(letters: string): number {
  return Array.from(letters).reduce((sum, letter, index) => {
    const value = values[letter] ?? 0;
    return value < (values[letters[index + 1] ?? ""] ?? 0) ? sum - value : sum + value;
  }, 0);
}

function afterName(m: readonly string[], before: string): string | null {
  const [name, letters] = [group(m, 1), group(m, 2)];
  const second = /(\p{Lu}\p{Ll}+)\s$/u.exec(before)?.[1] ?? "";
  const regnal = givenNames.has(name);
  if (letters === "X" && name === "Malcolm") return null;
  if (letters.length === 1) {
    const titled = /^(?:King|Queen|Pope|Emperor|Tsar|Empress|Kaiser|Prince|Sultan)$/.test(second);
    const certain = titled || (regnal && letters !== "I" && letters.match(/[VX]/) !== null);
    return certain && regnal ? `${name} the ${ordinal(romanValue(letters))}` : null;
  }
  if (regnal || givenNames.has(second)) return `${name} the ${ordinal(romanValue(letters))}`;
  return /^[IVX]+$/.test(letters) ? `${name} ${cardinal(romanValue(letters))}` : null;
}

/** Roman numerals, only where something before them tells that they are numerals. */
export const romanRules: readonly Rule[] = [
  rule(
    "division",
    new RegExp(String.raw`\b(${divisions})(s?)\.?\s${numeral}(?:\s?[-–]\s?${numeral})?`, "gu"),
    (m, { after }) => {
      if (group(m, 3) === "" || (group(m, 3) === "I" && /^[a-z]/.test(group(m, 1)) && /^\s[a-z]/.test(after)))
        return null;
      const to = group(m, 4) === "" ? "" : ` to ${cardinal(romanValue(group(m, 4)))}`;
      return `${group(m, 1)}${group(m, 2)} ${cardinal(romanValue(group(m, 3)))}${to}`;
    },
  ),
  rule(
    "name",
    new RegExp(
      String.raw`(?<![\p{L}])(?!(?:The|An|A|On|In|At|And|Or|My)\s)(\p{Lu}\p{Ll}{1,24})\s${numeral}`,
      "gu",
    ),
    (m, { before }) => (group(m, 2) === "" ? null : afterName(m, before)),
  ),
  rule(
    "century",
    new RegExp(String.raw`(?<=\b(?:the|The)\s)${numeral}(?=\s(?:century|centuries)\b)`, "gu"),
    (m) => (group(m, 1) === "" ? null : ordinal(romanValue(group(m, 1)))),
  ),
];
