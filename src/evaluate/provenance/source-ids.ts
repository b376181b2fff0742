/** Numbers by which a code host knows a repository and its owner: a name that was given up can be taken by somebody else, a number cannot. */
import type { SourceExpectation } from '../../domain/policy/build-requirement.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import { isObject, own } from '../../text/json/fields.ts';
import type { StatedObject, Stated } from '../content/predicate-reader.ts';
import type { Mismatch } from '../content/mismatch.ts';
import type { Provenance, SourceIds } from './model.ts';
import { proven } from './profiles/github.ts';

/** Where builders on GitHub write them: v1 in an object, v0.2 in the environment, under GitHub's names or the generator's. */
const NAMES = {
  repository: ['repository_id', 'GITHUB_REPOSITORY_ID', 'github_repository_id'],
  owner: ['repository_owner_id', 'GITHUB_REPOSITORY_OWNER_ID', 'github_repository_owner_id'],
} as const;

/** The numbers that stand in this object of a predicate, as the signer's word. */
export function readSourceIds({ value, path }: StatedObject): SourceIds {
  const [repository, owner] = [first(value, path, NAMES.repository), first(value, path, NAMES.owner)];
  return { ...(repository === undefined ? {} : { repository }), ...(owner === undefined ? {} : { owner }) };
}

function first(value: unknown, path: string, names: readonly string[]): Stated<string> | undefined {
  for (const name of names) {
    const found = isObject(value) ? own(value, name) : undefined;
    if (typeof found === 'string' || Number.isSafeInteger(found)) return { value: String(found), path: `${path}.${name}` };
  }
  return undefined;
}

/** Fulcio's claims about the repository that started the build (extensions .15 and .17). */
const CLAIMS = { repository: 'sourceRepositoryIdentifier', owner: 'sourceRepositoryOwnerIdentifier' } as const;

/**
 * Compares the numbers of repository and owner. What a certificate proves counts alone where there is one, and what the provenance says
 * must not differ from it; of a signer by key, who is trusted for the source as well, his signed word counts.
 */
export function checkSourceIds(
  { repositoryId, ownerId }: SourceExpectation, signer: ProvenSigner, { sourceIds = {} }: Provenance,
): readonly Mismatch[] {
  return [...check('repository', repositoryId, signer, sourceIds), ...check('owner', ownerId, signer, sourceIds)];
}

function check(which: 'repository' | 'owner', wanted: string | undefined, signer: ProvenSigner, ids: SourceIds): readonly Mismatch[] {
  if (wanted === undefined) return [];
  const [said, claim] = [ids[which], `source ${which} id`];
  const path = said?.path ?? 'predicate';
  const byCertificate = signer.kind === 'certificate' ? proven(signer, CLAIMS[which]) : undefined;
  if (byCertificate !== undefined && said !== undefined && said.value !== byCertificate)
    return [{ code: 'POLICY_PROVENANCE_SIGNER', claim, path, found: said.value, expected: `${byCertificate}, as the certificate proves` }];
  const found = signer.kind === 'certificate' ? byCertificate : said?.value;
  if (found === wanted) return [];
  const nothing = signer.kind === 'certificate' ? 'nothing in the certificate' : 'nothing';
  return [{ code: 'POLICY_PROVENANCE_SOURCE', claim, path, expected: wanted, found: found ?? nothing }];
}
