/** What is in a layer, as files: out, and in. */

import { bringIn, saveLayer } from '../app/files';
import { lockedLayer } from '../app/tool-state';
import type { Layer } from '../core/scene';
import { strings } from '../strings';

export function LayerFiles({ layer }: { layer: Layer }) {
  const text = strings.files;
  if (layer.painted)
    return (
      <section class="files" aria-label={text.title}>
        <button
          type="button"
          class="button button-small"
          data-tip={text.labelsTip}
          data-testid="save-labels"
          onClick={() => void saveLayer(layer, 'labels.tar')}
        >
          {text.labels}
        </button>
      </section>
    );
  const locked = lockedLayer(layer);
  return (
    <section class="files" aria-label={text.title}>
      <button
        type="button"
        class="button button-small"
        data-tip={text.csvTip}
        data-testid="save-csv"
        onClick={() => void saveLayer(layer, 'annotations.csv')}
      >
        {text.csv}
      </button>
      <button
        type="button"
        class="button button-small"
        data-tip={text.geojsonTip}
        data-testid="save-geojson"
        onClick={() => void saveLayer(layer, 'annotations.geojson')}
      >
        {text.geojson}
      </button>
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
