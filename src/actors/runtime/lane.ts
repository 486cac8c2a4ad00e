/** A bounded first-in, first-out queue. Taking is O(1) amortised: the space before the head is given back once it is
 *  half of the array. */
export class Lane<T> {
  private items: (T | undefined)[] = [];
  private head = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.items.length - this.head;
  }

  /** @returns false when the lane is at its bound */
  push(item: T): boolean {
    if (this.items.length - this.head >= this.max) return false;
    this.items.push(item);
    return true;
  }

  /** For what is bounded by other means and must not be lost. */
  pushPastBound(item: T): void {
    this.items.push(item);
  }

  /** The lane must not be empty. */
  shift(): T {
    const item = this.items[this.head] as T;
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) this.clear();
    else if (this.head >= compactFrom && this.head * 2 >= this.items.length) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }

  remove(item: T): void {
    const at = this.items.indexOf(item, this.head);
    if (at >= 0) this.items.splice(at, 1);
  }

  clear(): void {
    this.items.length = 0;
    this.head = 0;
  }
}

const compactFrom = 64;
