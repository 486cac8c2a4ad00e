/** Words that begin sentences; after an abbreviation, one of them in capitals tells that its dot also ended a sentence. */
const starters =
  "The|A|An|He|She|It|We|You|They|I|This|That|These|Those|There|Then|But|And|So|If|When|In|On|At|As|For|My|His|Her|Our|" +
  "Your|Their|What|Who|How|Why|Where|Is|Are|Do|Does|Did|Please|Let|However|Yes|No|Now|After|Before|Its|Some|Many|Most|All|" +
  "Also|Next|Take|Call|Turn|Can|Could|Would|Will|Was|Were|From|To|With|Once|Until|While";
const starter = new RegExp(`^\\s{1,3}(?:${starters})\\b`);
/** One word with a capital that is a name rather than the beginning of a sentence. */
const notAName = new RegExp(`^(?:${starters})$`);

/** True when a sentence ends where `after` begins: nothing more on the line, or a new sentence starts. */
export function endsSentence(after: string, anyCapital = false): boolean {
  if (/^["'”’)\]*_]{0,4}\s{0,4}(?:\n|$)/.test(after)) return true;
  return starter.test(after) || (anyCapital && /^\s{1,3}\p{Lu}/u.test(after));
}

/** True when a name (a word in capitals which is not a common sentence opener) follows. */
export function nameFollows(after: string): boolean {
  const next = /^\s{1,3}(\p{Lu}[\p{L}'’]{0,24})/u.exec(after)?.[1];
  return next !== undefined && !notAName.test(next);
}

/** The capitalised word right before, unless it is a mere sentence opener; else an empty string. */
export function nameBefore(before: string): string {
  const word =
    /(?:^|[\s"'(“])(\p{Lu}[\p{L}'’-]{0,24}|[a-z]{3,9}-(?:first|second|third|[a-z]{1,8}th)|[a-z]{4,9}th)\s{1,3}$/u.exec(
      before,
    )?.[1] ?? "";
  return notAName.test(word) ? "" : word;
}

/** Letters that are said one by one, as capitals: "p.m." → "PM". */
export function initials(letters: string): string {
  return letters.replace(/\P{L}/gu, "").toUpperCase();
}

/** Alternatives of a pattern, longest first, so that the longest wins. */
export function oneOf(words: Iterable<string>): string {
  return [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"))
    .join("|");
}

/** A bounded whole or decimal number, thousands with commas; for use inside larger patterns. */
export const numberPattern = String.raw`(?:\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,12})?|\d{1,24}(?:\.\d{1,12})?)`;

/** Reads a table written as `key=value; key=value`, spread over lines. */
export function parseTable(table: string): Readonly<Record<string, string>> {
  const entries = table.split(/;|\n/).map((entry) => entry.trim().split("="));
  return Object.fromEntries(entries.flatMap(([key, value]) => (key && value ? [[key, value]] : [])));
}
