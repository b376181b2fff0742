/** From files to one policy set: the order in which trust roots, revocations, signers and policies are compiled. */
import type { PolicyProblem, PolicySet } from '../../domain/policy/policy.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { catalogueSteps } from '../read/catalogue.ts';
import { compilePolicySteps } from './policy.ts';
import { compileRevocationLists } from './revocations.ts';
import { compileSignerSteps } from './signer.ts';
import { compilePipelineSteps } from '../pipeline/compile.ts';
import { compileTrustRoots } from '../trust-root/compile.ts';
import type { PolicyDocument, PolicyText } from '../read/documents.ts';
import { readDocumentSteps } from '../read/documents.ts';
import { lintPolicySteps } from '../lint/index.ts';
import { makePolicySetSteps } from './policy-set.ts';
import type { Steps } from '../steps.ts';
import { eachStep, finished } from '../steps.ts';
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
  return finished(compilePolicySetSteps(files, tools));
}

/** As {@link compilePolicies}, in small steps: for a server that has to answer meanwhile. */
export function* compilePolicySetSteps(
  files: readonly PolicyText[],
  { trust }: { readonly trust: TrustReader },
): Steps<CompiledPolicies> {
  const problems: PolicyProblem[] = [];
  const documents: PolicyDocument[] = [];
  for (const file of files) {
    const read = yield* readDocumentSteps(file);
    for (const problem of read.problems) problems.push(problem);
    for (const document of read.documents) documents.push(document);
  }
  const entries = yield* catalogueSteps(documents, problems);
  const roots = compileTrustRoots(entries, trust);
  yield;
  const declaredRoots = entries.declared.get('TrustRoot') ?? new Set<string>();
  const listed = compileRevocationLists(entries, new Set([...roots.keys(), ...declaredRoots]));
  yield;
  const lists = listed.length === 0 ? undefined : makeRevocationBook(listed);
  const signers = yield* compileSignerSteps(entries, { trust, roots, declaredRoots, lists });
  const declaredSigners = entries.declared.get('Signer') ?? new Set<string>();
  const drafts = yield* compilePolicySteps(entries, { trust, signers, declaredSigners, lists });
  const pipelines = yield* compilePipelineSteps(entries.pipelinePolicies, { trust, signers, declaredSigners, lists });
  yield* lintPolicySteps({ signers: entries.signers, lists: entries.revocationLists, listed, compiled: signers, drafts, pipelines });
  const sorted = sortProblems(problems);
  yield;
  if (sorted.some((problem) => problem.severity === 'error')) return { problems: sorted };
  const generation = yield* generationSteps(documents, [...drafts, ...pipelines].map(({ policy }) => policy.trust.id), trust);
  const set = yield* makePolicySetSteps(drafts, pipelines, generation);
  return { set: { ...set, inventory: takeInventory(signers, listed, trust) }, problems: sorted };
}

/** A hash over the content of all documents and the trust that they take: equal files have an equal generation. */
function* generationSteps(documents: readonly PolicyDocument[], materials: readonly string[], trust: TrustReader): Steps<string> {
  const hashes = yield* eachStep(canonicalDocuments(documents), (document) => trust.hash(document));
  return trust.hash({ documents: hashes, materials: materials.toSorted(compareText) });
}

/** The documents without what has no meaning (labels, status, order), so that equal sets have equal generations. */
function canonicalDocuments(documents: readonly PolicyDocument[]): readonly unknown[] {
  return documents
    .map(({ value }) => value as { kind: string; metadata: { name: string; namespace?: string }; spec: unknown })
    .map(({ kind, metadata, spec }) => ({ kind, namespace: metadata.namespace ?? '', name: metadata.name, spec }))
    .toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}
