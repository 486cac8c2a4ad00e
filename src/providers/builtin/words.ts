/** What a recogniser or a keyboard brings, made comparable: straight quotes, single spaces. Case and punctuation stay. */
export function tidy(text: string): string {
  return text
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\s+/g, " ")
    .trim();
}

/** For matching phrases: lower case, without the punctuation around words and without the polite frame. */
export function plain(text: string): string {
  return unframed(tidy(text))
    .toLowerCase()
    .replace(/[.,!?;:]+(?=\s|$)/g, "")
    .replace(/^["']+|["']+$/g, "")
    .trim();
}

const frame =
  /^(?:(?:hey|hi|hello|ok|okay|so|well|now|and|then|please|um|uh|parley|computer|assistant)[,.!]? +)*(?:(?:can|could|would|will) you (?:please )?|i(?:'d| would) like you to |i want you to |please )?(?:please )?/i;

/** The request itself, without "hey, could you please …" before it and "please" after it. A text that is nothing but
 *  the frame ("hello there") is left as it is. */
export function unframed(text: string): string {
  const rest = text.replace(frame, "").replace(/,? (?:please|thanks|thank you|for me)[.!?]*$/i, "");
  return rest === "" ? text : rest;
}

/** Words of a text: letters, digits and the apostrophes and hyphens within. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+(?:['.-][\p{L}\p{N}]+)*/gu) ?? [];
}

/** Sentences with their punctuation; abbreviations and decimals do not end one. */
export function sentencesOf(text: string): readonly string[] {
  const found =
    text.match(/.+?(?:(?<!\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|vs|etc))[.!?]+["')]*(?=\s|$)|$)/gsu) ?? [];
  return found.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
}

/** "a, b and c" */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Ends the text as a sentence, unless it ends as one already. */
export function ended(text: string): string {
  return /[.!?…]["')]*$/.test(text) ? text : `${text}.`;
}

/** 32 bits from a text (FNV-1a): chance that is the same every time. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
