/** What is sent now and then, the latest value alone. */

export class Told<T> {
  dirty = false;
  private sentAt = -Infinity;

  constructor(
    public value: T,
    private readonly spacing: number,
  ) {}

  set(value: T): void {
    this.value = value;
    this.dirty = true;
  }

  due(): number {
    return this.dirty ? this.sentAt + this.spacing : Infinity;
  }

  /** Whether it is to be sent now; then it counts as sent. */
  take(now: number): boolean {
    if (now < this.due()) return false;
    this.dirty = false;
    this.sentAt = now;
    return true;
  }
}
