/** From files to one policy set: the order in which trust roots, revocations, signers and policies are compiled. */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { catalogue } from '../read/catalogue.ts';
import { compilePolicyDocuments } from './policy.ts';
import { compileRevocationLists } from './revocations.ts';
import { compileSigners } from './signer.ts';
import { compileTrustRoots } from '../trust-root/compile.ts';
import type { PolicyDocument, PolicyText } from '../read/documents.ts';
import { readDocuments } from '../read/documents.ts';
import { lintPolicies } from '../lint/index.ts';
import { makePolicySet } from './policy-set.ts';
import { compareText, sortProblems } from '../read/problems.ts';
import { makeRevocationBook } from './revocation-book.ts';
import { takeInventory } from '../expiries.ts';

/** What compiling brought. `set` is present exactly when no problem is an error. */
export interface CompiledPolicies {
  readonly set?: PolicySet;
  /** All of them, in the order of files, lines and columns. */
  readonly problems: readonly PolicyProblem[];
}

/**
 * Compiles policy files into one consistent set: reads the documents, checks each against its kind, looks up every
 * name, and gives advice (DESIGN §3, §8). All problems are found in one run. Never throws for what the files contain.
 *
 * Checked: that the set means what is written and nothing written is ignored; that keys and trust roots are well
 * formed, by `tools.trust`. Not checked: whether the keys and identities are the right ones.
 */
export function compilePolicies(files: readonly PolicyText[], tools: { readonly trust: TrustReader }): CompiledPolicies {
  const { trust } = tools;
  const reads = files.map(readDocuments);
  const problems: PolicyProblem[] = reads.flatMap((read) => read.problems);
  const documents = reads.flatMap((read) => read.documents);
  const entries = catalogue(documents, problems);
  const roots = compileTrustRoots(entries, trust);
  const declaredRoots = entries.declared.get('TrustRoot') ?? new Set<string>();
  const listed = compileRevocationLists(entries, new Set([...roots.keys(), ...declaredRoots]));
  const lists = listed.length === 0 ? undefined : makeRevocationBook(listed);
  const signers = compileSigners(entries, { trust, roots, declaredRoots, lists });
  const declaredSigners = entries.declared.get('Signer') ?? new Set<string>();
  const drafts = compilePolicyDocuments(entries, { trust, signers, declaredSigners, lists });
  lintPolicies({ signers: entries.signers, lists: entries.revocationLists, listed, compiled: signers, drafts });
  const sorted = sortProblems(problems);
  if (sorted.some((problem) => problem.severity === 'error')) return { problems: sorted };
  const materials = drafts.map((draft) => draft.policy.trust.id).toSorted(compareText);
  const set = makePolicySet(drafts, trust.hash({ documents: canonicalDocuments(documents), materials }));
  return { set: { ...set, inventory: takeInventory(signers, listed, trust) }, problems: sorted };
}

/** The documents without what has no meaning (labels, status, order), so that equal sets have equal generations. */
function canonicalDocuments(documents: readonly PolicyDocument[]): readonly unknown[] {
  return documents
    .map(({ value }) => value as { kind: string; metadata: { name: string; namespace?: string }; spec: unknown })
    .map(({ kind, metadata, spec }) => ({ kind, namespace: metadata.namespace ?? '', name: metadata.name, spec }))
    .toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}
