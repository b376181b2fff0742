import type { KeyIdentity, Signer } from '../../domain/policy/requirement.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { Reporter } from '../read/reporter.ts';

/** Advice about the revocations of one document: about keys that nobody has, and dates that can save nothing. */
export function lintRevocations(revocations: readonly Revocation[], signers: readonly Signer[], report: Reporter): void {
  const own = signers.length === 1 ? signers[0] : undefined;
  for (const [index, { what, compromisedAt }] of revocations.entries()) {
    if (what.kind !== 'key') continue;
    const holders = signers.flatMap((signer) =>
      signer.identities
        .filter((identity): identity is KeyIdentity => identity.kind === 'key' && identity.keyId === what.keyId)
        .map((identity) => ({ signer, identity })),
    );
    const path = ['spec', 'revocations', index];
    if (holders.length === 0 && own !== undefined && own.identities.every((identity) => identity.kind === 'key'))
      report.warn(
        [...path, 'key'],
        `${own.name} has no key ${what.keyId}, so nothing falls; a key that other signers have is revoked in a RevocationList`,
      );
    const undatable = holders.find(({ identity }) => identity.trustRoot === undefined);
    if (compromisedAt !== undefined && undatable !== undefined)
      report.warn(
        [...path, 'compromisedAt'],
        `the key of ${undatable.signer.name} names no trustRoot whose logs or timestamps could prove that a signature is older, so all its signatures fall`,
      );
  }
}
