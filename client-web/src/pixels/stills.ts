/** Puts the tiles of lossless stills together, in the order in which they came. */

import type { PixelHeader } from '../protocol';

/** A tile that was decoded, or that is the same as in the still before. */
export type Tile = {
  header: PixelHeader;
  at: readonly [number, number];
  image: ImageBitmap | null;
};

/** What became of a tile: part of a still, its last one, or of none that is here. */
export type Placed = 'part' | 'whole' | 'lost';

export class Stills {
  private readonly canvas = new OffscreenCanvas(2, 2);
  private readonly context = this.canvas.getContext('2d', { alpha: false })!;
  private view = -1;
  private capturedUs = -1;
  /** Tiles that are on the screen, by their place; and how many pixels they are. */
  private covered = new Set<number>();
  private pixels = 0;

  /** Draws a tile into the still. */
  put({ header, at: [x, y], image }: Tile): Placed {
    const [width, height] = header.canvas;
    const sized = this.canvas.width === width && this.canvas.height === height;
    if (this.view !== header.view || !sized) {
      if (!image) return 'lost';
      this.canvas.width = width;
      this.canvas.height = height;
      this.view = header.view;
      this.capturedUs = -1;
    }
    if (this.capturedUs !== header.captured_us) {
      this.capturedUs = header.captured_us;
      this.uncover();
    }
    if (image) this.context.drawImage(image, x, y);
    const place = y * width + x;
    if (this.covered.has(place)) return 'part';
    this.pixels += header.width * header.height;
    this.covered.add(place);
    return this.pixels === width * height ? 'whole' : 'part';
  }

  /**
   * Whether the screen has tiles of what the view showed when that picture was painted, or later: a
   * key picture for who joins shows the same to all others, and less of it.
   */
  isAfter({ view, captured_us }: PixelHeader): boolean {
    return this.view === view && this.covered.size > 0 && this.capturedUs >= captured_us;
  }

  /** A picture of the stream was drawn over it: all of its tiles follow once more. */
  uncover(): void {
    this.covered.clear();
    this.pixels = 0;
  }

  /** Copies the place of a tile. */
  copy(to: OffscreenCanvasRenderingContext2D, { header, at: [x, y] }: Tile): void {
    const { width, height } = header;
    to.drawImage(this.canvas, x, y, width, height, x, y, width, height);
  }

  /** The server sends every tile anew. */
  forget(): void {
    this.view = -1;
  }
}
