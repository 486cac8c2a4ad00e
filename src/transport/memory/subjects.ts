import assert from "node:assert/strict";

const tokens = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;

/** Asserts that a subject is one: non-empty tokens between dots. A real server would refuse it, so this one does. */
export function assertSubject(subject: string): void {
  if (!tokens.test(subject)) assert.fail(`no subject: ${subject}`);
}

/** What a subscription asks for: an exact subject, or all below a prefix that ends in a dot. */
export interface Pattern {
  readonly kind: "exact" | "one" | "many";
  /** The subject, or the prefix. */
  readonly key: string;
}

/** Takes exact subjects, `prefix.*` and `prefix.>`. */
export function parsePattern(pattern: string): Pattern {
  const last = pattern.at(-1);
  if (last !== "*" && last !== ">") {
    assertSubject(pattern);
    return { kind: "exact", key: pattern };
  }
  const prefix = pattern.slice(0, -1);
  assert(prefix.endsWith("."), `no pattern: ${pattern}`);
  assertSubject(prefix.slice(0, -1));
  return { kind: last === "*" ? "one" : "many", key: prefix };
}

/** Prefixes of a subject that end in a dot, the longest first. */
export function* prefixesOf(subject: string): Generator<string> {
  for (let dot = subject.lastIndexOf("."); dot > 0; dot = subject.lastIndexOf(".", dot - 1))
    yield subject.slice(0, dot + 1);
}
