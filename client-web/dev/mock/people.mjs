/** Pretended participants: they point, one wanders through time alone, one drags the stage. */

const NAMES = ['Bo Chen', 'Ines Faria', 'Kwame Mensah', 'Yuki Tanaka', 'Lea Moreau'];
export const COLORS = ['#7cc4ff', '#ffb86b', '#8be28b', '#ff8fa3', '#c6a0ff', '#f5d76e', '#5fe0d0'];

/** What they are busy with, in the samples' layers. */
const DOING = [
  { tool: 'polygon', layer: 4, selected: ['o1'], editing: 'o1' },
  { tool: 'select', layer: 3, selected: ['m0', 'm1'] },
  { tool: 'pan' },
  { tool: 'brush' },
  { tool: '' },
];

export function addPeople(room, count) {
  for (let at = 0; at < count; at++) {
    const id = room.nextId++;
    const watch = at === 1 ? 'own' : at === 2 ? { follow: id - 1 } : 'stage';
    const role = ['presenter', 'annotator', 'viewer'][at % 3];
    room.people.set(id, {
      id,
      name: NAMES[at],
      color: COLORS[(at + 1) % COLORS.length],
      subject: NAMES[at].split(' ')[0].toLowerCase(),
      role,
      watch,
      ...DOING[at % DOING.length],
      fake: true,
    });
    if (watch === 'own') room.scene.views[id] = room.scene.newView();
  }
  if (count > 0) setInterval(() => wander(room), 80);
}

function wander(room) {
  const seconds = Date.now() / 1000;
  const cursors = [];
  for (const { id, watch, fake } of room.people.values()) {
    if (!fake) continue;
    const view = watch === 'own' ? id : 0;
    const position = [
      ...(room.scene.views[view]?.point.slice(0, 2) ?? [0, 0]),
      44 + 24 * Math.sin(seconds / 3 + id),
      52 + 30 * Math.cos(seconds / 4 + 2 * id),
    ];
    cursors.push({ participant: id, view, position });
    const own = room.scene.views[id];
    const axis = room.scene.axes[0];
    if (watch === 'own' && own && axis) {
      const value = axis.step * (Math.floor(seconds / 2) % 20);
      if (own.point[0] !== value) {
        own.point = own.point.with(0, value);
        room.commit(id);
      }
    }
  }
  room.tell({ type: 'cursors', cursors });
}
