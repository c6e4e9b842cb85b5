/** Finds boxes of a plane that meet a rectangle; changing one costs the same however many there are. */

/** (least vertical, least horizontal, greatest vertical, greatest horizontal). */
export type Box = readonly [number, number, number, number];

/** Cells are numbered by two halves of a safe integer. */
const HALF = 2 ** 25;

const cellKey = (row: number, column: number): number => {
  const inside = (at: number) => Math.min(Math.max(at, -HALF), HALF - 1) + HALF;
  return inside(row) * 2 * HALF + inside(column);
};

interface Level {
  side: number;
  cells: Map<number, Set<string>>;
  count: number;
}

/**
 * A grid for each size of boxes: a box is in the cell of its least corner, on the level whose cells
 * are at least as large as it, so that it reaches into the next cell at most.
 */
export class Grid {
  private levels = new Map<number, Level>();
  private places = new Map<string, { level: number; cell: number }>();

  /** `least`: side of the smallest cells; about what a query looks at when zoomed in. */
  constructor(private readonly least: number) {}

  set(id: string, box: Box): void {
    this.delete(id);
    const size = Math.max(box[2] - box[0], box[3] - box[1], this.least);
    const at = Math.ceil(Math.log2(size / this.least));
    let level = this.levels.get(at);
    if (!level) {
      level = { side: this.least * 2 ** at, cells: new Map(), count: 0 };
      this.levels.set(at, level);
    }
    const cell = cellKey(Math.floor(box[0] / level.side), Math.floor(box[1] / level.side));
    let ids = level.cells.get(cell);
    if (!ids) level.cells.set(cell, (ids = new Set()));
    ids.add(id);
    level.count += 1;
    this.places.set(id, { level: at, cell });
  }

  delete(id: string): void {
    const place = this.places.get(id);
    if (!place) return;
    this.places.delete(id);
    const level = this.levels.get(place.level)!;
    const ids = level.cells.get(place.cell)!;
    ids.delete(id);
    level.count -= 1;
    if (ids.size === 0) level.cells.delete(place.cell);
    if (level.count === 0) this.levels.delete(place.level);
  }

  /** All whose boxes meet the rectangle, and some whose boxes are near it. */
  *near(box: Box): Generator<string> {
    for (const { side, cells } of this.levels.values()) {
      const from = [Math.floor(box[0] / side) - 1, Math.floor(box[1] / side) - 1] as const;
      const to = [Math.floor(box[2] / side), Math.floor(box[3] / side)] as const;
      const wanted = (to[0] - from[0] + 1) * (to[1] - from[1] + 1);
      if (!(wanted <= cells.size)) {
        for (const ids of cells.values()) yield* ids;
        continue;
      }
      for (let row = from[0]; row <= to[0]; row++)
        for (let column = from[1]; column <= to[1]; column++)
          yield* cells.get(cellKey(row, column)) ?? [];
    }
  }
}
