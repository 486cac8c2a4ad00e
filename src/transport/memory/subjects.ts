import assert from "node:assert/strict";

const token = /^[^\s.*>]+$/;

/** Asserts that a subject is one: non-empty tokens between dots. A real server would refuse it, so this one does. */
export function assertSubject(subject: string): void {
  assert(
    subject.split(".").every((part) => token.test(part)),
    `no subject: ${subject}`,
  );
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

/** The patterns that match a subject, most exact first. */
export function* patternsOf(subject: string): Generator<Pattern> {
  yield { kind: "exact", key: subject };
  let dot = subject.lastIndexOf(".");
  if (dot >= 0) yield { kind: "one", key: subject.slice(0, dot + 1) };
  for (; dot >= 0; dot = subject.lastIndexOf(".", dot - 1)) {
    yield { kind: "many", key: subject.slice(0, dot + 1) };
    if (dot === 0) return;
  }
}
