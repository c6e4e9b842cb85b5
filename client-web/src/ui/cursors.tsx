/** Where the others point: fainter on other slices, and not at all far from this one. */

import { eye } from '../app/actions';
import { cursors, me, people, scene, view, viewport } from '../app/store';
import { screenOf } from '../core/camera';
import { seenFrom } from '../core/presence';

export function Cursors() {
  const camera = eye.value;
  const shown = view.value;
  if (!camera || !shown) return null;
  const size = viewport.value;
  const others = [...cursors.value.values()].filter(({ participant }) => participant !== me.value);
  return (
    <div class="cursors" aria-hidden="true">
      {others.map(({ participant, position, laser }) => {
        const one = people.value.get(participant);
        const seen = position && seenFrom(position, shown, scene.value.axes);
        if (!one || !seen) return null;
        const { x, y } = screenOf(camera, size, seen.world);
        if (x < 0 || y < 0 || x > size.width || y > size.height) return null;
        return (
          <div
            key={participant}
            class="cursor"
            style={{
              transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`,
              '--who': one.color,
              opacity: seen.strength,
            }}
            data-strength={seen.strength.toFixed(2)}
            data-testid={`cursor-${participant}`}
          >
            {!laser && (
              <svg width="16" height="18" viewBox="0 0 16 18">
                <path d="M1 1 14.500 9.200 8.300 10.600 5.200 16.500Z" />
              </svg>
            )}
            <span>{one.name}</span>
          </div>
        );
      })}
    </div>
  );
}
