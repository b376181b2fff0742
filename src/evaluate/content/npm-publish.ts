/** A publish attestation of npm speaks for the name and version it gives, and for no other package. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { EvidenceProblem, VerifiedEvidence } from '../../domain/evidence.ts';
import { isObject, textField } from '../../text/json/fields.ts';
import { familyOf } from '../../domain/policy/predicate-types.ts';

/**
 * What speaks against an attestation of npm's registry that a package was published: name and version in it must be those
 * of the package that is judged (npm/attestation specs/publish/v0.1). `undefined` for every other attestation and artifact.
 */
export function otherPublication(
  { statement, source }: VerifiedEvidence,
  { kind, name }: Pick<Artifact, 'kind' | 'name'>,
): EvidenceProblem | undefined {
  if (kind !== 'package' || statement === undefined || familyOf(statement.predicateType) !== 'npm-publish') return undefined;
  const { predicate } = statement;
  const said = isObject(predicate) ? `pkg:npm/${textField(predicate, 'name') ?? ''}@${textField(predicate, 'version') ?? ''}` : undefined;
  if (said === name) return undefined;
  return {
    code: 'POLICY_PREDICATE',
    source,
    found: said ?? 'no name and version',
    expected: name,
    cause: 'the registry published another package than this one',
    claimedType: statement.predicateType,
  };
}
