/** Signers without policies that rely on them: those whom the configuration lets sign policies. */
import type { TrustMaterial } from '../domain/evidence.ts';
import type { PolicyProblem } from '../domain/policy/policy.ts';
import type { Signer } from '../domain/policy/requirement.ts';
import type { TrustReader } from '../domain/ports.ts';
import { catalogueSteps, KINDS } from './read/catalogue.ts';
import type { Kind } from './read/catalogue.ts';
import type { PolicyDocument, PolicyText } from './read/documents.ts';
import { readDocumentSteps } from './read/documents.ts';
import { formatProblem, sortProblems } from './read/problems.ts';
import { Reporter } from './read/reporter.ts';
import { finished } from './steps.ts';
import { compileTrustRoots } from './trust-root/compile.ts';
import { materialOf } from './compile/material.ts';
import { makeRevocationBook } from './compile/revocation-book.ts';
import { compileRevocationLists } from './compile/revocations.ts';
import { compileSignerSteps } from './compile/signer/index.ts';

/** Signers, and with what they can be proven. */
export interface SignersAlone {
  readonly signers: readonly Signer[];
  readonly trust: TrustMaterial;
}

const WANTED: ReadonlySet<Kind> = new Set(['Signer', 'TrustRoot', 'RevocationList']);

/**
 * Compiles files with documents of kind Signer, and TrustRoots and RevocationLists for them. Throws with every problem, one a line, for
 * anything else, and where there is no signer.
 */
export function compileSignersAlone(files: readonly PolicyText[], trust: TrustReader): SignersAlone {
  const problems: PolicyProblem[] = [];
  const documents: PolicyDocument[] = [];
  for (const file of files) {
    const read = finished(readDocumentSteps(file));
    problems.push(...read.problems);
    documents.push(...read.documents);
  }
  for (const document of documents) {
    const kind = KINDS.find((one) => one === (document.value as { readonly kind?: unknown } | null)?.kind);
    if (kind !== undefined && !WANTED.has(kind))
      new Reporter(document, problems).error(['kind'], `expected ${[...WANTED].join(', ')} among those who sign, found ${kind}`);
  }
  const entries = finished(catalogueSteps(documents, problems));
  const roots = compileTrustRoots(entries, trust);
  const declaredRoots = entries.declared.get('TrustRoot') ?? new Set<string>();
  const listed = compileRevocationLists(entries, new Set([...roots.keys(), ...declaredRoots]));
  const lists = listed.length === 0 ? undefined : makeRevocationBook(listed);
  const signers = finished(compileSignerSteps(entries, { trust, roots, declaredRoots, lists }));
  const errors = sortProblems(problems).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(formatProblem).join('\n'));
  if (signers.size === 0) throw new Error(`expected a Signer in ${files.map(({ path }) => path).join(', ') || 'the files that are named'}, found none`);
  return { signers: [...signers.values()].map(({ signer }) => signer), trust: materialOf(signers, trust, new Map()) };
}
