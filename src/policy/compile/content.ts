/** What a policy's verdicts depend on, as one hash: equal on every replica, and untouched by changes of other policies. */
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { TrustReader } from '../../domain/ports.ts';
import { compareText } from '../read/problems.ts';
import type { PolicyDocument } from '../read/documents.ts';
import type { Steps } from '../steps.ts';
import { eachStep, sortedSteps } from '../steps.ts';
import type { DraftPolicy } from './policy.ts';

/** A document without what has no meaning (labels, status), and the hash of that. */
export interface HashedDocument {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly hash: string;
}

/** All documents hashed, one a step, in an order of their own, so that equal sets are equal lists. */
export function* hashDocuments(documents: readonly PolicyDocument[], trust: TrustReader): Steps<readonly HashedDocument[]> {
  const named = documents
    .map(({ value }) => value as { kind: string; metadata: { name: string; namespace?: string }; spec: unknown })
    .map(({ kind, metadata, spec }) => ({ kind, namespace: metadata.namespace ?? '', name: metadata.name, spec }));
  yield;
  const sorted = yield* sortedSteps(
    named, (a, b) => compareText(a.kind, b.kind) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
  );
  return yield* eachStep(sorted, (document) => {
    const { kind, namespace, name } = document;
    return { kind, namespace, name, hash: trust.hash(document) };
  });
}

/**
 * The drafts as policies, each with the hash of its content: its own document, those of the signers that it names, all lists of
 * revocations, which bind every signer, and the trust material, which changes also where a trust root is published anew.
 */
export function* withContent(
  drafts: readonly DraftPolicy[], documents: readonly HashedDocument[], trust: TrustReader,
): Steps<readonly CompiledPolicy[]> {
  const hashes = new Map(documents.map(({ kind, namespace, name, hash }) => [`${kind} ${namespace} ${name}`, hash]));
  const lists = documents.filter(({ kind }) => kind === 'RevocationList').map(({ hash }) => hash);
  return yield* eachStep(drafts, ({ policy, signers }) => {
    const own = hashes.get(`${policy.kind} ${policy.namespace ?? ''} ${policy.name}`);
    const named = signers.map((name) => hashes.get(`Signer  ${name}`));
    return { ...policy, content: trust.hash({ own, named, lists, material: policy.trust.id }) };
  });
}
