/** Annotations that are there from the start, so that there is something to select. */

/** `count` more points at random places of the middle slices. */
export function addSamples({ scene, annotations }, count) {
  const [t, z] = [scene.views[0].point[0], scene.views[0].point[1]];
  const at = (y, x) => [t, z, y, x];
  const points = scene.addLayer('points', 'Mitoses');
  const shapes = scene.addLayer('shapes', 'Outlines');
  const one = (layer, shape, vertices, over = {}) => ({
    layer: layer.id,
    shape,
    vertices,
    author: 'ines',
    created: Date.now() - 3_600_000,
    ...over,
  });
  const made = new Map();
  [
    [30, 41],
    [52, 66],
    [61, 24],
  ].forEach(([y, x], index) =>
    made.set(
      `m${index}`,
      one(points, 'point', [at(y, x)], {
        features: { stage: ['prophase', 'metaphase', 'anaphase'][index], score: 0.4 + 0.2 * index },
      }),
    ),
  );
  const corners = [at(20, 55), at(18, 64), at(26, 70), at(33, 62), at(29, 54)];
  const area = { of: 'area' };
  made.set('o1', one(shapes, 'polygon', corners, { measure: area, text: 'cell 4' }));
  for (let index = 0; index < count; index++)
    made.set(
      `r${index}`,
      one(points, 'point', [at(89 * Math.random(), 103 * Math.random())], {
        size: 0.6,
        features: { score: Math.random() },
      }),
    );
  scene.write();
  annotations.write(made);
}
