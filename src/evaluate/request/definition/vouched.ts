/** A definition is vouched for as any artifact is: by enough signers who may, whose word stands. */
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { DefinitionAnswer } from '../../../domain/build/facts.ts';
import type { DefinitionKind } from '../../../domain/build/definition.ts';
import type { DefinitionsRequirement } from '../../../domain/policy/request-policy.ts';
import { judgeSignature } from '../../signature.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

export type SignedBy = NonNullable<DefinitionsRequirement['signedBy']>;
export type FoundDefinition = Extract<DefinitionAnswer, { readonly found: true }>;

/**
 * The name by which `mayCertify: {definition: …}` and messages know a definition: its kind and its verified name, `task/scan`,
 * `pipeline/release`, `stepAction/fetch`, `template/ci`, `strategy/buildah`. The namespace is no part of it, nor where it was had from.
 */
export function definitionName(kind: DefinitionKind, name: string): string {
  return `${kind}/${name}`;
}

/**
 * What is wrong with the signatures of a definition, `undefined` when enough signers vouch for it: threshold, age, revocation and
 * `mayCertify` count as for every artifact. Its digest may be revoked as that of an image may.
 */
export function judgeVouchedDefinition(
  { definition, digest, proofs, problems }: FoundDefinition, signedBy: SignedBy, { policy, now }: Pick<RequestQuestion, 'policy' | 'now'>,
): RequestOutcome | undefined {
  const name = definitionName(definition.kind, definition.name);
  const artifact: Artifact = {
    kind: 'definition', usage: 'definition', path: '', raw: definition.source, name, digest, resolvedFromTag: false,
  };
  const { maxAge, ...rest } = signedBy;
  const requirement = {
    kind: 'signature', name: 'definitions', bindRepository: false, ...rest, ...(maxAge === undefined ? {} : { maxAge }),
  } as const;
  const question = { artifact, policy: { name: policy.name, mode: policy.mode }, now, covered: digest, proofs, problems };
  const { code, expected, found, cause, fix, evidence } = judgeSignature(requirement, question);
  if (code === 'POLICY_SATISFIED') return undefined;
  return {
    code: code === 'FETCH_NONE_FOUND' ? 'POLICY_DEFINITION_UNSIGNED' : code,
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    // A remedy for artifacts that carry no evidence is none for definitions.
    ...(fix === undefined || code === 'FETCH_NONE_FOUND' ? {} : { fix }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(cause === undefined ? {} : { cause }),
  };
}
