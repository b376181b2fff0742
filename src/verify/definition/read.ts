/** A definition under verification: bound to what is to be admitted before anything is done about its signature. */
import { hash } from 'node:crypto';
import type { UnverifiedEvidence, VerificationJob } from '../../domain/evidence.ts';
import { field, isObject } from '../../text/json/fields.ts';
import { readJson } from '../json.ts';
import { Refusal, refuse } from '../problem.ts';
import { canonicalMeaning } from './canonical.ts';
import { authorMetadata } from './metadata.ts';
import { isTektonDefinition, meaningOf } from './tekton-forms.ts';
import { asV1beta1 } from './versions.ts';

/** Bytes of a definition; etcd takes no object of more than half as much again. */
export const MOST_DEFINITION_BYTES = 1024 * 1024;

/**
 * Reads the definition that a signature is over. What is to be admitted must be the artifact of the job, and where that is not the
 * author's own text it must say the same: equal but for defaults and what clusters add, and of a resolved definition but for
 * its name and namespace, which its engine invents. Throws a {@link Refusal}.
 */
export function readDefinition({ definition }: UnverifiedEvidence, { artifact }: Pick<VerificationJob, 'artifact'>): unknown {
  if (definition === undefined) throw new Refusal('signature comes without its definition');
  const { text, admitted = text, renamed = false } = definition;
  const bytes = Math.max(text.length, admitted.length);
  if (bytes > MOST_DEFINITION_BYTES) {
    refuse('VERIFY_LIMIT', { found: `a definition of ${bytes} bytes`, expected: `at most ${MOST_DEFINITION_BYTES}` });
  }
  const digest = `sha256:${hash('sha256', admitted)}`;
  if (digest !== artifact.digest) refuse('VERIFY_SUBJECT_MISMATCH', { found: digest, expected: artifact.digest });
  const object = readJson(text);
  if (admitted !== text) requireSameMeaning(object, readJson(admitted), renamed);
  return object;
}

function requireSameMeaning(author: unknown, admitted: unknown, renamed: boolean): void {
  if (!renamed && !namespaceAgrees(author, admitted)) different('another namespace');
  if (meaning(author, !renamed) !== meaning(admitted, !renamed)) different('an object that says something else');
}

function different(found: string): never {
  refuse('POLICY_DEFINITION_CHANGED', { found, expected: 'what its author wrote, with the defaults of its engine' });
}

/** An author who names no namespace leaves it to whoever applies it. */
function namespaceAgrees(author: unknown, admitted: unknown): boolean {
  const named = isObject(author) ? authorMetadata(author, new Set()).namespace : undefined;
  return named === undefined || (isObject(admitted) && authorMetadata(admitted, new Set()).namespace === named);
}

function meaning(object: unknown, name: boolean): string {
  return isTektonDefinition(object) ? meaningOf(inOlderWords(object), { name }) : canonicalMeaning(object, { name });
}

/** An author may have written v1beta1 where v1 is admitted: both are compared in the older words, where these suffice. */
function inOlderWords(object: unknown): unknown {
  if (!isObject(object) || field(object, 'apiVersion') !== 'tekton.dev/v1') return object;
  const older = { ...object, apiVersion: 'tekton.dev/v1beta1', spec: asV1beta1(field(object, 'spec')) };
  try {
    meaningOf(older, { name: false });
    return older;
  } catch (error) {
    if (error instanceof Refusal) return object;
    throw error;
  }
}
