import { Lane } from "./lane.ts";
import { Timer } from "./life.ts";

const urgentMaxDefault = 64;

/** The messages of one actor that wait: urgent before normal, each lane in order. */
export class Mailbox<M> {
  private readonly normal: Lane<M>;
  private readonly urgent: Lane<M | Timer<M>>;

  constructor(normalMax: number, urgentMax = urgentMaxDefault) {
    this.normal = new Lane(normalMax);
    this.urgent = new Lane(urgentMax);
  }

  get size(): number {
    return this.normal.size + this.urgent.size;
  }

  push(message: M): boolean {
    return this.normal.push(message);
  }

  pushUrgent(message: M): boolean {
    return this.urgent.push(message);
  }

  /** For the runtime's own: timers, at most one by key, and the end of a child, once each. They must not be lost. */
  pushOwn(message: M | Timer<M>): void {
    this.urgent.pushPastBound(message);
  }

  remove(timer: Timer<M>): void {
    this.urgent.remove(timer);
  }

  /** Must not be empty. */
  take(): M {
    if (this.urgent.size === 0) return this.normal.shift();
    const first = this.urgent.shift();
    return first instanceof Timer ? first.taken() : first;
  }

  clear(): void {
    this.normal.clear();
    this.urgent.clear();
  }
}
