/** The simple part of regular expressions: literals, classes, groups, alternatives, counts. A pattern comes from whoever
 *  wrote the tool, so it is never run as a `RegExp`, which some patterns keep busy for ever. */
type Node =
  | {
      readonly type: "set";
      readonly ranges: readonly (readonly [number, number])[];
      readonly isNegated: boolean;
    }
  | { readonly type: "repeat"; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly type: "sequence"; readonly nodes: readonly Node[] }
  | { readonly type: "either"; readonly nodes: readonly Node[] };

export interface Pattern {
  /** A text that matches, at least about so long. */
  sample(lengthMin: number): string;
  /** Whether it is found in the text; undefined when that took more steps than allowed. */
  matches(text: string): boolean | undefined;
}

const patternCharactersMax = 500;
const stepsMax = 20_000;
const repeatMax = 1_000;
const depthMax = 32;
/** Characters of a sample: counts within counts would multiply without end. */
const sampleCharactersMax = 4_096;

const classes: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  d: [[48, 57]],
  w: [[97, 122], [65, 90], [48, 57], [95, 95]],
  s: [[32, 32], [9, 13]],
}; // prettier-ignore

/** @returns undefined for what is beyond the simple part (look-around, back references, anchors inside) */
export function parsePattern(source: string): Pattern | undefined {
  if (source.length > patternCharactersMax) return undefined;
  const isStart = source.startsWith("^");
  const isEnd = source.endsWith("$") && !source.endsWith("\\$");
  const body = source.slice(isStart ? 1 : 0, isEnd ? -1 : undefined);
  const reader = new Reader(body);
  const node = reader.read();
  // "^a|b$" anchors its alternatives one by one.
  if (node === undefined || (node.type === "either" && isStart !== isEnd)) return undefined;
  if (node.type === "either" && isStart) return undefined;
  return {
    sample: (lengthMin) => sample(node, lengthMin),
    matches: (text) =>
      matches(
        node,
        Array.from(text, (one) => one.codePointAt(0) ?? 0),
        isStart,
        isEnd,
      ),
  };
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Node | undefined {
    const node = this.#either(0);
    return this.#at === this.#source.length ? node : undefined;
  }

  #either(depth: number): Node | undefined {
    if (depth > depthMax) return undefined;
    const nodes: Node[] = [];
    do {
      const node = this.#sequence(depth);
      if (node === undefined) return undefined;
      nodes.push(node);
    } while (this.#take("|"));
    return nodes.length === 1 ? nodes[0] : { type: "either", nodes };
  }

  #sequence(depth: number): Node | undefined {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at] ?? "")) {
      const atom = this.#atom(depth);
      const counted = atom === undefined ? undefined : this.#counted(atom);
      if (counted === undefined) return undefined;
      nodes.push(counted);
    }
    return { type: "sequence", nodes };
  }

  #atom(depth: number): Node | undefined {
    if (this.#take("(")) {
      if (this.#source[this.#at] === "?" && !this.#take("?:")) return undefined;
      const node = this.#either(depth + 1);
      return this.#take(")") ? node : undefined;
    }
    if (this.#take("[")) return this.#set();
    if (this.#take(".")) return { type: "set", ranges: [[10, 10]], isNegated: true };
    const ranges = this.#character("*+?{}^$[]");
    return ranges === undefined ? undefined : { type: "set", ...ranges };
  }

  #set(): Node | undefined {
    const isNegated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take("]")) {
      const from = this.#character("");
      if (from === undefined || from.isNegated) return undefined;
      const [first] = from.ranges;
      if (this.#source[this.#at] === "-" && this.#source[this.#at + 1] !== "]" && from.ranges.length === 1) {
        this.#at += 1;
        const to = this.#character("");
        if (first === undefined || to?.ranges.length !== 1 || to.isNegated) return undefined;
        ranges.push([first[0], to.ranges[0]?.[1] ?? first[0]]);
      } else ranges.push(...from.ranges);
    }
    return ranges.length === 0 ? undefined : { type: "set", ranges, isNegated };
  }

  /** One character or escaped class. */
  #character(
    special: string,
  ): { readonly ranges: readonly (readonly [number, number])[]; readonly isNegated: boolean } | undefined {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) return undefined;
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    if (character !== "\\")
      return special.includes(character) ? undefined : { ranges: [[code, code]], isNegated: false };
    const escaped = this.#source[this.#at] ?? "";
    this.#at += 1;
    const known = Object.hasOwn(classes, escaped.toLowerCase()) ? classes[escaped.toLowerCase()] : undefined;
    if (known !== undefined) return { ranges: known, isNegated: escaped !== escaped.toLowerCase() };
    if (/[a-z0-9]/i.test(escaped) || escaped === "") return undefined;
    const literal = escaped.codePointAt(0) ?? 0;
    return { ranges: [[literal, literal]], isNegated: false };
  }

  #counted(node: Node): Node | undefined {
    const repeat = (min: number, max: number): Node => ({
      type: "repeat",
      node,
      min,
      max: Math.min(max, repeatMax),
    });
    let result: Node = node;
    if (this.#take("*")) result = repeat(0, repeatMax);
    else if (this.#take("+")) result = repeat(1, repeatMax);
    else if (this.#take("?")) result = repeat(0, 1);
    else if (this.#take("{")) {
      const match = /^(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.#source.slice(this.#at));
      if (match === null) return undefined;
      this.#at += match[0].length;
      const min = Number(match[1]);
      if (min > repeatMax) return undefined;
      result = repeat(min, match[2] === undefined ? min : match[3] === "" ? repeatMax : Number(match[3]));
    }
    if (result !== node) this.#take("?"); // a lazy count matches the same texts
    return result;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function sample(node: Node, lengthMin: number): string {
  switch (node.type) {
    case "set":
      return String.fromCodePoint(memberOf(node));
    case "either":
      return sample(node.nodes[0] ?? { type: "sequence", nodes: [] }, lengthMin);
    case "sequence": {
      // Only one part grows, or the parts together would be longer than asked.
      const short = node.nodes.map((part) => sample(part, 0));
      const missing = lengthMin - short.join("").length;
      const growing = node.nodes.findIndex((part) => part.type === "repeat" && part.max > part.min);
      if (missing <= 0 || growing < 0) return short.join("").slice(0, sampleCharactersMax);
      const grown = node.nodes[growing];
      const text = grown === undefined ? "" : sample(grown, (short[growing] ?? "").length + missing);
      return short.map((part, index) => (index === growing ? text : part)).join("");
    }
    case "repeat": {
      const one = sample(node.node, 0);
      const wanted = one === "" ? node.min : Math.ceil(lengthMin / one.length);
      const fitting = one === "" ? 1 : Math.floor(sampleCharactersMax / one.length);
      return one.repeat(Math.min(Math.max(node.min, wanted), node.max, fitting));
    }
  }
}

function memberOf(set: Node & { readonly type: "set" }): number {
  if (!set.isNegated) return set.ranges[0]?.[0] ?? 97;
  for (let code = 97; code < 97 + 256; code += 1) if (contains(set, code)) return code;
  return 45;
}

function contains(set: Node & { readonly type: "set" }, code: number): boolean {
  return set.ranges.some(([from, to]) => code >= from && code <= to) !== set.isNegated;
}

/** All positions that a node can end at, as sets: no backtracking, so the steps grow with the text only. */
function matches(node: Node, text: readonly number[], isStart: boolean, isEnd: boolean): boolean | undefined {
  let steps = 0;
  const advance = (part: Node, from: ReadonlySet<number>): ReadonlySet<number> => {
    steps += from.size;
    if (steps > stepsMax || from.size === 0) return new Set();
    switch (part.type) {
      case "set":
        return new Set(
          [...from].filter((at) => at < text.length && contains(part, text[at] ?? 0)).map((at) => at + 1),
        );
      case "sequence":
        return part.nodes.reduce((at, next) => advance(next, at), from);
      case "either":
        return new Set(part.nodes.flatMap((next) => [...advance(next, from)]));
      case "repeat":
        return repeated(part, from);
    }
  };
  const repeated = (
    part: Node & { readonly type: "repeat" },
    from: ReadonlySet<number>,
  ): ReadonlySet<number> => {
    let at = from;
    for (let count = 0; count < part.min; count += 1) at = advance(part.node, at);
    const ends = new Set(at);
    for (let count = part.min; count < part.max && at.size > 0; count += 1) {
      at = new Set([...advance(part.node, at)].filter((end) => !ends.has(end)));
      for (const end of at) ends.add(end);
    }
    return ends;
  };
  const ends = advance(
    node,
    new Set(isStart ? [0] : Array.from({ length: text.length + 1 }, (_, index) => index)),
  );
  if (steps > stepsMax) return undefined;
  return isEnd ? ends.has(text.length) : ends.size > 0;
}
