/** Undo in the mock: a stack of steps for each person; a step puts back what it changed. */

const WORDS = {
  add_annotations: 'draw',
  change_annotation: 'change',
  move_annotations: 'move',
  remove_annotations: 'remove',
  paint: 'paint',
  add_layer: 'add layer',
};

export class History {
  constructor() {
    this.stacks = new Map();
  }

  of(subject) {
    if (!this.stacks.has(subject)) this.stacks.set(subject, { undo: [], redo: [] });
    return this.stacks.get(subject);
  }

  /** `step`: `{annotations: Map of what was}`, or `{layer, voxels, stroke}`. */
  push(subject, intent, step) {
    const { undo, redo } = this.of(subject);
    redo.length = 0;
    const last = undo.at(-1);
    if (step.stroke !== undefined && last?.stroke === step.stroke) last.voxels.push(...step.voxels);
    else undo.push({ ...step, words: words(intent, step) });
  }

  steps(subject) {
    const { undo, redo } = this.of(subject);
    return { type: 'steps', undo: undo.at(-1)?.words ?? null, redo: redo.at(-1)?.words ?? null };
  }
}

function words(intent, { annotations }) {
  const count = annotations?.size ?? 0;
  const what = count === 1 ? [...annotations.values()][0]?.shape : `${count} annotations`;
  const shape = intent.annotations?.[0]?.shape;
  return [WORDS[intent.kind], annotations ? (shape ?? what) : ''].filter(Boolean).join(' ');
}
