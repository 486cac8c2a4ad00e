import type { SessionId, TenantId } from "../../lib/ids.ts";
import type { DialectName } from "../../protocol/dialect.ts";
import type { SessionKind } from "../../protocol/session-config.ts";

/** The client's end of a session, as the gateway gives it to the session. */
export interface ClientSocket {
  /** Sends one text frame without waiting. `buffered`: it was taken, but the client reads slowly; `drained` of the
   *  session's handle follows once it has caught up. `closed`: it was not taken. */
  send(frame: string): "sent" | "buffered" | "closed";
  /** What is sent in `work` leaves together. */
  together(work: () => void): void;
  /** Bytes taken but not yet read by the client. */
  bufferedBytes(): number;
  /** Idempotent. `closed` of the session's handle follows.
   *  @param reason at most 123 bytes of UTF-8 */
  close(code: number, reason: string): void;
}

/** A session, as the gateway sees it. Calls after `closed` have no effect. */
export interface SessionHandle {
  readonly id: SessionId;
  /** One text frame of the client, in order. Its memory is not kept. */
  receive(frame: Buffer): void;
  /** The client has caught up after `buffered`. */
  drained(): void;
  /** The socket is gone, for whatever reason; called once. */
  closed(): void;
}

/** What the upgrade request asked for. */
export interface OpenRequest {
  readonly tenant: TenantId;
  /** `?model=`; "" when absent */
  readonly model: string;
  /** Names and shapes of the events, both ways. */
  readonly dialect: DialectName;
  readonly kind: SessionKind;
  /** A valid `session` that the session starts with, as a client secret carries it. */
  readonly session?: unknown;
  /** Request header `traceparent`, if any. */
  readonly traceparent?: string;
}

/** Opens sessions. The caller has authenticated the request. */
export interface SessionHost {
  /** `full`: the node is at its bound of sessions, or leaving. */
  admit(): "ok" | "full";
  /** Opens a session on a socket that is already upgraded. */
  open(request: OpenRequest, socket: ClientSocket): SessionHandle;
}
