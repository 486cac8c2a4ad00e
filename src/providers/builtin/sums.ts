import { numberWords, readNumber, written } from "./numbers.ts";
import { plain } from "./words.ts";

/** Symbols of a sum; longer ones are nobody's spoken question. */
const symbolsMax = 200;

type Symbol =
  number | "+" | "-" | "*" | "/" | "^" | "(" | ")" | "%" | "mod" | "sqrt" | "cbrt" | "squared" | "cubed";

/** Spoken operators, the longest first. "" is said but means nothing. */
const phrases: readonly (readonly [string, Symbol | ""])[] = [
  ["to the power of", "^"], ["raised to the power of", "^"], ["raised to", "^"], ["to the power", "^"],
  ["the square root of", "sqrt"], ["square root of", "sqrt"], ["root of", "sqrt"], ["the cube root of", "cbrt"], ["cube root of", "cbrt"],
  ["multiplied by", "*"], ["divided by", "/"], ["per cent", "%"], ["percent", "%"], ["modulo", "mod"], ["mod", "mod"],
  ["squared", "squared"], ["cubed", "cubed"], ["plus", "+"], ["add", "+"], ["minus", "-"], ["less", "-"], ["subtract", "-"],
  ["negative", "-"], ["times", "*"], ["x", "*"], ["of", "*"], ["over", "/"], ["open bracket", "("], ["close bracket", ")"],
  ["open parenthesis", "("], ["close parenthesis", ")"], ["equals", ""], ["equal", ""], ["is", ""],
]; // prettier-ignore

