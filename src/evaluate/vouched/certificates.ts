/** A certificate that its own authority has revoked vouches for nothing, and one of which nothing is known only where a root says so. */
import type { CertificateRevoked, CertificateStatus, RevocationLead } from '../../domain/certificate-status.ts';
import type { PathCertificate, ProvenX509 } from '../../domain/policy/identity.ts';
import type { Objection, Testimony } from './testimony.ts';
import { timeText } from './time.ts';

/** What revocation makes of a proof: it falls, or stands with something to be told. */
export interface CertificateVerdict {
  /** Some certificate of its path is revoked. */
  readonly revoked?: Objection;
  /** Of some nothing is known, and the root demands that it is. */
  readonly unknown?: Objection;
  readonly remark?: string;
  /** Of some nothing is known, and the root does not demand that it is. */
  readonly warning?: string;
}

const NOBODY: CertificateStatus = { state: 'unknown', cause: 'nobody asks authorities of certificates here' };

/** A certificate on which a proof rests, as it is called in messages. */
interface Asked {
  readonly certificate: PathCertificate;
  readonly name: string;
  /** The moment that counts against a date of invalidity; `never`: none does. */
  readonly proven: number | 'never' | undefined;
}

/**
 * Asks about each certificate of the path what its authority says. A revoked one takes the proof down, but for one that is proven to be
 * older than the date of invalidity that the authority gives (Notary Project): the date of the revocation alone tells nothing of when
 * the key was lost. A timestamp falls with its authority's certificate whenever that was, since it is its own word. What is not known
 * holds the proof up under `hard`, and is told under `soft`. Never waits.
 */
export function judgeCertificates({ proof: { signer }, question }: Testimony, proven: number | undefined): CertificateVerdict {
  if ((signer.kind !== 'x509' && signer.kind !== 'spiffe') || signer.revocation === undefined) return {};
  const { mode, lists } = signer.revocation;
  const [remarks, warnings]: [string[], string[]] = [[], []];
  let unknown: Objection | undefined;
  for (const asked of askedOf(signer, proven)) {
    const { certificate: { revocation, serial }, name } = asked;
    if (revocation === undefined) continue;
    const status = question.certificates?.of(revocation, lists) ?? unasked(revocation, lists);
    if (status.state === 'revoked') {
      if (!isOlder(asked.proven, status)) return { revoked: revokedObjection(asked, status) };
      remarks.push(`proven to be older than ${timeText(status.invalidFrom ?? 0)}, since when certificate ${serial} is invalid`);
    }
    if (status.state !== 'unknown') continue;
    if (mode === 'hard') unknown ??= unknownObjection(name, status.cause);
    else warnings.push(`whether ${name} is revoked is not known: ${status.cause}`);
  }
  return {
    ...(unknown === undefined ? {} : { unknown }),
    ...(remarks.length === 0 ? {} : { remark: remarks.join('; ') }),
    ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') }),
  };
}

function askedOf({ path, stampedBy = [] }: Pick<ProvenX509, 'path' | 'stampedBy'>, proven: number | undefined): readonly Asked[] {
  return [
    ...path.map((certificate) => ({ certificate, name: `certificate ${certificate.serial}`, proven })),
    ...stampedBy.map((certificate) =>
      ({ certificate, name: `certificate ${certificate.serial} of the timestamp authority`, proven: 'never' as const })),
  ];
}

/** Where nobody asks, only of a certificate about which nobody publishes anything is known that there is nothing to ask. */
function unasked({ lists, deltas, responders }: RevocationLead, listed: readonly string[]): CertificateStatus {
  const isSilent = listed.length === 0 && lists === undefined && deltas === undefined && responders === undefined;
  return isSilent ? { state: 'good' } : NOBODY;
}

/** Strictly, as of revocations by people: what was signed at that moment may be the thief's. */
function isOlder(proven: Asked['proven'], { invalidFrom }: CertificateRevoked): boolean {
  return typeof proven === 'number' && invalidFrom !== undefined && proven < invalidFrom;
}

type Revoked = Extract<CertificateStatus, { readonly state: 'revoked' }>;

function revokedObjection({ name, proven }: Asked, status: Revoked): Objection {
  const { revokedAt, reason, invalidFrom, source } = status;
  const revoked = `${name} was revoked by its authority at ${timeText(revokedAt)} (${reason ?? 'no reason given'}), says ${source}`;
  if (invalidFrom === undefined || proven === 'never') return { code: 'POLICY_REVOKED', cause: revoked };
  const time = proven === undefined ? 'no signing time is proven' : `the proven signing time ${timeText(proven)} is not before that`;
  return {
    code: 'POLICY_REVOKED',
    cause: `${revoked}; invalid from ${timeText(invalidFrom)} on, and ${time}`,
    expected: `evidence proven to be older than ${timeText(invalidFrom)}, or by a certificate that is not revoked`,
  };
}

function unknownObjection(found: string, cause: string): Objection {
  return { code: 'VERIFY_REVOCATION_UNKNOWN', found, expected: 'word of its authority that it is not revoked', cause };
}
