/** What every control says about its value: not confirmed, late, refused, moved by somebody. */

import { flashes, refusals, wishes, type Flash } from '../../app/store';
import { strings } from '../../strings';
import { Clock, Warn } from '../icons';

export interface Mark {
  pending: boolean;
  late: boolean;
  refusal: string | null;
  flash: Flash | null;
}

/** The state of the control under this key; several keys where one control stands for them. */
export function markOf(name: string): Mark {
  const wish = wishes.value.get(name);
  return {
    pending: wish !== undefined,
    late: wish?.late ?? false,
    refusal: refusals.value.get(name) ?? null,
    flash: flashes.value.get(name) ?? null,
  };
}

/** Class names and the colour for the element of a control. */
export function markProps(mark: Mark): { class: string; style: Record<string, string> } {
  const names = ['control'];
  if (mark.pending) names.push('is-pending');
  if (mark.late) names.push('is-late');
  if (mark.flash) names.push('is-flashing');
  if (mark.refusal) names.push('is-refused');
  return {
    class: names.join(' '),
    style: mark.flash ? { '--flash': mark.flash.color } : {},
  };
}

/** The quiet dot beside a label: hollow while pending, amber clock when late. */
export function MarkDot({ mark }: { mark: Mark }) {
  if (mark.late)
    return (
      <span class="mark mark-late" data-tip={strings.marks.late}>
        <Clock size={12} />
        <span class="sr-only">{strings.marks.late}</span>
      </span>
    );
  if (mark.pending) return <span class="mark mark-pending" data-tip={strings.marks.pending} />;
  if (mark.flash)
    return (
      <span class="mark mark-flash" style={{ color: mark.flash.color }}>
        {mark.flash.name}
      </span>
    );
  return null;
}

/** The reason of a refusal, beside the control. */
export function Refusal({ mark }: { mark: Mark }) {
  return mark.refusal ? (
    <p class="refusal" role="alert">
      <Warn size={13} />
      {mark.refusal}
    </p>
  ) : null;
}
