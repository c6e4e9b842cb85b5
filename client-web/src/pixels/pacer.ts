/**
 * The shell around the presenter: holds decoded pictures until their time, and closes those that
 * are never shown. A video decoder has few pictures to give away; the presenter holds fewer.
 */

import { Presenter, type Report, type Step } from '../core/presenter';
import type { Picture } from './decoder';

/** A decoded picture that waits. */
interface Waiting {
  picture: Picture;
}

const nowUs = (): number => Math.round(performance.now() * 1000);

export class Pacer<T extends Waiting> {
  private readonly presenter = new Presenter<T>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `show` closes the picture. */
  constructor(private readonly show: (one: T) => void) {}

  /** A picture was decoded. One that may not be held (a key, or one that stands alone) is `atOnce`. */
  take(one: T, sequence: number, capturedUs: number, atOnce: boolean): void {
    this.carryOut(this.presenter.ready(nowUs(), { sequence, capturedUs, atOnce }, one));
  }

  /** Another connection: what was held is of the old one. */
  restart(): void {
    clearTimeout(this.timer);
    for (const { picture } of this.presenter.restart()) picture.close();
  }

  report(): Report {
    return this.presenter.report();
  }

  private carryOut({ show, drop }: Step<T>): void {
    for (const { picture } of drop) picture.close();
    if (show) this.show(show);
    clearTimeout(this.timer);
    const wake = this.presenter.wakeUs;
    // In a hidden page timers are slow. That is no harm: nobody looks, and later pictures push.
    if (wake === null) return;
    const wait = Math.ceil((wake - nowUs()) / 1000);
    this.timer = setTimeout(() => this.carryOut(this.presenter.tick(nowUs())), Math.max(0, wait));
  }
}
