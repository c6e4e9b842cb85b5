/**
 * Paints the last picture where it belongs on the screen *now*. The picture shows where the camera
 * was when the server rendered it; the screen looks where the user wishes. The difference is drawn
 * at once, and vanishes when the true picture comes.
 */

import { fit, placed, type Eye, type Rect } from '../core/camera';
import type { PixelHeader } from '../protocol';
import type { Picture } from './decoder';
import { Stills, type Placed, type Tile } from './stills';

/** Cameras remembered for each view: more revisions than pictures can be in flight. */
const MAX_EYES = 256;

export class Painter {
  private readonly screen: OffscreenCanvasRenderingContext2D;
  private readonly shown = new OffscreenCanvas(2, 2);
  private readonly source: OffscreenCanvasRenderingContext2D;
  private readonly stills = new Stills();
  private header: PixelHeader | null = null;
  private eyes = new Map<number, { revision: number; eye: Eye }[]>();
  private look: Eye | null = null;
  private scheduled = false;

  constructor(private readonly canvas: OffscreenCanvas) {
    this.screen = canvas.getContext('2d', { alpha: true })!;
    this.source = this.shown.getContext('2d', { alpha: false })!;
  }

  resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.paint();
  }

  /** Notes the camera of a view; pictures of that revision and later ones are taken by it. */
  remember(view: number, revision: number, eye: Eye): void {
    const list = this.eyes.get(view) ?? [];
    list.push({ revision, eye });
    if (list.length > MAX_EYES) list.shift();
    this.eyes.set(view, list);
    this.schedule();
  }

  forget(): void {
    this.eyes.clear();
  }

  lookThrough(eye: Eye | null): void {
    this.look = eye;
    this.schedule();
  }

  /** Shows a picture and closes it; false if a newer or a better one is already there. */
  show(picture: Picture, header: PixelHeader): boolean {
    const old = this.header;
    const next = !old || ((header.sequence - old.sequence) | 0) > 0;
    const newer = next && !this.stills.isAfter(header);
    if (newer) {
      this.stills.uncover();
      const width = picture instanceof ImageBitmap ? picture.width : picture.displayWidth;
      const height = picture instanceof ImageBitmap ? picture.height : picture.displayHeight;
      if (this.shown.width !== width || this.shown.height !== height) {
        this.shown.width = width;
        this.shown.height = height;
      }
      this.source.drawImage(picture, 0, 0);
      this.header = header;
    }
    picture.close();
    if (newer) this.paint();
    return newer;
  }

  /** Draws a tile of a still, and closes its image. */
  tile(tile: Tile): Placed {
    const placed = this.stills.put(tile);
    tile.image?.close();
    const old = this.header;
    const newer = !old || ((tile.header.sequence - old.sequence) | 0) > 0;
    if (placed === 'lost' || !newer) return placed;
    this.enlarge(tile.header.canvas);
    this.stills.copy(this.source, tile);
    this.header = tile.header;
    this.schedule();
    return placed;
  }

  /** A stream may be smaller than the canvas of the view; a still never is. */
  private enlarge([width, height]: readonly [number, number]): void {
    if (this.shown.width === width && this.shown.height === height) return;
    const before = new OffscreenCanvas(this.shown.width, this.shown.height);
    before.getContext('2d', { alpha: false })!.drawImage(this.shown, 0, 0);
    this.shown.width = width;
    this.shown.height = height;
    this.source.drawImage(before, 0, 0, width, height);
  }

  /** A new connection counts its pictures anew. */
  restart(): void {
    this.stills.forget();
    if (this.header) this.header = { ...this.header, sequence: -1 };
  }

  read(): ImageData | null {
    if (!this.header) return null;
    return this.source.getImageData(0, 0, this.shown.width, this.shown.height);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.paint();
    });
  }

  private paint(): void {
    const { canvas, screen } = this;
    screen.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.header || canvas.width === 0) return;
    const place = this.place();
    if (this.look) this.clipTo(this.look);
    const same = place.width === this.shown.width && place.height === this.shown.height;
    screen.imageSmoothingEnabled = !same;
    screen.imageSmoothingQuality = 'medium';
    screen.drawImage(this.shown, place.x, place.y, place.width, place.height);
    if (this.look) screen.restore();
  }

  /** The canvas of the view is black where the shifted picture does not reach, and ends sharply. */
  private clipTo(look: Eye): void {
    const { screen } = this;
    const box = fit(look.canvas, this.canvas);
    screen.save();
    screen.beginPath();
    screen.rect(
      Math.round(box.x),
      Math.round(box.y),
      Math.round(box.width),
      Math.round(box.height),
    );
    screen.clip();
    screen.fillStyle = '#000';
    screen.fillRect(box.x, box.y, box.width, box.height);
  }

  private place(): Rect {
    const taken = this.eyeOf(this.header!);
    const moved = taken && this.look && placed(taken, this.look, this.canvas);
    const rect = moved ?? fit([this.shown.width, this.shown.height], this.canvas);
    // A picture that has not moved is put on whole pixels, so that nothing is resampled.
    const still =
      Math.abs(rect.width - this.shown.width) < 1 && Math.abs(rect.height - this.shown.height) < 1;
    if (!still) return rect;
    return {
      x: Math.round(rect.x),
      y: Math.round(rect.y),
      width: this.shown.width,
      height: this.shown.height,
    };
  }

  private eyeOf(header: PixelHeader): Eye | null {
    const list = this.eyes.get(header.view);
    if (!list) return null;
    return (list.findLast(({ revision }) => revision <= header.revision) ?? list[0])?.eye ?? null;
  }
}
