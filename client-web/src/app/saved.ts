/** What is not saved yet: asked for without an answer, or waiting for a layer or a label. */

import { computed } from '@preact/signals';
import { queued } from './painting';
import { isLate, phase, unconfirmed } from './store';
import { waiting } from './tool-state';

export const unsaved = computed(() => unconfirmed.value + waiting.value.length + queued.value);

/** Worth saying: an answer that is on its way as usual is not. */
export const isUnsaved = computed(
  () => unsaved.value > 0 && (isLate.value || phase.value.at !== 'live'),
);
