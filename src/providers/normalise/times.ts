import { group, type Rule, rule } from "./rule.ts";
import { endsSentence, initials } from "./text.ts";
import { cardinal, isOne } from "./words.ts";

const half = String.raw`([AaPp]\.\s?[Mm]\.|[AaPp]\.?[Mm]\b)`;
const clock = String.raw`([01]?\d|2[0-4])(?::([0-5]\d))?`;
const dash = String.raw`\s?(?:[-–—]|to)\s?`;
const zones = String.raw`(?:UTC|GMT|[ECMP][SD]?T|CET|CEST|BST|JST|IST)\b`;

/** "3:05" → "three oh five". With no half of the day named, "7:00" is "seven o'clock". */
function sayClock(hour: string, minute: string, half12: string): string {
  const hours = cardinal(Number(hour));
  if (minute === "") return half12 === "" ? hours : `${hours} ${half12}`;
  const tail = half12 === "" ? "" : ` ${half12}`;
  if (minute === "00") return hours + (tail === "" ? wholeHour(hour) : tail);
  return `${hours} ${minute.startsWith("0") ? `oh ${cardinal(minute.slice(1))}` : cardinal(minute)}${tail}`;
}

function wholeHour(hour: string): string {
  return Number(hour) > 12 || Number(hour) === 0 || hour.startsWith("0") ? " hundred" : " o'clock";
}

function sayWhole(hour: string, minute: string): string {
  if (Number(hour) === 0 && minute === "00") return "midnight";
  return sayClock(hour, minute, "");
}

/** The half of the day, with the dot that also ended the sentence, if it did. */
function sayHalf(written: string, after: string): string {
  return initials(written) + (written.endsWith(".") && endsSentence(after) ? "." : "");
}

function counted(amount: string, unit: string): string {
  return `${cardinal(Number(amount))} ${unit}${isOne(amount) ? "" : "s"}`;
}

/** Times of the day, spans of them, and durations written with colons. */
export const timeRules: readonly Rule[] = [
  rule(
    "span with both halves",
    new RegExp(String.raw`(?<![\w:.$])${clock}\s?${half}${dash}${clock}\s?${half}`, "g"),
    (m, { after }) =>
      `${sayClock(group(m, 1), group(m, 2), initials(group(m, 3)))} to ${sayClock(group(m, 4), group(m, 5), sayHalf(group(m, 6), after))}`,
  ),
  rule(
    "span with one half",
    new RegExp(String.raw`(?<![\w:.$])${clock}${dash}${clock}\s?${half}`, "g"),
    (m, { after }) =>
      `${sayBare(group(m, 1), group(m, 2))} to ${sayClock(group(m, 3), group(m, 4), sayHalf(group(m, 5), after))}`,
  ),
  rule(
    "span of the day",
    /(?<![\w:.$])([01]?\d|2[0-4]):([0-5]\d)\s?[-–—]\s?([01]?\d|2[0-4]):([0-5]\d)(?![\d:])/g,
    (m) => `${sayWhole(group(m, 1), group(m, 2))} to ${sayWhole(group(m, 3), group(m, 4))}`,
  ),
  rule(
    "noon or midnight",
    new RegExp(String.raw`\b(noon|midnight|Noon|Midnight)\s?[-–—]\s?(?=\d)`, "g"),
    (m) => `${group(m, 1)} to `,
  ),
  rule(
    "to noon or midnight",
    new RegExp(String.raw`(?<![\w:.$])${clock}(?:\s?${half})?\s?[-–—]\s?(noon|midnight)\b`, "g"),
    (m) => `${sayClock(group(m, 1), group(m, 2), initials(group(m, 3)))} to ${group(m, 4)}`,
  ),
  rule(
    "time with half",
    new RegExp(String.raw`(?<![\w:.$])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?\s?${half}`, "g"),
    (m, { after }) => {
      const seconds = group(m, 3) === "" ? "" : ` and ${counted(group(m, 3), "second")}`;
      const spoken = sayHalf(group(m, 4), after);
      return seconds === ""
        ? sayClock(group(m, 1), group(m, 2), spoken)
        : `${sayClock(group(m, 1), group(m, 2), "")}${seconds} ${spoken}`;
    },
  ),
  rule(
    "hour with half",
    new RegExp(String.raw`(?<![\w:.,$])(1[0-2]|0?[1-9])\s?${half}`, "g"),
    (m, { after }) =>
      /^[AaPp]m$/.test(group(m, 2)) && /^Am$/.test(group(m, 2))
        ? null
        : sayClock(group(m, 1), "", sayHalf(group(m, 2), after)),
  ),
  rule("duration", /(?<![\w:.])(\d{1,3}):([0-5]\d):([0-5]\d)(?![\d:])/g, (m, { before }) => {
    if (/\b(?:at|by|until|from|after|before|since)\s{1,2}$/i.test(before) && Number(group(m, 1)) < 25) {
      return `${sayWhole(group(m, 1), group(m, 2))} and ${counted(group(m, 3), "second")}`;
    }
    return [
      counted(group(m, 1), "hour"),
      counted(group(m, 2), "minute"),
      counted(group(m, 3), "second"),
    ].join(" ");
  }),
  rule("time", /(?<![\w:.])([01]?\d|2[0-4]):([0-5]\d)(?![\d:]|\.\d)/g, (m) =>
    sayWhole(group(m, 1), group(m, 2)),
  ),
  rule(
    "minutes and seconds",
    /(?<![\w:.])(\d{2,3}):([0-5]\d)(?:\.(\d{1,3}))?(?![\d:])/g,
    (m) => `${cardinal(group(m, 1))} ${cardinal(group(m, 2))}`,
  ),
  rule("half alone", /\b([ap])\.\s?m\.(?!\p{L})/giu, (m, { after }) => sayHalf(group(m, 0), after)),
  rule(
    "military",
    new RegExp(String.raw`(?<![\w:.,])([01]\d|2[0-3])([0-5]\d)(?=\s?(?:hours|hrs|${zones}))`, "g"),
    (m) => {
      const lead = group(m, 1).startsWith("0")
        ? `zero ${cardinal(Number(group(m, 1)))}`
        : cardinal(group(m, 1));
      return `${lead} ${group(m, 2) === "00" ? "hundred" : cardinal(Number(group(m, 2)))}`;
    },
  ),
  rule(
    "ratio",
    /(?<![\w:.])(\d{1,4}):(\d{1,4})(?![\d:]|\.\d)/g,
    (m) => `${cardinal(group(m, 1))} to ${cardinal(group(m, 2))}`,
  ),
];

function sayBare(hour: string, minute: string): string {
  return minute === "00" ? cardinal(Number(hour)) : sayClock(hour, minute, "");
}
