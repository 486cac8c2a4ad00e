import { createHash, timingSafeEqual } from "node:crypto";
import { defaultTenant, type TenantId } from "../lib/ids.ts";
import type { SecretGrant } from "../protocol/client-secret.ts";
import type { ClientSecrets } from "./client-secrets.ts";

/** Who sent a key. */
export interface Caller {
  readonly tenant: TenantId;
  /** The key is a client secret: it opens sessions, with this, and does nothing else. */
  readonly grant?: SecretGrant;
}

/** Whose key it is; undefined when it is nobody's. */
export type Authenticate = (key: string | undefined) => Caller | undefined;

/** Accepts one key, and client secrets. Digests are compared, in constant time, so that neither time nor length tells
 *  how much of a guess was right. */
export function acceptKeys(apiKey: string, secrets: Pick<ClientSecrets, "find">): Authenticate {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const expected = digest(apiKey);
  return (key) => {
    if (key === undefined) return undefined;
    return timingSafeEqual(digest(key), expected) ? { tenant: defaultTenant } : secrets.find(key);
  };
}

/** Reads one request header by its lower-case name; "" when it is absent. */
export type Header = (name: string) => string;

/** The key of a request: `Authorization: Bearer KEY`, or `api-key: KEY` as Azure clients send it. */
export function keyOfHeaders(header: Header): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(header("authorization")) ?? [];
  return bearer ?? (header("api-key") || undefined);
}

const keyProtocol = "openai-insecure-api-key.";

/** Browsers cannot set headers on a WebSocket; they offer `realtime, openai-insecure-api-key.KEY` as subprotocols.
 *  `selected` is the one to answer with (they abort when nothing they offered is selected); it never holds the key. */
export function readSubprotocols(header: string): {
  readonly selected: string;
  readonly key?: string;
  /** The older dialect is asked for. */
  readonly beta: boolean;
} {
  const offered = header.split(",").map((name) => name.trim());
  const key = offered.find((name) => name.startsWith(keyProtocol))?.slice(keyProtocol.length);
  return {
    selected: offered.includes("realtime") ? "realtime" : "",
    beta: offered.includes("openai-beta.realtime-v1"),
    ...(key !== undefined && { key }),
  };
}
