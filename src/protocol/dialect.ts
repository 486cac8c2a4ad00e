import { betaOutgoing, encodeBetaEvent } from "./beta/server.ts";
import { translateBetaEvent } from "./beta/client.ts";
import { parseClientEvent } from "./client-events.ts";
import type { ParsedFrame } from "./client-events.ts";
import { encodeServerEvent } from "./server-events.ts";
import type { ServerEvent } from "./server-events.ts";

export type DialectName = "ga" | "beta";

/** How a connection's events are written. Inside there is only the GA protocol: a dialect is chosen once, when the
 *  session opens, and is all that knows of another one. */
export interface Dialect {
  /** Reads one text frame of a client. Never throws, whatever the frame holds. */
  readonly parse: (frame: string) => ParsedFrame;
  /** Those of these events that the dialect has, and what it says beyond them, in order. */
  readonly outgoing: (events: readonly ServerEvent[]) => readonly ServerEvent[];
  /** One text frame. */
  readonly encode: (event: ServerEvent, eventId: string) => string;
}

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  ga: {
    parse: parseClientEvent,
    outgoing: (events) => events,
    encode: encodeServerEvent,
  },
  beta: {
    parse: (frame) => parseClientEvent(frame, translateBetaEvent),
    outgoing: betaOutgoing,
    encode: encodeBetaEvent,
  },
};
