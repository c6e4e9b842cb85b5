/** Where the others point: fainter on other slices, and not at all far from this one; in space, too. */

import { eye, space } from '../app/actions';
import { cursors, me, people, scene, view, viewport } from '../app/store';
import { screenOf } from '../core/camera';
import { screenIn } from '../core/orbit';
import { seenFrom } from '../core/presence';

export function Cursors() {
  const [flat, deep] = [eye.value, space.value];
  const shown = view.value;
  if (!shown) return null;
  const size = viewport.value;
  const screen = ({ world, depth }: NonNullable<ReturnType<typeof seenFrom>>) =>
    deep
      ? screenIn(deep.camera, deep.canvas, size, [depth, ...world])
      : flat && screenOf(flat, size, world);
  const others = [...cursors.value.values()].filter(({ participant }) => participant !== me.value);
  return (
    <div class="cursors" aria-hidden="true">
      {others.map(({ participant, position, laser }) => {
        const one = people.value.get(participant);
        const seen = position && seenFrom(position, shown, scene.value.axes);
        const at = seen && screen(seen);
        if (!one || !at) return null;
        const { x, y } = at;
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
