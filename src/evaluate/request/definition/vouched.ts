/** A definition is vouched for as any artifact is: by enough signers who may, whose word stands. */
import type { Artifact } from '../../../domain/artifact/artifact.ts';
import type { DefinitionAnswer } from '../../../domain/build/facts.ts';
import type { DefinitionFact, DefinitionKind } from '../../../domain/build/definition.ts';
import type { DefinitionsRequirement } from '../../../domain/policy/request-policy.ts';
import { judgeSignature } from '../../signature.ts';
import type { RequestOutcome, RequestQuestion } from '../question.ts';

/** Who has to vouch for definitions, as a policy demands it. */
export type SignedBy = NonNullable<DefinitionsRequirement['signedBy']>;
/** A definition whose content is known, with what was proven of it. */
export type FoundDefinition = Extract<DefinitionAnswer, { readonly found: true }>;

/**
 * The name by which `mayCertify: {definition: …}` and messages know a definition: its kind and its verified name, `task/scan`,
 * `pipeline/release`, `stepAction/fetch`, `template/ci`, `strategy/buildah`. The namespace is no part of it, nor where it was had from.
 */
export function definitionName(kind: DefinitionKind, name: string): string {
  return `${kind}/${name}`;
}

/** What the content is, whatever it is used as: a template is one also where a whole workflow is made of it. */
export function contentKind({ kind, reading }: DefinitionFact): DefinitionKind {
  return reading?.request.definitions.find(({ form }) => form === 'self')?.kind ?? kind;
}

interface Judged {
  readonly signedBy: SignedBy;
  readonly now: number;
  /** What was known of revoked certificates. */
  readonly revocations: number | undefined;
  readonly outcome: RequestOutcome | undefined;
}

/** What an answer came to last: several rules ask the same of it at the same moment. */
const LAST = new WeakMap<FoundDefinition, Judged>();

/** As {@link judgeSignatures}, which is asked once for an answer, its signers and a moment. */
export function judgeVouchedDefinition(found: FoundDefinition, signedBy: SignedBy, question: Asked): RequestOutcome | undefined {
  const last = LAST.get(found);
  const revocations = question.certificates?.generation();
  const isSame = last?.signedBy === signedBy && last.now === question.now && last.revocations === revocations;
  if (isSame) return last.outcome;
  const outcome = judgeSignatures(found, signedBy, question);
  LAST.set(found, { signedBy, now: question.now, revocations, outcome });
  return outcome;
}

type Asked = Pick<RequestQuestion, 'policy' | 'now' | 'certificates'>;

/**
 * What is wrong with the signatures of a definition, `undefined` when enough signers vouch for it: threshold, age, revocation and
 * `mayCertify` count as for every artifact. Its digest may be revoked as that of an image may.
 */
function judgeSignatures(
  { definition, digest, proofs, problems }: FoundDefinition, signedBy: SignedBy, { policy, now, certificates }: Asked,
): RequestOutcome | undefined {
  const name = definitionName(contentKind(definition), definition.name);
  const artifact: Artifact = {
    kind: 'definition', usage: 'definition', path: '', raw: definition.source, name, digest, resolvedFromTag: false,
  };
  const { maxAge, ...rest } = signedBy;
  const requirement = {
    kind: 'signature', name: 'definitions', bindRepository: false, ...rest, ...(maxAge === undefined ? {} : { maxAge }),
  } as const;
  const question = {
    artifact, policy: { name: policy.name, mode: policy.mode }, now, covered: digest, proofs, problems,
    ...(certificates === undefined ? {} : { certificates }),
  };
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
