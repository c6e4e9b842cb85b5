/** Colours of labels, as the renderer gives them: hues a golden ratio apart, the same for ever. */

const COUNT = 4096;

/** Red, green and blue of a label, 0 to 255; `null` for 0, the background. */
export function labelColor(label: number): readonly [number, number, number] | null {
  if (label === 0) return null;
  // Fibonacci hashing: the leading bits of number / golden ratio.
  const at = Math.imul(label, 0x9e3779b9) >>> 20;
  const pick = (count: number) => (at % count) / (count - 1);
  const saturation = 0.55 + 0.4 * pick(5);
  const value = 0.7 + 0.3 * pick(7);
  const channel = (shift: number) => {
    const place = (shift + (at / COUNT) * 6) % 6;
    const part = Math.min(Math.max(Math.min(place, 4 - place), 0), 1);
    return Math.round((value - value * saturation * part) * 255);
  };
  return [channel(5), channel(3), channel(1)];
}

export function labelCss(label: number): string {
  const color = labelColor(label);
  return color ? `rgb(${color.join(' ')})` : 'transparent';
}
