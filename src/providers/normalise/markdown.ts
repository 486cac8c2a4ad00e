import { group, type Rule, rule } from "./rule.ts";

const namedEntities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
};

/** Ends a line that lacks an end of its own, so that headings, items and cells are not run together. */
function closed(line: string): string {
  const text = line.trim();
  return text === "" || /[.!?:;,…]["'”’)*_`]{0,4}$/.test(text) ? text : `${text}.`;
}

function tableRow(row: string): string {
  const cells = row
    .split("|")
    .map((cell) => cell.trim())
    .filter((cell) => cell !== "");
  return closed(cells.join(", "));
}

/** Marks that shape text on a screen and are not said: Markdown, HTML, lists, tables, pictures. */
export const markdownRules: readonly Rule[] = [
  rule(
    "entity",
    /&(amp|lt|gt|quot|apos|nbsp|ndash|mdash|hellip);/g,
    (m) => namedEntities[group(m, 1)] ?? " ",
  ),
  rule("html line break", /<(?:br|hr|p|\/p|li|div|\/div)\s{0,2}\/?>/gi, () => "\n"),
  rule("html tag", /<\/?[a-z][a-z0-9]{0,12}(?:\s[^<>\n]{0,200})?>/gi, () => ""),
  rule("code fence", /^[ \t]{0,8}(?:```|~~~)[\w+-]{0,20}[ \t]{0,8}$/gm, () => ""),
  rule("image", /!\[([^\][\n]{0,200})\]\([^()\s]{0,500}(?:\s"[^"\n]{0,200}")?\)/g, (m) => group(m, 1)),
  rule("link", /\[([^\][\n]{1,300})\]\([^()\s]{0,500}(?:\s"[^"\n]{0,200}")?\)/g, (m) => group(m, 1)),
  rule("link by reference", /\[([^\][\n]{1,300})\]\[[^\][\n]{0,60}\]/g, (m) => group(m, 1)),
  rule("footnote", /(?<=[\p{L}\p{N}.,;:!?"”)])\[\^?\d{1,3}\]/gu, () => ""),
  rule("ruler", /^[ \t]{0,8}([-*_])(?:[ \t]{0,4}\1){2,80}[ \t]{0,8}$/gm, () => ""),
  rule("table ruler", /^[ \t|:-]{3,400}$/gm, (m) => (/--|\|/.test(group(m, 0)) ? "" : null)),
  rule("table row", /^[ \t]{0,8}\|([^\n]{1,1000})\|[ \t]{0,8}$/gm, (m) => tableRow(group(m, 1))),
  rule("heading", /^[ \t]{0,8}#{1,6}[ \t]{1,8}([^\n]{0,1000}?)[ \t#]{0,8}$/gm, (m) => closed(group(m, 1))),
  rule("quotation", /^[ \t]{0,8}(?:>[ \t]{0,4}){1,8}(?=[^\s\d=])/gm, () => ""),
  rule(
    "item",
    /^[ \t]{0,40}[-*+•‣◦▪●][ \t]{1,8}(?:\[[ xX]\][ \t]{1,4})?(?=[^\d\s])([^\n]{0,2000})$/gm,
    (m, { before, after }) => (/\n/.test(before + after) ? closed(group(m, 1)) : group(m, 1)),
  ),
  rule(
    "item with a number",
    /^[ \t]{0,40}[*+•‣◦▪●-][ \t]{1,8}(?=\d)(?![\d.]{1,12}[ \t]{0,3}[=+*/×÷-])([^\n]{0,2000})$/gm,
    (m, { before, after }) => (/\n/.test(before + after) ? closed(group(m, 1)) : group(m, 1)),
  ),
  rule(
    "numbered item",
    /^[ \t]{0,40}(\d{1,3})[.)][ \t]{1,8}(?=\S)([^\n]{0,2000})$/gm,
    (m, { before, after }) => {
      const text = /\n/.test(before + after) ? closed(group(m, 2)) : group(m, 2);
      return `${group(m, 1)}, ${text}`;
    },
  ),
  rule("escape", /\\([\\`*_{}[\]()#+.!|~>-])/g, (m) => group(m, 1)),
  rule("strong", /(\*{1,3}|~~|__)(?=\S)([^*~\n]{1,1000}?)(?<=\S)\1/g, (m, { before, after }) =>
    /\d$/.test(before) && /^\d/.test(after) ? null : group(m, 2),
  ),
  rule("emphasis", /(?<![\p{L}\p{N}_])_([^_\n]{1,500})_(?![\p{L}\p{N}_])/gu, (m) => group(m, 1)),
  rule("options in code", /`([^`\n]{1,200})`/g, (m) =>
    group(m, 1)
      .replace(/(?<=\s)--(?=\w)/g, "dash dash ")
      .replace(/(?<=\s)-(?=[a-z])/gi, "dash "),
  ),
  rule("left-over marks", /\*{2,}|`{1,12}|~~/g, () => ""),
];
