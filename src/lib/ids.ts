import { randomBytes } from "node:crypto";

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

/** 128 random bits as 22 characters that are safe in a URL and in a transport subject (base64url). */
export function randomToken(): string {
  return randomBytes(16).toString("base64url");
}

export const newSessionId = (): SessionId => `sess_${randomToken()}` as SessionId;
export const newRunId = (): RunId => `run_${randomToken()}` as RunId;
export const newNodeId = (): NodeId => `node_${randomToken()}` as NodeId;
export const newRecordId = (): RecordId => `rec_${randomToken()}` as RecordId;
