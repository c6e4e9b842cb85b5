/** The icon of a kind of layer. */

import type { LayerKind } from '../protocol';
import * as Icons from './icons';

const KINDS = {
  image: Icons.ImageKind,
  labels: Icons.LabelsKind,
  points: Icons.PointsKind,
  shapes: Icons.ShapesKind,
  vectors: Icons.VectorsKind,
  tracks: Icons.TracksKind,
};

export function KindIcon({ kind }: { kind: LayerKind }) {
  const Icon = KINDS[kind];
  return <Icon />;
}
