/** Advice is given last, about everything that compiled, and never stops a set from being used. */
import type { CompiledSigner } from '../compile/signer/compiled-signer.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { DraftRequestPolicy } from '../pipeline/compile.ts';
import { lintPipeline } from '../pipeline/lint.ts';
import type { Steps } from '../steps.ts';
import type { Entry } from '../read/catalogue.ts';
import { lintEngineImageSteps } from './engine-images.ts';
import { lintOverlapSteps } from './overlap.ts';
import { lintPolicy } from './policy.ts';
import { lintSelector } from './reach.ts';
import { lintNotaries } from './identity/notary.ts';
import type { NotaryLook } from './identity/notary.ts';
import { lintSigner } from './identity/signer.ts';
import { layoutOwners, lintDependencySteps, lintHolders, lintPolicyPairSteps, lintRevocations } from './set.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { RevocationListDocument } from '../schema/revocation.ts';
import type { ExceptionDocument } from '../schema/exception.ts';
import type { SignerDocument } from '../schema/signer.ts';
import type { PolicyDocument } from '../read/documents.ts';
import type { TrustInventory } from '../../domain/policy/expiry.ts';
import type { TrustRootDocument } from '../trust-root/schema.ts';
import { lintExceptionEnds, lintRootEnds, lintSignerEnds } from './time.ts';
import { lintUnasked } from './roots/unasked.ts';
import { lintUnused } from './unused.ts';

/** Everything that advice is given about. */
export interface Linted {
  readonly signers: readonly Entry<SignerDocument>[];
  readonly lists: readonly Entry<RevocationListDocument>[];
  /** The revocations of all lists. */
  readonly listed: readonly Revocation[];
  readonly compiled: ReadonlyMap<string, CompiledSigner>;
  readonly drafts: readonly DraftPolicy[];
  /** Policies about pipelines. */
  readonly pipelines: readonly DraftRequestPolicy[];
  readonly roots: readonly Entry<TrustRootDocument>[];
  readonly inventory: TrustInventory;
  readonly trust: NotaryLook['trust'];
  /** For whoever lints, and not only loads a set. */
  readonly close?: CloseLook | undefined;
}

/** What only people at their policies want to know: what ends soon, who is relied on by nobody, and notes. */
export interface CloseLook {
  /** Epoch milliseconds. */
  readonly now: number;
  /** All documents, the broken ones too; absent when some could not be read at all. */
  readonly documents?: readonly Pick<PolicyDocument, 'value'>[] | undefined;
  readonly exceptions: readonly Entry<ExceptionDocument>[];
}

/** Reports as warnings what compiles, but trusts more, or demands less or more, than its author is likely to mean; one a step. */
export function* lintPolicySteps(all: Linted): Steps<void> {
  const { signers, lists, listed, compiled, drafts, pipelines, close } = all;
  const owners = layoutOwners(drafts);
  for (const { name, value, report } of signers) {
    const signer = compiled.get(name);
    yield;
    if (signer === undefined) continue;
    lintSigner(signer.signer, report);
    if (signer.revocations.length !== (value.spec.revocations ?? []).length) continue;
    const own = owners.has(name) ? undefined : signer.signer;
    lintRevocations({ revocations: signer.revocations, signers: [signer.signer], own }, report);
  }
  lintNotaries(all);
  yield;
  const everybody = [...compiled.values()].map(({ signer }) => signer);
  for (const { name, value, report } of lists) {
    const own = listed.filter((entry) => entry.declaredBy === `RevocationList ${name}`);
    // Entries that were reported are left out of the compiled ones, and advice would stand at the wrong place.
    if (own.length === value.spec.revocations.length) lintRevocations({ revocations: own, signers: everybody }, report);
    yield;
  }
  for (const draft of drafts) {
    lintPolicy(draft, close?.now);
    yield;
  }
  for (const draft of pipelines) {
    lintPipeline(draft);
    lintSelector(draft.spec.namespaces?.clauses ?? [], ['spec', 'namespaces'], draft.report);
    yield;
  }
  yield* lintEngineImageSteps(drafts);
  yield* lintPolicyPairSteps(drafts);
  yield* lintDependencySteps(drafts);
  if (close !== undefined) yield* lintCloselySteps(all, close);
}

function* lintCloselySteps(
  { signers, compiled, drafts, listed, lists, roots, inventory }: Linted, { now, documents, exceptions }: CloseLook,
): Steps<void> {
  for (const { name, report } of signers) {
    const signer = compiled.get(name);
    if (signer !== undefined) lintSignerEnds(signer.signer, now, report);
    yield;
  }
  lintRootEnds(roots, inventory, now);
  lintUnasked(roots, compiled);
  lintExceptionEnds(exceptions, now);
  if (documents !== undefined) lintUnused(signers, documents);
  lintHolders(lists, listed, { compiled, drafts });
  yield* lintOverlapSteps(drafts);
}
