/** JSON text as the server's own serialiser writes it: floating point numbers always show that they are. */

export class Float {
  constructor(readonly value: number) {}
}

export type Tree =
  string | number | boolean | null | Float | readonly Tree[] | { [name: string]: Tree };

export const float = (value: number) => new Float(value);
export const floats = (values: readonly number[]): Tree => values.map(float);

function writeFloat(value: number): string {
  const text = String(value);
  if (/[.e]/.test(text)) return text.replace('e+', 'e');
  // The server writes whole numbers from 1e16 on with an exponent.
  return Math.abs(value) < 1e16
    ? `${Object.is(value, -0) ? '-0' : text}.0`
    : value.toExponential().replace('e+', 'e');
}

export function write(tree: Tree): string {
  if (tree instanceof Float) return writeFloat(tree.value);
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`;
  if (typeof tree === 'object' && tree !== null) {
    const entries = Object.entries(tree as { [name: string]: Tree });
    return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
  }
  return JSON.stringify(tree);
}
