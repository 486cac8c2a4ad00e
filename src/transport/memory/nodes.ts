import type { Clock } from "../../lib/clock.ts";
import type { NodeId } from "../../lib/ids.ts";
import type { NodeDirectory, NodeInfo, NodeLease } from "../transport.ts";
import type { InFlight } from "./in-flight.ts";

/** How long a lease lasts without renewal, ms. */
const leaseMs = 5_000;
/** How often a lease is renewed, ms. */
const renewEveryMs = 1_000;

/** The leases of one process's nodes. They run out when the process stood still for longer than a lease: it then
 *  learns what the others would have concluded. */
export class Nodes implements NodeDirectory {
  readonly #clock: Clock;
  readonly #inFlight: InFlight;
  readonly #leases = new Map<NodeId, Lease>();

  constructor(clock: Clock, inFlight: InFlight) {
    this.#clock = clock;
    this.#inFlight = inFlight;
  }

  /** A node that joins again takes over from itself: the lease it had before is lost. */
  async join(info: NodeInfo): Promise<NodeLease> {
    this.#inFlight.assertOpen();
    this.#leases.get(info.id)?.end("lost");
    const lease: Lease = new Lease(info, this.#clock, () => {
      if (this.#leases.get(info.id) === lease) this.#leases.delete(info.id);
    });
    this.#leases.set(info.id, lease);
    return lease;
  }

  async list(): Promise<readonly NodeInfo[]> {
    this.#inFlight.assertOpen();
    return [...this.#leases.values()].filter((lease) => lease.held).map((lease) => lease.info);
  }

  close(): void {
    for (const lease of this.#leases.values()) lease.end("left");
  }
}

class Lease implements NodeLease {
  readonly lost: Promise<void>;
  info: NodeInfo;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #onLost: () => void = () => {};
  #expiresAt: number;
  #cancelRenewal: () => void;

  constructor(info: NodeInfo, clock: Clock, onEnd: () => void) {
    this.info = info;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.lost = new Promise((resolve) => {
      this.#onLost = resolve;
    });
    this.#expiresAt = clock.monotonic() + leaseMs;
    this.#cancelRenewal = clock.after(renewEveryMs, () => this.#renew());
  }

  get held(): boolean {
    return this.#clock.monotonic() < this.#expiresAt;
  }

  update(info: Pick<NodeInfo, "load" | "sessions">): void {
    this.info = { ...this.info, load: info.load, sessions: info.sessions };
  }

  async leave(): Promise<void> {
    this.end("left");
  }

  end(how: "lost" | "left"): void {
    this.#cancelRenewal();
    this.#expiresAt = -Infinity;
    this.#onEnd();
    if (how === "lost") this.#onLost();
  }

  #renew(): void {
    if (!this.held) return this.end("lost");
    this.#expiresAt = this.#clock.monotonic() + leaseMs;
    this.#cancelRenewal = this.#clock.after(renewEveryMs, () => this.#renew());
  }
}
