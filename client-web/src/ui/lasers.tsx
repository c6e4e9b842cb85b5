/** Laser pointers: a glowing line that fades, in the colour of whose it is. */

import { strength, trails } from '../app/lasers';
import { people, scene, view } from '../app/store';
import { seenFrom } from '../core/presence';
import type { Trail } from '../core/laser';
import type { Projection } from './drawn';

function LaserTrail({ trail, color, to }: { trail: Trail; color: string; to: Projection }) {
  const seen = view.value;
  if (!seen) return null;
  const places = trail.flatMap(({ position, at }) => {
    const found = seenFrom(position, seen, scene.value.axes);
    return found ? { ...to.at(found.world), left: strength(at) * found.strength } : [];
  });
  const head = places.at(-1);
  return (
    <g class="laser" style={{ '--who': color }}>
      {places.slice(1).map((place, at) => {
        const from = places[at]!;
        return (
          <line
            key={at}
            x1={from.x}
            y1={from.y}
            x2={place.x}
            y2={place.y}
            stroke-width={1 + 3 * place.left}
            opacity={place.left}
          />
        );
      })}
      {head && <circle cx={head.x} cy={head.y} r={2 + 3 * head.left} opacity={head.left} />}
    </g>
  );
}

export function LaserTrails({ to }: { to: Projection }) {
  return (
    <g data-testid="lasers" data-count={trails.value.size}>
      {[...trails.value].map(([who, trail]) => (
        <LaserTrail
          key={who}
          trail={trail}
          color={people.value.get(who)?.color ?? 'var(--accent)'}
          to={to}
        />
      ))}
    </g>
  );
}
