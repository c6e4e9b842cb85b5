/** What the mock does with intents: who may, and where each goes. */

const DRAWN = [
  'add_annotations',
  'change_annotation',
  'move_annotations',
  'remove_annotations',
  'add_layer',
  'paint',
  'new_label',
  'undo',
  'redo',
  'set_bookmark',
  'remove_bookmark',
];

/** The refusal that a role gets, or nothing. */
export function forbidden(intent, role) {
  const rank = ['viewer', 'annotator', 'presenter', 'owner'].indexOf(role);
  const { property } = intent.change ?? {};
  const drawn = DRAWN.includes(intent.kind) || property === 'style';
  const owned = ['locked', 'edit_scope'].includes(property);
  const shared =
    ['set_layer', 'move_layer', 'remove_layer', 'set_settings'].includes(intent.kind) ||
    intent.view === 0;
  const needed = owned ? 3 : drawn ? 1 : shared ? 2 : 0;
  return rank < needed ? ['forbidden', 'Your role may not do this.'] : null;
}

/** Applies an intent for a client and tells everybody; gives a refusal or nothing. */
export function apply(room, client, intent) {
  const { scene, annotations, history } = room;
  const { id, me } = client;
  switch (intent.kind) {
    case 'add_annotations':
    case 'change_annotation':
    case 'move_annotations':
    case 'remove_annotations': {
      const changes = annotations.changes(intent, me, scene);
      if (Array.isArray(changes)) return changes;
      history.push(me.subject, intent, { annotations: room.annotate(id, changes) });
      return null;
    }
    case 'paint': {
      const layer = scene.layers.find((one) => one.id === intent.layer);
      const painted = scene.painted.get(intent.layer);
      if (!layer || !painted) return ['unknown_layer', 'There is no such layer to paint in.'];
      if (layer.locked) return ['locked', `“${layer.name}” is locked. An owner can unlock it.`];
      const voxels = painted.paint(intent, scene);
      history.push(me.subject, intent, {
        layer: intent.layer,
        voxels,
        stroke: `${id}:${intent.stroke}`,
      });
      return touched(room);
    }
    case 'undo':
    case 'redo': {
      const stacks = history.of(me.subject);
      const step = stacks[intent.kind].pop();
      const other = stacks[intent.kind === 'undo' ? 'redo' : 'undo'];
      if (!step) return ['not_applicable', 'There is nothing to take back.'];
      if (step.annotations)
        other.push({ ...step, annotations: room.annotate(id, step.annotations) });
      else other.push({ ...step, voxels: scene.painted.get(step.layer).restore(step.voxels) });
      return touched(room);
    }
    default: {
      const gone = intent.kind === 'remove_layer' ? annotations.inLayer(intent.layer) : [];
      const refusal = scene.apply(intent);
      if (refusal) return refusal;
      if (gone.length > 0) room.annotate(id, new Map(gone.map(([name]) => [name, null])));
      if (intent.kind === 'set_bookmark') intent.bookmark.author = me.subject;
      room.commit(id);
      return null;
    }
  }
}

/** Voxels changed: no document says so, but the revision and the picture do. */
function touched(room) {
  room.scene.revision += 1;
  room.painted = (room.painted ?? 0) + 1;
  return null;
}
