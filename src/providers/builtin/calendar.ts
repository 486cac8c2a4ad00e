import { capitalised, plain } from "./words.ts";

/** Places whose time people ask for, by IANA zone. */
const zones: Readonly<Record<string, string>> = {
  utc: "UTC", gmt: "UTC", "greenwich mean time": "UTC", london: "Europe/London", england: "Europe/London", dublin: "Europe/Dublin",
  lisbon: "Europe/Lisbon", paris: "Europe/Paris", france: "Europe/Paris", berlin: "Europe/Berlin", germany: "Europe/Berlin",
  madrid: "Europe/Madrid", rome: "Europe/Rome", italy: "Europe/Rome", vienna: "Europe/Vienna", zurich: "Europe/Zurich",
  amsterdam: "Europe/Amsterdam", brussels: "Europe/Brussels", stockholm: "Europe/Stockholm", oslo: "Europe/Oslo",
  copenhagen: "Europe/Copenhagen", helsinki: "Europe/Helsinki", warsaw: "Europe/Warsaw", prague: "Europe/Prague",
  athens: "Europe/Athens", istanbul: "Europe/Istanbul", kyiv: "Europe/Kyiv", moscow: "Europe/Moscow", cairo: "Africa/Cairo",
  lagos: "Africa/Lagos", nairobi: "Africa/Nairobi", johannesburg: "Africa/Johannesburg", dubai: "Asia/Dubai",
  delhi: "Asia/Kolkata", mumbai: "Asia/Kolkata", india: "Asia/Kolkata", bangkok: "Asia/Bangkok", singapore: "Asia/Singapore",
  "hong kong": "Asia/Hong_Kong", beijing: "Asia/Shanghai", shanghai: "Asia/Shanghai", china: "Asia/Shanghai",
  seoul: "Asia/Seoul", tokyo: "Asia/Tokyo", japan: "Asia/Tokyo", sydney: "Australia/Sydney", melbourne: "Australia/Melbourne",
  auckland: "Pacific/Auckland", honolulu: "Pacific/Honolulu", "los angeles": "America/Los_Angeles",
  "san francisco": "America/Los_Angeles", seattle: "America/Los_Angeles", california: "America/Los_Angeles",
  "pacific time": "America/Los_Angeles", denver: "America/Denver", "mountain time": "America/Denver", chicago: "America/Chicago",
  "central time": "America/Chicago", "new york": "America/New_York", boston: "America/New_York", "eastern time": "America/New_York",
  toronto: "America/Toronto", "mexico city": "America/Mexico_City", "sao paulo": "America/Sao_Paulo",
  "buenos aires": "America/Argentina/Buenos_Aires",
}; // prettier-ignore

const dayMs = 86_400_000;

/** The longest place that the words name. */
function placeIn(words: string): { readonly name: string; readonly zone: string } | undefined {
  const names = Object.keys(zones).filter((name) => ` ${words} `.includes(` ${name} `));
  const name = names.toSorted((a, b) => b.length - a.length)[0];
  const zone = name === undefined ? undefined : zones[name];
  return name === undefined || zone === undefined ? undefined : { name, zone };
}

function shownPlace(name: string): string {
  if (name.length === 3 || name.endsWith("time")) return name.length === 3 ? name.toUpperCase() : name;
  return name.split(" ").map(capitalised).join(" ");
}

function timeText(now: number, zone: string | undefined): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeStyle: "short",
    ...(zone !== undefined && { timeZone: zone }),
  });
  return format.format(now).replace(/\s/g, " ").replace(" AM", " a.m.").replace(" PM", " p.m.");
}

function dateText(
  now: number,
  zone: string | undefined,
  options: Intl.DateTimeFormatOptions = { dateStyle: "full" },
): string {
  return new Intl.DateTimeFormat("en-US", {
    ...options,
    ...(zone !== undefined && { timeZone: zone }),
  }).format(now);
}

const timeQuestion =
  /\b(?:what time(?! (?:does|do|did|will|should|shall|would))|what's the time|what is the time|the time (?:now|please|in)|tell me the (?:current )?time|current time|time is it|the time (?:is|and)|what hour)\b|^(?:the )?time$/;

export function answerTime(
  text: string,
  now: number,
): { readonly text: string; readonly core: string } | undefined {
  const words = plain(text);
  if (!timeQuestion.test(words)) return undefined;
  const place = placeIn(words);
  const time = timeText(now, place?.zone);
  const wanted = /\bin (?!the\b|one\b|a\b|words?\b|brief|short|exactly)([a-z][a-z ]*)$/.exec(words)?.[1];
  const date = /\b(?:date|day)\b/.test(words) ? ` Today is ${dateText(now, place?.zone)}.` : "";
  if (place !== undefined)
    return { text: `In ${shownPlace(place.name)} it is ${time}${stop(time)}${date}`, core: time };
  const honest = wanted === undefined ? "" : `I don't know the time zone of ${shownPlace(wanted)}. Here `;
  return { text: `${honest === "" ? "It" : `${honest}it`} is ${time}${stop(time)}${date}`, core: time };
}

const stop = (text: string): string => (text.endsWith(".") ? "" : ".");

const dateQuestion =
  /\bwhat(?:'s| is| was| will be| are)?(?: the| today's| tomorrow's)? (?:current )?(?:date|day|month|year|weekday)\b|\bwhich (?:day|month|year)\b|\btell me (?:the|today's) (?:current )?(?:date|day)\b|^(?:today's |the )?date$|\bwhat (?:day|date|month|year) (?:is|was)\b|\bwhat(?:'s| is) today$/;

export function answerDate(
  text: string,
  now: number,
): { readonly text: string; readonly core: string } | undefined {
  const words = plain(text);
  if (!dateQuestion.test(words)) return undefined;
  if (/\bday (?:of|did|do|does|are|were|am)\b/.test(words) && !/\bday of the week\b/.test(words))
    return undefined;
  const zone = placeIn(words)?.zone;
  const [when, shift] = /\btomorrow/.test(words)
    ? ["Tomorrow is", 1]
    : /\byesterday/.test(words)
      ? ["Yesterday was", -1]
      : ["Today is", 0];
  const at = now + shift * dayMs;
  if (/\byear\b/.test(words)) return said("It is", dateText(at, zone, { year: "numeric" }));
  if (/\bmonth\b/.test(words)) return said("It is", dateText(at, zone, { month: "long", year: "numeric" }));
  if (/\bday\b/.test(words) && !/\bdate\b/.test(words)) {
    return { text: `${when} ${dateText(at, zone)}.`, core: dateText(at, zone, { weekday: "long" }) };
  }
  return said(when, dateText(at, zone));
}

function said(when: string, core: string): { readonly text: string; readonly core: string } {
  return { text: `${when} ${core}.`, core };
}
