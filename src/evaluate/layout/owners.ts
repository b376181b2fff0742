/** A layout is its owners' word, about an artifact: neither may be revoked, and the owners' windows and bounds hold. */
import type { ProvenChain } from '../../domain/policy/layout.ts';
import type { SignedLayoutRequirement } from '../../domain/policy/layout-requirement.ts';
import type { KeyIdentity, Signer } from '../../domain/policy/requirement.ts';
import type { RevocationBook } from '../../domain/policy/revocation.ts';
import type { Outcome } from '../finding.ts';
import type { Question } from '../question.ts';
import { judgeRevocations, revocationCause } from '../vouched/revoked.ts';
import { outsideWindow } from '../vouched/time.ts';
import { partyRevocation } from './revoked-links.ts';

/** All revocations that bind what acts for a layout: the lists, and those of the owners, on whose behalf its functionaries act. */
export function booksOf({ revocations, owners }: SignedLayoutRequirement): readonly RevocationBook[] {
  return [...new Set([...revocations, ...owners.flatMap((owner) => owner.revocations ?? [])])];
}

/**
 * Why a layout says nothing about the artifact: it, or the image for which it is asked, is revoked, whoever the owners are; an
 * owner is revoked; or an owner who is a Signer does not count here and now. Nothing dates a layout but the present.
 */
export function layoutObjection(requirement: SignedLayoutRequirement, chain: ProvenChain, question: Question): Outcome | undefined {
  return digestObjection(booksOf(requirement), question)
    ?? revokedOwner(requirement, chain)
    ?? first(requirement.owners, (owner) => signerObjection(owner, chain, question));
}

function digestObjection(books: readonly RevocationBook[], { artifact, covered }: Question): Outcome | undefined {
  const digests = covered === undefined ? [artifact.digest] : [artifact.digest, covered];
  const { fatal } = judgeRevocations(books, { keys: [], certificates: [], logEntries: [], digests }, undefined);
  return fatal === undefined ? undefined : { code: 'POLICY_REVOKED', cause: revocationCause(fatal, undefined) };
}

function revokedOwner({ revocations, owners }: SignedLayoutRequirement, chain: ProvenChain): Outcome | undefined {
  return first(chain.owners, ({ name, party }): Outcome | undefined => {
    const own = owners.find((signer) => signer.name === name)?.revocations ?? [];
    const fatal = partyRevocation(party, [...revocations, ...own]);
    return fatal === undefined ? undefined : { code: 'POLICY_REVOKED', cause: revocationCause(fatal, undefined) };
  });
}

function signerObjection(signer: Signer, chain: ProvenChain, { now, artifact }: Question): Outcome | undefined {
  const outside = signer.validity === undefined ? undefined : outsideWindow(signer.validity, undefined, now);
  if (outside !== undefined) return { code: 'POLICY_SIGNER_WINDOW', cause: `signer ${signer.name}: ${outside}` };
  const keyId = chain.owners.find(({ name }) => name === signer.name)?.keyId;
  const key = signer.identities.find((identity): identity is KeyIdentity => identity.kind === 'key' && identity.keyId === keyId);
  const ended = key === undefined ? undefined : outsideWindow(key, undefined, now);
  if (ended !== undefined) return { code: 'POLICY_KEY_WINDOW', cause: `owner ${signer.name}: ${ended}` };
  if (signer.mayCertify === undefined || signer.mayCertify.some((pattern) => pattern.test(artifact))) return undefined;
  return {
    code: 'POLICY_SIGNER_OUT_OF_SCOPE',
    cause: `signer ${signer.name} may certify ${signer.mayCertify.map(({ source }) => source).join(', ')}`,
  };
}

function first<T>(items: readonly T[], objection: (item: T) => Outcome | undefined): Outcome | undefined {
  for (const item of items) {
    const found = objection(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
