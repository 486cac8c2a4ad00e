/** A token is a word with the white space before it; longer words are several tokens. */
const tokenCharactersMax = 8;

const tokenPattern = new RegExp(`\\s*\\S{1,${tokenCharactersMax}}|\\s+`, "gu");

/** Splits a text into tokens that joined give it back exactly. */
export function tokensOf(text: string): readonly string[] {
  return text.match(tokenPattern) ?? [];
}

export function countTokens(text: string): number {
  return tokensOf(text).length;
}
