/** An import by the front door of its room, and what it wrote compiled by the policy compiler. */
import { importPolicies } from '../../../src/migrate/index.ts';
import type { Imported, Remark } from '../../../src/migrate/index.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { createTrustReader } from '../../../src/trust/index.ts';
import { makeNotary } from '../../world/notation.ts';

const pem = makeNotary({ now: Date.UTC(2026, 5, 1) }).root.pem;
/** Trust stores of Notation that lie beside what is imported. */
const STORES: ReadonlyMap<string, string> = new Map([['ca:acme', pem], ['tsa:acme', pem]]);

/** All documents of an import as one file. */
export function joined({ documents }: Imported): string {
  return documents.map(({ text }) => text).join('---\n');
}

/** Imports one text. */
export function imported(text: string, path = 'source.yaml', stores: ReadonlyMap<string, string> = STORES): Imported {
  return importPolicies([{ path, text }], stores);
}

/** Remarks of these levels, as `line path`. */
export function places({ remarks }: Imported, ...levels: readonly Remark['level'][]): readonly string[] {
  return remarks.filter(({ level }) => levels.includes(level)).map(({ line, path }) => `${line} ${path}`);
}

/** Errors that the compiler finds in what was written; none where nothing was. */
export function compileErrors(result: Imported): readonly string[] {
  if (result.documents.length === 0) return [];
  const { problems, set } = compilePolicies([{ path: 'imported.yaml', text: joined(result) }], { trust: createTrustReader() });
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ line, path, message }) => `${line} ${path} ${message}`);
  const hasPolicies = result.documents.some(({ kind }) => kind.endsWith('Policy'));
  return hasPolicies && set === undefined && errors.length === 0 ? ['no set'] : errors;
}
