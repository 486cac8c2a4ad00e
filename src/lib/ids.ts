import { randomFillSync } from "node:crypto";

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Id<"tenant">;
export type SessionId = Id<"session">;
export type ItemId = Id<"item">;
export type ResponseId = Id<"response">;
export type CallId = Id<"call">;
export type RunId = Id<"run">;
export type NodeId = Id<"node">;
export type RecordId = Id<"record">;

/** The tenant of a server that knows one key only. */
export const defaultTenant = "default" as TenantId;

const tokenBytes = 16;
/** Random bytes are drawn for many ids at once: a draw of its own costs each more than all the rest. */
const drawn = Buffer.alloc(tokenBytes * 64);
let taken = drawn.length;

/** 128 random bits as 22 characters that are safe in a URL and in a transport subject (base64url). */
export function randomToken(): string {
  if (taken === drawn.length) {
    randomFillSync(drawn);
    taken = 0;
  }
  const from = taken;
  taken += tokenBytes;
  const token = drawn.toString("base64url", from, taken);
  drawn.fill(0, from, taken); // nothing else in the process can read what an id was made of
  return token;
}

export const newSessionId = (): SessionId => `sess_${randomToken()}` as SessionId;
export const newRunId = (): RunId => `run_${randomToken()}` as RunId;
export const newNodeId = (): NodeId => `node_${randomToken()}` as NodeId;
export const newRecordId = (): RecordId => `rec_${randomToken()}` as RecordId;
