/** The cells of an annotation's row: names and values, each changed by itself. */

import { useState } from 'preact/hooks';
import { changeAnnotation } from '../app/drawing';
import type { Annotation, Feature } from '../protocol';
import { readFeature, writeFeature } from '../core/annotations/feature';
import { strings } from '../strings';
import * as Icons from './icons';

interface Props {
  id: string;
  one: Annotation;
  locked: string | null;
}

const set = (id: string, name: string, value: Feature | null) =>
  changeAnnotation(id, { property: 'feature', value: { name, value } });

function Cell({
  id,
  name,
  value,
  locked,
}: {
  id: string;
  name: string;
  value: Feature;
  locked: string | null;
}) {
  if (typeof value === 'boolean')
    return (
      <input
        type="checkbox"
        checked={value}
        disabled={locked !== null}
        aria-label={name}
        data-testid={`feature-${name}`}
        onChange={(event) => set(id, name, event.currentTarget.checked)}
      />
    );
  return (
    <input
      type="text"
      class="feature-value"
      value={writeFeature(value)}
      disabled={locked !== null}
      aria-label={name}
      data-testid={`feature-${name}`}
      onBlur={(event) => {
        const next = readFeature(event.currentTarget.value, typeof value);
        if (next !== value) set(id, name, next);
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}

export function Features({ id, one, locked }: Props) {
  const text = strings.features;
  const [name, setName] = useState('');
  const features = Object.entries(one.features ?? {});
  if (features.length === 0 && locked) return null;
  const add = (form: HTMLFormElement) => {
    const value = readFeature(new FormData(form).get('value') as string, null);
    if (!name.trim() || value === null) return;
    set(id, name.trim(), value);
    setName('');
    form.reset();
    form.querySelector('input')?.focus();
  };
  return (
    <section class="features" aria-label={text.title} data-tip={locked ?? undefined}>
      <h3 class="section-title">{text.title}</h3>
      {features.map(([feature, value]) => (
        <div key={feature} class="feature">
          <span class="feature-name">{feature}</span>
          <Cell id={id} name={feature} value={value} locked={locked} />
          {!locked && (
            <button
              type="button"
              class="icon-button icon-small"
              aria-label={text.remove(feature)}
              data-tip={text.remove(feature)}
              onClick={() => set(id, feature, null)}
            >
              <Icons.Close size={12} />
            </button>
          )}
        </div>
      ))}
      {!locked && (
        <form
          class="feature feature-new"
          onSubmit={(event) => {
            event.preventDefault();
            add(event.currentTarget);
          }}
        >
          <input
            type="text"
            class="feature-name"
            placeholder={text.name}
            aria-label={text.name}
            maxLength={64}
            value={name}
            data-testid="feature-new-name"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <input
            type="text"
            name="value"
            class="feature-value"
            placeholder={text.value}
            aria-label={text.value}
            data-testid="feature-new-value"
          />
          <button type="submit" class="icon-button icon-small" aria-label={text.add}>
            <Icons.Plus size={12} />
          </button>
        </form>
      )}
    </section>
  );
}
