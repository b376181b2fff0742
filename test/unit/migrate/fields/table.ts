/** Every field of the schemas that are imported, each added alone to a document that is whole without it. */
import { makeNotary } from '../../../world/notation.ts';

/** `effect`: what is written or told differs with it. `none`: it says nothing about whose signatures are demanded, which docs/reference/import.md lists. */
export interface FieldRow {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly effect: 'some' | 'none';
}

export interface SchemaRows {
  readonly schema: string;
  readonly base: Readonly<Record<string, unknown>>;
  readonly rows: readonly FieldRow[];
}

/** A key of ECDSA P-256, from the examples of policy-controller. */
export const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaEOVJCFtduYr3xqTxeRWSW32CY/s\nTBNZj4oIUPl8JvhVPJ1TKDPlNcuT4YphSt6t3yOmMvkdQbCj8broX6vijw==\n-----END PUBLIC KEY-----\n';

/** Roots of signers with Notation. */
export const [ROOT, OTHER_ROOT] = [makeNotary({ now: Date.UTC(2026, 5, 1) }).root.pem, makeNotary({ now: Date.UTC(2026, 5, 1) }).root.pem];

/** Parses `a.b[0].c` with a value. */
export function some(path: string, value: unknown): FieldRow {
  return { path: pathOf(path), value, effect: 'some' };
}

/** The same for a field without effect. */
export function none(path: string, value: unknown): FieldRow {
  return { path: pathOf(path), value, effect: 'none' };
}

function pathOf(path: string): readonly (string | number)[] {
  return (path.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The document with one value more. */
export function withField(base: Readonly<Record<string, unknown>>, { path, value }: Pick<FieldRow, 'path' | 'value'>): string {
  const copy = structuredClone(base) as Record<string | number, unknown>;
  let at = copy;
  for (const [index, part] of path.entries()) {
    if (index === path.length - 1) at[part] = value;
    else at = (at[part] ??= {}) as Record<string | number, unknown>;
  }
  return JSON.stringify(copy, null, 1);
}
