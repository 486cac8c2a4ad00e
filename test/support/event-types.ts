import { createRequire } from "node:module";
import ts from "typescript";
import type { DialectName } from "../../src/protocol/dialect.ts";

/** Holds what a server event may be against the client package's own type of it. Types are gone at run time, so the
 *  package's declarations are read by the compiler (once per process, about two seconds) and the event's JSON is
 *  compared with them: required keys, primitive types and literals are strict; keys the type does not have are
 *  listed, because services add some; null stands for an absent optional key, as the hosted service sends it. */
export interface EventCheck {
  readonly errors: string[];
  /** Paths such as `response.usage.cost`. */
  readonly extraKeys: string[];
}

interface EventTypes {
  readonly checker: ts.TypeChecker;
  readonly byName: ReadonlyMap<string, ts.Type>;
}

const loaded = new Map<DialectName, EventTypes>();

const modules: Readonly<Record<DialectName, string>> = {
  ga: "realtime/realtime",
  beta: "beta/realtime/realtime",
};

/** The published beta types name the hosted service's models only; they take a transcription session for what REST
 *  answers, with a secret; and they leave out that one is created as it is updated. */
const betaTolerated = [
  /^session\.(model|input_audio_transcription\.model): expected "/,
  /^session\.client_secret: expected an object, got null$/,
];

/** Declarations nest less than this; JSON deeper than it is wrong whatever it is. */
const depthMax = 32;

/** The declarations of one module of the package, compiled. */
function declarationsOf(name: string): { checker: ts.TypeChecker; exported: (type: string) => ts.Type } {
  const require = createRequire(import.meta.url);
  const file = require.resolve(`openai/resources/${name}`).replace(/\.m?js$/, ".d.ts");
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts"],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  return {
    checker,
    exported: (type) => {
      const symbol = module && checker.getExportsOfModule(module).find((s) => s.name === type);
      if (symbol === undefined) throw new Error(`the openai package declares no ${type}`);
      return checker.getDeclaredTypeOfSymbol(symbol);
    },
  };
}

