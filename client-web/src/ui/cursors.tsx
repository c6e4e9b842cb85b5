/** Where the others point, if they look at the same view. */

import { eye } from '../app/actions';
import { cursors, me, people, viewId, viewport } from '../app/store';
import { screenOf } from '../core/camera';

export function Cursors() {
  const camera = eye.value;
  if (!camera) return null;
  const size = viewport.value;
  const here = [...cursors.value.values()].filter(
    ({ participant, view, world }) => view === viewId.value && participant !== me.value && world,
  );
  return (
    <div class="cursors" aria-hidden="true">
      {here.map(({ participant, world }) => {
        const one = people.value.get(participant);
        if (!one || !world) return null;
        const { x, y } = screenOf(camera, size, world);
        if (x < 0 || y < 0 || x > size.width || y > size.height) return null;
        return (
          <div
            key={participant}
            class="cursor"
            style={{
              transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`,
              '--who': one.color,
            }}
            data-testid={`cursor-${participant}`}
          >
            <svg width="16" height="18" viewBox="0 0 16 18">
              <path d="M1 1 14.500 9.200 8.300 10.600 5.200 16.500Z" />
            </svg>
            <span>{one.name}</span>
          </div>
        );
      })}
    </div>
  );
}
