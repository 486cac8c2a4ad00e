import { isDeepStrictEqual } from "node:util";
import type { SmallServer, Client } from "./small-server.ts";
import { checkServerEvent } from "./event-types.ts";
import type { DialectName } from "../../src/protocol/dialect.ts";
import type { SessionKind } from "../../src/protocol/session-config.ts";

export interface ClientTurn {
  readonly type: string;
  readonly [key: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** What both sides of one connection said, in order, made the same in every run: ids are numbered by their first
 *  appearance, ids of server events are left out, audio is its number of bytes. Deltas that follow each other are one:
 *  where an answer is cut is no promise. */
export class Transcript {
  readonly #lines: { readonly side: "client" | "server"; readonly event: Fields }[] = [];
  readonly #ids = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #server: SmallServer;
  readonly #client: Client;
  /** What the server says while the client is speaking: some of it comes before the client's call returns. */
  #held: (() => void)[] | undefined;
  /** What the client package's types find wrong. */
  readonly faults: string[] = [];

  constructor(server: SmallServer, dialect: DialectName, kind: SessionKind) {
    this.#server = server;
    this.#client = server.open("ordered", {
      dialect,
      kind,
      model: "parley",
    });
    this.#client.onEvent = (event) => {
      for (const error of checkServerEvent(event, dialect).errors)
        this.faults.push(`${event.type}: ${error}`);
      const { event_id: _, ...rest } = event;
      const note = (): void => this.#note("server", event.type, rest);
      if (this.#held === undefined) note();
      else this.#held.push(note);
    };
  }

  /** The client says this, and all that follows from it happens within `ms`.
   *  @param make is given what the server has sent so far */
  async turn(ms: number, ...make: readonly ((client: Client) => ClientTurn)[]): Promise<void> {
    const held: (() => void)[] = [];
    this.#held = held;
    for (const event of make) {
      const { type, ...rest } = event(this.#client);
      const event_id = this.#client.send(type, rest);
      this.#note("client", type, { type, event_id, ...rest });
    }
    this.#held = undefined;
    for (const note of held) note();
    await this.#server.run(ms);
  }

  /** One line of JSON for each event. */
  text(): string {
    return this.#lines.map(({ side, event }) => `${JSON.stringify({ [side]: event })}\n`).join("");
  }

  #note(side: "client" | "server", type: string, given: Fields): void {
    const event = this.#same(given, type) as Fields;
    const last = this.#lines.at(-1);
    const delta = last !== undefined && joined(last.event, event);
    if (delta) this.#lines.splice(-1, 1, { side, event: { ...event, delta } });
    else this.#lines.push({ side, event });
  }

  #same(value: unknown, type: string, key = ""): unknown {
    if (Array.isArray(value)) return value.map((inner) => this.#same(inner, type));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([k, inner]) => [k, this.#same(inner, type, k)]));
    if (key === "expires_at") return 0;
    if (typeof value !== "string") return value;
    if (key === "audio" || (key === "delta" && type.endsWith("audio.delta")))
      return `${Buffer.from(value, "base64").length} bytes`;
    return this.#id(value);
  }

  #id(text: string): string {
    const kind = /^(sess|conv|item|resp|call)_/.exec(text)?.[1];
    if (kind === undefined) return text;
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const id = `${kind}_${count}`;
    this.#ids.set(text, id);
    return id;
  }
}

const bytes = /^(\d+) bytes$/;

/** The delta of two that follow each other; undefined when they do not belong together. */
function joined({ delta: before, ...last }: Fields, { delta: after, ...next }: Fields): string | undefined {
  if (typeof before !== "string" || typeof after !== "string" || !isDeepStrictEqual(last, next))
    return undefined;
  const [, first] = bytes.exec(before) ?? [];
  const [, second] = bytes.exec(after) ?? [];
  return first === undefined || second === undefined
    ? before + after
    : `${Number(first) + Number(second)} bytes`;
}