function load(dialect: DialectName): EventTypes {
  const { checker, exported } = declarationsOf(modules[dialect]);
  const members = exported("RealtimeServerEvent");
  if (!members.isUnion()) throw new Error("RealtimeServerEvent is no union");
  const byName = new Map<string, ts.Type>();
  for (const member of members.types) {
    const name = member.getProperty("type");
    const literal = name && checker.getTypeOfSymbol(name);
    if (literal?.isStringLiteral() !== true) throw new Error("a server event without a literal type");
    byName.set(literal.value, member);
  }
  const types = { checker, byName };
  loaded.set(dialect, types);
  return types;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** Adds up errors and extra keys of one walk over a value and its type. */
class Walk {
  readonly errors: string[] = [];
  readonly extraKeys: string[] = [];
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  visit(value: unknown, type: ts.Type, path: string, depth = 0): void {
    if (depth > depthMax) this.errors.push(`${path}: nested too deep`);
    else if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return;
    else if (type.isUnion()) this.#union(value, type, path, depth);
    else if (type.isStringLiteral() || type.isNumberLiteral()) {
      if (value !== type.value) this.errors.push(`${path}: expected ${JSON.stringify(type.value)}`);
    } else if (type.isIntersection()) this.#intersection(value, type, path, depth);
    else if (type.flags & ts.TypeFlags.Object) this.#object(value, type, path, depth);
    else this.#primitive(value, type, path);
  }

  #primitive(value: unknown, type: ts.Type, path: string): void {
    const expected = this.#checker.typeToString(type);
    const given =
      typeof value === "boolean" && type.flags & ts.TypeFlags.BooleanLiteral ? String(value) : nameOf(value);
    const finite = typeof value !== "number" || Number.isFinite(value);
    if (given !== expected || !finite) this.errors.push(`${path}: expected ${expected}, got ${given}`);
  }

  /** `string & {}` keeps a union with literals open to every string; other intersections add up. */
  #intersection(value: unknown, type: ts.IntersectionType, path: string, depth: number): void {
    const primitive = type.types.find((part) => (part.flags & ts.TypeFlags.Object) === 0);
    if (primitive === undefined) this.#object(value, type, path, depth);
    else this.visit(value, primitive, path, depth + 1);
  }

  /** The member that fits best: no error before few errors, then few extra keys. */
  #union(value: unknown, type: ts.UnionType, path: string, depth: number): void {
    let best: Walk | undefined;
    for (const member of type.types) {
      if (member.flags & ts.TypeFlags.Undefined) continue;
      // Else "expected null" would be as good a fit as any single error.
      if (member.flags & ts.TypeFlags.Null && value !== null) continue;
      const attempt = new Walk(this.#checker);
      attempt.visit(value, member, path, depth + 1);
      const better =
        best === undefined ||
        attempt.errors.length < best.errors.length ||
        (attempt.errors.length === best.errors.length && attempt.extraKeys.length < best.extraKeys.length);
      if (better) best = attempt;
    }
    this.errors.push(...(best?.errors ?? []));
    this.extraKeys.push(...(best?.extraKeys ?? []));
  }

  #object(value: unknown, type: ts.Type, path: string, depth: number): void {
    if (this.#checker.isArrayType(type)) return this.#array(value, type, path, depth);
    if (!isObject(value)) {
      this.errors.push(`${path}: expected an object, got ${nameOf(value)}`);
      return;
    }
    const properties = this.#checker.getPropertiesOfType(type);
    const indexed = type.getStringIndexType();
    const known = new Set<string>();
    for (const property of properties) {
      known.add(property.name);
      const at = path === "" ? property.name : `${path}.${property.name}`;
      const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const given = value[property.name];
      if (optional && (given === undefined || given === null)) continue;
      if (given === undefined) this.errors.push(`${at}: missing`);
      else this.visit(given, this.#checker.getTypeOfSymbol(property), at, depth + 1);
    }
    for (const [key, inner] of Object.entries(value)) {
      if (known.has(key)) continue;
      const at = path === "" ? key : `${path}.${key}`;
      if (indexed !== undefined) this.visit(inner, indexed, at, depth + 1);
      else this.extraKeys.push(at);
    }
  }

  #array(value: unknown, type: ts.Type, path: string, depth: number): void {
    const element = this.#checker.getTypeArguments(type as ts.TypeReference)[0];
    if (!Array.isArray(value) || element === undefined) {
      this.errors.push(`${path}: expected an array, got ${nameOf(value)}`);
      return;
    }
    for (const [index, inner] of value.entries()) this.visit(inner, element, `${path}[${index}]`, depth + 1);
  }
}

/** @param event one server event, as parsed from its frame */
export function checkServerEvent(event: unknown, dialect: DialectName = "ga"): EventCheck {
  const { byName, checker } = loaded.get(dialect) ?? load(dialect);
  if (!isObject(event) || typeof event["type"] !== "string")
    return { errors: ["an event is an object with a string type"], extraKeys: [] };
  if (dialect === "beta" && event["type"] === "transcription_session.created")
    return checkServerEvent({ ...event, type: "transcription_session.updated" }, dialect);
  const type = byName.get(event["type"]);
  if (type === undefined) return { errors: [`no server event is called ${event["type"]}`], extraKeys: [] };
  const walk = new Walk(checker);
  walk.visit(event, type, "");
  const tolerated = dialect === "beta" ? betaTolerated : [];
  return {
    errors: walk.errors.filter((error) => !tolerated.some((pattern) => pattern.test(error))),
    extraKeys: walk.extraKeys,
  };
}

/** Holds any value against an exported type of the client package, as `checkServerEvent` does an event.
 *  @param module below `openai/resources`, as in `realtime/client-secrets` */
export function checkValue(module: string, type: string, value: unknown): EventCheck {
  const { checker, exported } = declarationsOf(module);
  const walk = new Walk(checker);
  walk.visit(value, exported(type), "");
  return { errors: walk.errors, extraKeys: walk.extraKeys };
}
