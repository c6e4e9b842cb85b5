/** Numbers and units for people. */

import type { DimsAxis } from '../core/scene';

const SYMBOLS: Readonly<Record<string, string>> = {
  micrometer: 'µm',
  micron: 'µm',
  nanometer: 'nm',
  millimeter: 'mm',
  centimeter: 'cm',
  meter: 'm',
  angstrom: 'Å',
  pixel: 'px',
  second: 's',
  millisecond: 'ms',
  microsecond: 'µs',
  minute: 'min',
  hour: 'h',
  day: 'd',
};

/** The symbol of a UDUNITS-2 name; a name without one stands for itself. */
export const unitSymbol = (unit: string | null): string => (unit ? (SYMBOLS[unit] ?? unit) : '');

/** Decimals that tell two values apart that differ by `step`. */
export function decimalsFor(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 0;
  const text = Number(step.toPrecision(3)).toString();
  if (text.includes('e-')) return Math.min(12, Number(text.split('e-')[1]) + 2);
  return Math.min(12, text.split('.')[1]?.length ?? 0);
}

const round = (value: number, decimals: number) =>
  (Object.is(value, -0) ? 0 : value).toFixed(decimals);

/** A world coordinate on an axis with its unit; empty for an axis that only counts samples. */
export function axisValue(axis: DimsAxis, world: number, position: number): string {
  const label = axis.labels[position];
  if (label !== undefined) return label;
  if (axis.unit === null && axis.step === 1 && axis.start === 0) return '';
  const unit = unitSymbol(axis.unit);
  return `${round(world, decimalsFor(axis.step))}${unit ? ` ${unit}` : ''}`;
}

/** A coordinate under the pointer, as fine as one screen pixel. */
export function coordinate(axis: DimsAxis, world: number, perPixel: number): string {
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(perPixel))));
  const unit = unitSymbol(axis.unit);
  return `${round(world, decimals)}${unit ? ` ${unit}` : ''}`;
}

/** A sample: whole numbers whole, others with enough digits. */
export function sample(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** A measured value with its unit, to four digits. */
export function quantity(value: number, unit: string): string {
  const text = value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
  return unit ? `${text} ${unit}` : text;
}

const MINUTE = 60_000;

/** How long ago, in words; days back as a date. */
export function since(then: number, now: number): string {
  const minutes = Math.floor((now - then) / MINUTE);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  return new Date(then).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

export function milliseconds(value: number | null): string {
  if (value === null) return '–';
  if (value === 0) return '0 ms';
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function bitrate(bits: number): string {
  if (bits <= 0) return '0 kbit/s';
  return bits < 1e6 ? `${Math.round(bits / 1e3)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`;
}

/** Picture formats by their names on the wire. */
export const CODECS: Readonly<Record<string, string>> = {
  h264: 'H.264',
  jpeg: 'JPEG',
  png: 'PNG',
};

/** Two letters for somebody's picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? '?')];
  const last = words.length > 1 ? [...words[words.length - 1]!] : [];
  return ((first[0] ?? '?') + (last[0] ?? first[1] ?? '')).toUpperCase();
}
