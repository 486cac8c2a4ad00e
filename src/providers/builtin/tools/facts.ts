import { numbersIn } from "../numbers.ts";
import { wordsOf } from "../words.ts";

/** What a sentence holds that could be an argument. */
export interface Facts {
  readonly text: string;
  readonly quoted: readonly string[];
  readonly numbers: readonly number[];
  readonly places: readonly string[];
  /** Capitalised words that begin no sentence. */
  readonly names: readonly string[];
  readonly emails: readonly string[];
  readonly urls: readonly string[];
  /** `YYYY-MM-DD` */
  readonly dates: readonly string[];
  /** `HH:MM` */
  readonly times: readonly string[];
  /** What the clock says, for a date or time that must be given and was not. */
  readonly now: number;
}

const dayMs = 86_400_000;
const weekdays = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const months = "january february march april may june july august september october november december".split(
  " ",
);
const calendarWords = new Set([
  ...weekdays,
  ...months,
  "today",
  "tomorrow",
  "tonight",
  "i",
  "i'm",
  "celsius",
  "fahrenheit",
]);

export function factsOf(text: string, now: number): Facts {
  const emails = text.match(/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[a-z]{2,24})+/gi) ?? spokenEmails(text);
  return {
    text,
    quoted: [...text.matchAll(/"([^"]{1,500})"|(?<![\w])'([^']{1,500})'(?!\w)/g)].map(
      (match) => match[1] ?? match[2] ?? "",
    ),
    numbers: numbersIn(text.replace(/\b\d{4}-\d\d-\d\d\b|\b\d{1,2}:\d\d\b/g, " ")),
    places: placesIn(text),
    names: namesIn(text),
    emails,
    urls: text.match(/\bhttps?:\/\/[^\s"'<>]+[^\s"'<>.,!?]/gi) ?? [],
    dates: datesIn(text.toLowerCase(), now),
    times: timesIn(text.toLowerCase()),
    now,
  };
}

function spokenEmails(text: string): readonly string[] {
  return [
    ...text.toLowerCase().matchAll(/\b([a-z0-9]+(?: dot [a-z0-9]+)*) at ([a-z0-9-]+(?: dot [a-z]+)+)\b/g),
  ].map((match) => `${match[1] ?? ""}@${match[2] ?? ""}`.replaceAll(" dot ", "."));
}

/** Capitalised names after a preposition ("in Paris, New York and Rome"); else what stands after "in" or "at". */
function placesIn(text: string): readonly string[] {
  const name = "[\\p{Lu}][\\p{L}'-]+(?: (?:de |la |of )?[\\p{Lu}][\\p{L}'-]+)*";
  const list = new RegExp(
    `\\b(?:in|at|for|to|from|near|of|about) (?:the )?(${name}(?:(?:,? and |, | or | to )(?:in |for )?${name})*)`,
    "gu",
  );
  const proper = [...text.matchAll(list)]
    .flatMap((match) => (match[1] ?? "").split(/,? and |, | or | to /))
    .map((place) => place.replace(/^(?:in|for) /, ""))
    .filter((place) => !calendarWords.has(place.toLowerCase()));
  if (proper.length > 0) return [...new Set(proper)];
  const said =
    /\b(?:in|at|near) (?:the )?((?!(?:a|an|my|one|exactly|celsius|fahrenheit|noon|midnight)\b)[\p{L}'-]+(?: [\p{L}'-]+){0,3}?)(?= (?:today|tomorrow|tonight|now|right|please|on|at|for|this|next|in)\b|[?.!,]|$)/iu.exec(
      text,
    );
  const words = (said?.[1] ?? "")
    .split(/ and (?:in )?/)
    .filter((place) => place !== "" && !calendarWords.has(place.toLowerCase()));
  return words.map((place) =>
    place
      .split(" ")
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(" "),
  );
}

function namesIn(text: string): readonly string[] {
  const found = text.match(/(?<!^|[.!?] )(?<=[\s"'(])\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}'-]+)*/gu) ?? [];
  return found.filter((name) => !calendarWords.has(name.toLowerCase()));
}

function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function datesIn(text: string, now: number): readonly string[] {
  const found: string[] = text.match(/\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b/g) ?? [];
  if (/\bday after tomorrow\b/.test(text)) found.push(isoDate(now + 2 * dayMs));
  else if (/\btomorrow\b/.test(text)) found.push(isoDate(now + dayMs));
  if (/\b(?:today|tonight|this (?:morning|afternoon|evening))\b/.test(text)) found.push(isoDate(now));
  if (/\byesterday\b/.test(text)) found.push(isoDate(now - dayMs));
  const today = new Date(now).getUTCDay();
  for (const word of wordsOf(text)) {
    const weekday = weekdays.indexOf(word);
    if (weekday >= 0) found.push(isoDate(now + (((weekday - today + 6) % 7) + 1) * dayMs));
  }
  const month = months.join("|");
  const written = new RegExp(
    `\\b(?:(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${month})|(${month}) (\\d{1,2})(?:st|nd|rd|th)?)(?:,? (\\d{4}))?\\b`,
    "g",
  );
  for (const match of text.matchAll(written)) {
    const day = Number(match[1] ?? match[4]);
    const index = months.indexOf(match[2] ?? match[3] ?? "");
    const thisYear = new Date(now).getUTCFullYear();
    const given = match[5] === undefined ? undefined : Number(match[5]);
    const at = Date.UTC(given ?? thisYear, index, day);
    found.push(isoDate(given === undefined && at < now - dayMs ? Date.UTC(thisYear + 1, index, day) : at));
  }
  return found;
}

function timesIn(text: string): readonly string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/\b(\d{1,2})(?::(\d\d))?(?: ?([ap])\.?m\b\.?| o'clock\b)?/g)) {
    if (match[2] === undefined && match[3] === undefined && !match[0].includes("o'clock")) continue;
    const hour = Number(match[1]);
    if (hour > 23) continue;
    const shifted = match[3] === "p" && hour < 12 ? hour + 12 : match[3] === "a" && hour === 12 ? 0 : hour;
    found.push(`${String(shifted).padStart(2, "0")}:${match[2] ?? "00"}`);
  }
  if (/\bnoon\b/.test(text)) found.push("12:00");
  if (/\bmidnight\b/.test(text)) found.push("00:00");
  return found;
}
