/** What is in a layer, as files: out, and in. */

import { bringIn, saveLayer } from '../app/files';
import { lockedLayer } from '../app/tool-state';
import type { Layer } from '../core/scene';
import { strings } from '../strings';

/** What the server makes of a layer. */
const KINDS = {
  labels: 'labels.tar',
  csv: 'annotations.csv',
  geojson: 'annotations.geojson',
} as const;

function Save({ layer, as }: { layer: Layer; as: keyof typeof KINDS }) {
  const text = strings.files;
  return (
    <button
      type="button"
      class="button button-small"
      data-tip={text[`${as}Tip`]}
      data-testid={`save-${as}`}
      onClick={() => void saveLayer(layer, KINDS[as])}
    >
      {text[as]}
    </button>
  );
}

export function LayerFiles({ layer }: { layer: Layer }) {
  const text = strings.files;
  if (layer.painted)
    return (
      <section class="files" aria-label={text.title}>
        <Save layer={layer} as="labels" />
      </section>
    );
  const locked = lockedLayer(layer);
  return (
    <section class="files" aria-label={text.title}>
      <Save layer={layer} as="csv" />
      <Save layer={layer} as="geojson" />
      <label
        class="button button-small"
        aria-disabled={locked !== null}
        data-tip={locked ?? text.importTip}
      >
        {text.import}
        <input
          type="file"
          class="sr-only"
          accept=".csv,.json,.geojson"
          disabled={locked !== null}
          data-testid="import-file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = '';
            if (file) void bringIn(layer.id, file);
          }}
        />
      </label>
    </section>
  );
}
