/** Small checkers: they turn unknown JSON into typed values, or throw {@link Malformed}. */

/** What came over the wire is not what the protocol says. */
export class Malformed extends Error {}

export type Check<T> = (value: unknown, path: string) => T;

function fail(path: string, expected: string): never {
  throw new Malformed(`${path || 'message'} is not ${expected}`);
}

export const number: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail(path, 'a finite number');

function whole(least: number, most: number, name: string): Check<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : fail(path, name);
}

/** Whole numbers up to 2^53 - 1: both ends hold them exactly. */
export const natural = whole(0, Number.MAX_SAFE_INTEGER, 'a whole number');
export const u32 = whole(0, 0xffff_ffff, 'a whole number of 32 bits');
/** Counters of intents begin at 1. */
export const counter = whole(1, Number.MAX_SAFE_INTEGER, 'a whole number from 1');

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'a text');

export const bool: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false');

export function oneOf<const T extends string>(...values: readonly T[]): Check<T> {
  return (value, path) =>
    values.includes(value as T) ? (value as T) : fail(path, `one of ${values.join(', ')}`);
}

export function list<T>(item: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((entry, index) => item(entry, `${path}[${index}]`))
      : fail(path, 'a list');
}

export const pair: Check<[number, number]> = (value, path) =>
  Array.isArray(value) && value.length === 2
    ? [number(value[0], `${path}[0]`), number(value[1], `${path}[1]`)]
    : fail(path, 'a pair of numbers');

export const triple: Check<[number, number, number]> = (value, path) =>
  Array.isArray(value) && value.length === 3
    ? [
        number(value[0], `${path}[0]`),
        number(value[1], `${path}[1]`),
        number(value[2], `${path}[2]`),
      ]
    : fail(path, 'three numbers');

/** What is absent becomes `fallback`: fields that older writers do not know. */
export function or<T>(inner: Check<T>, fallback: T): Check<T> {
  return (value, path) => (value === undefined ? fallback : inner(value, path));
}

/** `null` or absent becomes `null`. */
export function nullable<T>(inner: Check<T>): Check<T | null> {
  return (value, path) => (value === null || value === undefined ? null : inner(value, path));
}

export type Fields = Record<string, unknown>;

export const fields: Check<Fields> = (value, path) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : fail(path, 'an object');

/** Fields that must be there, and fields that may be absent (or `null`), which then stay absent. */
export function partly<T extends object, O extends object>(
  shape: { [K in keyof T]: Check<T[K]> },
  optional: { [K in keyof O]-?: Check<NonNullable<O[K]>> },
): Check<T & O> {
  const whole = record<T>(shape);
  return (value, path) => {
    const from = fields(value, path);
    const result = whole(from, path) as T & O;
    for (const name in optional) {
      const given = from[name];
      if (given !== undefined && given !== null)
        (result as O)[name] = optional[name](given, `${path}.${name}`);
    }
    return result;
  };
}

/** Values under names that are not known before. */
export function dictionary<T>(item: Check<T>): Check<Record<string, T>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(fields(value, path)).map(([name, inner]) => [
        name,
        item(inner, `${path}.${name}`),
      ]),
    );
}

export function record<T extends object>(shape: { [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value, path) => {
    const from = fields(value, path);
    const result = {} as T;
    for (const name in shape) result[name] = shape[name](from[name], `${path}.${name}`);
    return result;
  };
}
