/** What is drawn besides the layers; the same for everybody. */

import * as actions from '../app/actions';
import { scene, sharedLocked } from '../app/store';
import { key } from '../core/keys';
import type { SettingsProperty } from '../protocol';
import { strings } from '../strings';
import { Switch } from './controls/choice';

const SETTINGS: readonly SettingsProperty[] = [
  'scale_bar_visible',
  'axes_visible',
  'dims_label_visible',
];

export function SceneSettings() {
  const locked = sharedLocked.value ? strings.locked.shared(actions.roleName()) : null;
  return (
    <section class="scene-settings" aria-label={strings.settings.title}>
      <h2 class="panel-title">{strings.settings.title}</h2>
      {SETTINGS.map((property) => (
        <Switch
          key={property}
          label={strings.settings[property]}
          name={key.setting(property)}
          value={actions.wished(key.setting(property), scene.value.settings[property])}
          locked={locked}
          onChange={(value) => actions.setSetting(property, value)}
          testid={`setting-${property}`}
        />
      ))}
    </section>
  );
}
