/** One tooltip for the page: shows `data-tip` of what is pointed at or focused. */

import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

const DELAY_MS = 350;
const EDGE = 8;

const shown = signal<{ text: string; box: DOMRect } | null>(null);

export function Tooltip() {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let timer = 0;
    const over = (event: Event) => {
      clearTimeout(timer);
      const target = (event.target as Element | null)?.closest?.('[data-tip]');
      if (!target) return void (shown.value = null);
      const show = () => {
        const text = target.getAttribute('data-tip');
        shown.value = text ? { text, box: target.getBoundingClientRect() } : null;
      };
      if (event.type === 'focusin' && !target.matches(':focus-visible')) return;
      timer = window.setTimeout(show, event.type === 'focusin' ? 0 : DELAY_MS);
    };
    const hide = () => {
      clearTimeout(timer);
      shown.value = null;
    };
    const moved = (event: PointerEvent) => event.pointerType === 'mouse' && over(event);
    addEventListener('pointerover', moved);
    addEventListener('focusin', over);
    addEventListener('focusout', hide);
    addEventListener('pointerdown', hide, true);
    addEventListener('keydown', hide, true);
    return () => {
      removeEventListener('pointerover', moved);
      removeEventListener('focusin', over);
      removeEventListener('focusout', hide);
      removeEventListener('pointerdown', hide, true);
      removeEventListener('keydown', hide, true);
    };
  }, []);
  const tip = shown.value;
  useLayoutEffect(() => {
    const node = element.current;
    if (!node || !tip) return;
    const { width, height } = node.getBoundingClientRect();
    const middle = tip.box.left + tip.box.width / 2 - width / 2;
    const left = Math.min(Math.max(middle, EDGE), innerWidth - width - EDGE);
    const above = tip.box.top - height - EDGE;
    node.style.left = `${left}px`;
    node.style.top = `${above >= EDGE ? above : tip.box.bottom + EDGE}px`;
  }, [tip]);
  return tip ? (
    <div class="tooltip" role="tooltip" ref={element}>
      {tip.text}
    </div>
  ) : null;
}
