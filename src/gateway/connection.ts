import type { ClientSocket, OpenRequest, SessionHandle, SessionHost } from "../actors/session/connection.ts";
import type { Clock } from "../lib/clock.ts";
import type { WebSocket } from "./uws.ts";

/** What a connection keeps to. */
export interface ConnectionBounds {
  /** Bytes not yet read from which the client counts as behind: `send` then says `buffered`. */
  readonly behindBytes: number;
  /** Bytes that a client already behind may be sent on top of those, before it is closed as too slow. One frame of
   *  any size may put it behind, so that a long answer to one question closes nobody. */
  readonly unreadBytesMax: number;
  /** Pings in a row that may stay unanswered; at the next one the peer counts as dead. */
  readonly silentPingsMax: number;
}

export type PeerSocket = Pick<WebSocket<unknown>, "send" | "getBufferedAmount" | "end" | "close" | "ping"> & {
  cork(work: () => void): unknown;
};

/** Frames held back in the first moment; more, or a large one, and all are sent at once. */
const heldFramesMax = 64;

/** One client's socket and its session. The server calls `opened`, then `received`, `answered`, `writable`, then
 *  `gone`, each from one callback of the socket. */
export class Connection implements ClientSocket {
  /** Undefined once closed: any call on a closed socket throws. */
  #peer: PeerSocket | undefined;
  #session: SessionHandle | undefined;
  /** Frames for a later tick than the upgrade's answer: some clients attach their handler after `open`, and lose a
   *  frame that comes in the same read. Undefined once that tick has passed. */
  #held: string[] | undefined = [];
  /** While the client is behind: bytes beyond which it is closed. */
  #unreadLimit: number | undefined;
  #silentPings = 0;
  readonly #bounds: ConnectionBounds;
  readonly #clock: Clock;

  constructor(peer: PeerSocket, bounds: ConnectionBounds, clock: Clock) {
    this.#peer = peer;
    this.#bounds = bounds;
    this.#clock = clock;
  }

  /** The session's id, once it is open. */
  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  /** Opens the session.
   *  @param guard runs what is due later as a callback of this socket */
  opened(host: SessionHost, request: OpenRequest, guard: (work: () => void) => void): void {
    this.#clock.after(0, () => guard(() => this.#release()));
    const session = host.open(request, this);
    this.#session = session;
    if (this.#peer === undefined) session.closed(); // closed by the session while it opened
  }

  received(frame: ArrayBuffer): void {
    this.#silentPings = 0;
    // A binary frame is treated as text: no client has reason to send one, and the session answers it like any other text
    // that is not JSON.
    this.#session?.receive(Buffer.from(frame));
  }

  /** A pong, or a ping of the client's own. */
  answered(): void {
    this.#silentPings = 0;
  }

  /** Some of what was buffered has left. */
  writable(): void {
    if (this.#unreadLimit === undefined || this.bufferedBytes() > this.#bounds.behindBytes / 2) return;
    this.#unreadLimit = undefined;
    this.#session?.drained();
  }

  gone(): void {
    this.#peer = undefined;
    this.#held = undefined;
    this.#session?.closed();
  }

  /** Asks whether the peer is alive; gives it up when it left earlier questions unanswered. */
  ping(): "pinged" | "dead" | "closed" {
    if (this.#peer === undefined) return "closed";
    if (this.#silentPings >= this.#bounds.silentPingsMax) {
      this.#peer.close(); // a close frame would wait for someone to read it
      return "dead";
    }
    this.#silentPings += 1;
    this.#peer.ping();
    return "pinged";
  }

  send(frame: string): "sent" | "buffered" | "closed" {
    if (this.#held !== undefined && this.#peer !== undefined) {
      if (this.#held.length < heldFramesMax && frame.length <= this.#bounds.behindBytes) {
        this.#held.push(frame);
        return "sent";
      }
      this.#release();
    }
    return this.#transmit(frame);
  }

  together(work: () => void): void {
    // frames held back are written later, each by itself
    if (this.#peer === undefined || this.#held !== undefined) work();
    else this.#peer.cork(work);
  }

  bufferedBytes(): number {
    return this.#peer?.getBufferedAmount() ?? 0;
  }

  close(code: number, reason: string): void {
    this.#release();
    this.#peer?.end(code, fitReason(reason));
  }

  /** Closes after a failure of ours; never throws. */
  abandon(): void {
    this.#held = undefined;
    try {
      this.#peer?.end(1011, "internal error");
    } catch {
      this.#peer = undefined; // the session itself failed at `closed`, or the socket was gone without telling
    }
  }

  #transmit(frame: string): "sent" | "buffered" | "closed" {
    const peer = this.#peer;
    if (peer === undefined) return "closed";
    if (this.#unreadLimit !== undefined && peer.getBufferedAmount() > this.#unreadLimit) {
      peer.end(1013, "the client reads too slowly");
      return "closed";
    }
    peer.send(frame);
    const unread = peer.getBufferedAmount();
    if (this.#unreadLimit === undefined && unread <= this.#bounds.behindBytes) return "sent";
    this.#unreadLimit ??= unread + this.#bounds.unreadBytesMax;
    return "buffered";
  }

  #release(): void {
    const frames = this.#held ?? [];
    this.#held = undefined;
    for (const frame of frames) this.send(frame);
  }
}

const reasonBytesMax = 123;

/** The longest start of a reason that fits a close frame, cut between characters. */
function fitReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= reasonBytesMax) return reason;
  return bytes.toString("utf8", 0, reasonBytesMax).replace(/\uFFFD+$/u, "");
}