const question =
  /^(?:(?:and |so |now )?(?:what(?:'s| is| are| does| do|s)?|how much (?:is|are|does)|how many (?:is|are)|calculate|compute|work out|solve|evaluate|tell me|give me|do you know)(?: the)?(?: (?:result|answer|value)(?: of| to)?)? )+/;

/** Answers a sum; undefined when the text is none. */
export function answerSum(text: string): { readonly text: string; readonly core: string } | undefined {
  const asked = rearranged(plain(text.replace(/=\s*\??\s*$/, "")).replace(question, ""));
  const symbols = symbolsOf(asked);
  if (
    symbols === undefined ||
    symbols.length > symbolsMax ||
    !symbols.some((symbol) => typeof symbol !== "number")
  ) {
    return undefined;
  }
  if (!symbols.some((symbol) => typeof symbol === "number")) return undefined;
  const parser = new SumParser(symbols);
  const value = parser.parse();
  if (value === undefined) return undefined;
  if (parser.dividedByZero) return { text: "That divides by zero, so it has no answer.", core: "undefined" };
  if (Number.isNaN(value)) return { text: "That has no answer among the real numbers.", core: "undefined" };
  if (!Number.isFinite(value)) return { text: "That is larger than I can count.", core: "infinite" };
  return { text: `That makes ${written(value)}.`, core: written(value) };
}

/** Forms that put the operator first. */
function rearranged(text: string): string {
  return text
    .replace(/^add (.+) (?:to|and) (.+)$/, "( $1 ) plus ( $2 )")
    .replace(/^subtract (.+) from (.+)$/, "( $2 ) minus ( $1 )")
    .replace(/^multiply (.+) (?:by|and|with) (.+)$/, "( $1 ) times ( $2 )")
    .replace(/^divide (.+) by (.+)$/, "( $1 ) / ( $2 )")
    .replace(/^sum of (.+) and (.+)$/, "( $1 ) plus ( $2 )")
    .replace(/^product of (.+) and (.+)$/, "( $1 ) times ( $2 )")
    .replace(/^difference between (.+) and (.+)$/, "( $1 ) minus ( $2 )");
}

/** The text as symbols; undefined as soon as a word belongs to no sum. */
function symbolsOf(text: string): readonly Symbol[] | undefined {
  const spaced = text
    .replace(/(\d),(?=\d{3}\b)/g, "$1")
    .replace(/[×·]|\*\*?/g, (found) => (found === "**" ? " ^ " : " * "))
    .replace(/÷/g, " / ")
    .replace(/\u2212/g, "-")
    .replace(/√/g, " sqrt ")
    .replace(/²/g, " squared ")
    .replace(/³/g, " cubed ")
    .replace(/(\d) ?x ?(?=\d)/g, "$1 x ")
    .replace(/[-+/^()%]/g, (found, at: number) => (isHyphen(text, found, at) ? "-" : ` ${found} `));
  const words = numberWords(spaced);
  const symbols: Symbol[] = [];
  for (let at = 0; at < words.length;) {
    const read = readNumber(words, at);
    const phrase = read === undefined ? phraseAt(words, at) : undefined;
    if (read !== undefined) symbols.push(read.value);
    else if (phrase === undefined) return undefined;
    else if (phrase.symbol !== "") symbols.push(phrase.symbol);
    at = read?.next ?? phrase?.next ?? words.length;
  }
  return symbols;
}

/** "twenty-one": between letters a hyphen is not a minus. */
function isHyphen(text: string, found: string, at: number): boolean {
  return found === "-" && /[a-z]/.test(text[at - 1] ?? "") && /[a-z]/.test(text[at + 1] ?? "");
}

function phraseAt(
  words: readonly string[],
  at: number,
): { readonly symbol: Symbol | ""; readonly next: number } | undefined {
  const word = words[at] ?? "";
  if (/^[-+*/^()%]$/.test(word) || word === "sqrt") return { symbol: word as Symbol, next: at + 1 };
  for (const [phrase, symbol] of phrases) {
    const parts = phrase.split(" ");
    if (parts.every((part, index) => words[at + index] === part)) return { symbol, next: at + parts.length };
  }
  return undefined;
}

/** Recursive descent: sum → product → power → sign → postfix → number. */
class SumParser {
  dividedByZero = false;
  readonly #symbols: readonly Symbol[];
  #at = 0;
  #isPercent = false;

  constructor(symbols: readonly Symbol[]) {
    this.#symbols = symbols;
  }

  /** @returns undefined when the symbols are no sum */
  parse(): number | undefined {
    const value = this.#sum();
    return this.#at === this.#symbols.length ? value : undefined;
  }

  #take(...wanted: readonly Symbol[]): Symbol | undefined {
    const symbol = this.#symbols[this.#at];
    if (symbol === undefined || !wanted.includes(symbol)) return undefined;
    this.#at += 1;
    return symbol;
  }

  #sum(): number | undefined {
    let left = this.#product();
    for (
      let sign = this.#take("+", "-");
      sign !== undefined && left !== undefined;
      sign = this.#take("+", "-")
    ) {
      const right = this.#product();
      if (right === undefined) return undefined;
      // "200 plus 10 percent": the percentage is of what stands before it, as on a pocket calculator.
      const change: number = this.#isPercent ? left * right : right;
      left = sign === "+" ? left + change : left - change;
      this.#isPercent = false;
    }
    return left;
  }

  #product(): number | undefined {
    let left = this.#power();
    for (;;) {
      const sign = this.#take("*", "/", "mod");
      if (sign === undefined || left === undefined) return left;
      const right = this.#power();
      if (right === undefined) return undefined;
      this.#isPercent = false;
      if (sign !== "*" && right === 0) this.dividedByZero = true;
      if (sign === "*") left *= right;
      else left = sign === "/" ? left / right : ((left % right) + right) % right;
    }
  }

  #power(): number | undefined {
    if (this.#take("-") !== undefined) {
      const value = this.#power();
      return value === undefined ? undefined : -value;
    }
    const base = this.#postfix();
    if (base === undefined || this.#take("^") === undefined) return base;
    const exponent = this.#power();
    if (base === 0 && exponent !== undefined && exponent < 0) this.dividedByZero = true;
    return exponent === undefined ? undefined : base ** exponent;
  }

  #postfix(): number | undefined {
    this.#isPercent = false;
    let value = this.#primary();
    for (;;) {
      const sign = this.#take("%", "squared", "cubed");
      if (sign === undefined || value === undefined) return value;
      this.#isPercent = sign === "%";
      if (sign === "%") value /= 100;
      else value **= sign === "squared" ? 2 : 3;
    }
  }

  #primary(): number | undefined {
    const root = this.#take("sqrt", "cbrt");
    if (root !== undefined) {
      const value = this.#power();
      if (value === undefined) return undefined;
      return root === "sqrt" ? Math.sqrt(value) : Math.cbrt(value);
    }
    if (this.#take("(") !== undefined) {
      const value = this.#sum();
      return this.#take(")") === undefined ? undefined : value;
    }
    const symbol = this.#symbols[this.#at];
    if (typeof symbol !== "number") return undefined;
    this.#at += 1;
    return symbol;
  }
}
