/** A certificate that its own authority has revoked vouches for nothing, and one of which nothing is known only where a root says so. */
import type { CertificateRevoked, CertificateStatus, RevocationLead } from '../../domain/certificate-status.ts';
import type { PathCertificate, ProvenTime } from '../../domain/policy/identity.ts';
import type { Objection, Testimony } from './testimony.ts';
import { timeApart, timeText } from './time.ts';

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

/**
 * Without the timestamps that the trust root does not need now and whose authority is revoked, or not known not to be where that is
 * demanded: then the present decides, as if they had not come along.
 */
export function withoutDoubtful(testimony: Testimony): Testimony {
  const { proof, question: { now } } = testimony;
  const { signer, times } = proof;
  if (signer.kind !== 'x509' || signer.revocation === undefined || !times.some(({ isSpare }) => isSpare)) return testimony;
  if (now < signer.pathValidity.notBefore || now > signer.pathValidity.notAfter) return testimony;
  const sound = times.filter((time) => {
    const { revoked, unknown } = time.isSpare === true ? askedAbout(testimony, stampAsked(time)) : {};
    return revoked === undefined && unknown === undefined;
  });
  return sound.length === times.length ? testimony : { ...testimony, proof: { ...proof, times: sound } };
}

/**
 * Asks about each certificate of the path what its authority says, and about those of whoever dated the signature. A revoked one takes the
 * proof down, but for one that is proven to be older than the date of invalidity that the authority gives (Notary Project): the date of
 * the revocation alone tells nothing of when the key was lost. What is not known holds it up under `hard`, and is told under `soft`.
 * Never waits.
 */
export function judgeCertificates(testimony: Testimony): CertificateVerdict {
  const { proof: { signer, times }, identity } = testimony;
  if (signer.kind !== 'x509' && signer.kind !== 'spiffe') return {};
  const apart = timeApart(identity, { signer, times });
  const path = signer.path.map((certificate): Asked => ({ certificate, proven: apart }));
  return askedAbout(testimony, [...path, ...times.flatMap(stampAsked)]);
}

/** A stamp tells nothing of when its own authority was robbed. */
function stampAsked({ path = [] }: ProvenTime): readonly Asked[] {
  return path.map((certificate) => ({ certificate, proven: undefined, of: OF_TIMESTAMPS }));
}

function askedAbout({ proof: { signer }, question }: Testimony, asked: readonly Asked[]): CertificateVerdict {
  if ((signer.kind !== 'x509' && signer.kind !== 'spiffe') || signer.revocation === undefined) return {};
  const { mode, lists } = signer.revocation;
  const [remarks, warnings]: [string[], string[]] = [[], []];
  let unknown: Objection | undefined;
  for (const one of asked) {
    const { certificate: { serial, revocation }, proven, of = '' } = one;
    if (revocation === undefined) continue;
    const status = question.certificates?.of(revocation, lists, question.now) ?? unasked(revocation, lists);
    if (status.state === 'revoked') {
      if (!isOlder(proven, status)) return { revoked: revokedObjection(one, status) };
      remarks.push(`proven to be older than ${timeText(status.invalidFrom ?? 0)}, since when certificate ${serial} is invalid`);
    }
    if (status.state !== 'unknown') continue;
    if (mode === 'hard') unknown ??= unknownObjection(one, status.cause);
    else warnings.push(`whether certificate ${serial}${of} is revoked is not known: ${status.cause}`);
  }
  return {
    ...(unknown === undefined ? {} : { unknown }),
    ...(remarks.length === 0 ? {} : { remark: remarks.join('; ') }),
    ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') }),
  };
}

/** A certificate about which is asked, with the time at which somebody else than its holder proves what hangs on it to have existed. */
interface Asked {
  readonly certificate: PathCertificate;
  readonly proven: number | undefined;
  /** Whose it is, where it is not the signer's. */
  readonly of?: string;
}

const OF_TIMESTAMPS = ' of the timestamp authority';

/** Where nobody asks, only of a certificate about which nobody publishes anything is known that there is nothing to ask. */
function unasked({ lists, deltas, responders }: RevocationLead, listed: readonly string[]): CertificateStatus {
  const isSilent = listed.length === 0 && lists === undefined && deltas === undefined && responders === undefined;
  return isSilent ? { state: 'good' } : NOBODY;
}

/** Strictly, as of revocations by people: what was signed at that moment may be the thief's. */
function isOlder(proven: number | undefined, { invalidFrom }: CertificateRevoked): boolean {
  return proven !== undefined && invalidFrom !== undefined && proven < invalidFrom;
}

type Revoked = Extract<CertificateStatus, { readonly state: 'revoked' }>;

function revokedObjection({ certificate: { serial }, proven, of = '' }: Asked, status: Revoked): Objection {
  const { revokedAt, reason, invalidFrom, source } = status;
  const revoked = `certificate ${serial}${of} was revoked by its authority at ${timeText(revokedAt)} (${reason ?? 'no reason given'}), says ${source}`;
  if (invalidFrom === undefined || of !== '') return { code: 'POLICY_REVOKED', cause: revoked, expected: 'a certificate that its authority has not revoked' };
  const time = proven === undefined ? 'no signing time is proven by others' : `the proven signing time ${timeText(proven)} is not before that`;
  return {
    code: 'POLICY_REVOKED',
    cause: `${revoked}; invalid from ${timeText(invalidFrom)} on, and ${time}`,
    expected: `evidence proven to be older than ${timeText(invalidFrom)}, or by a certificate that is not revoked`,
  };
}

function unknownObjection({ certificate: { serial }, of = '' }: Asked, cause: string): Objection {
  return {
    code: 'VERIFY_REVOCATION_UNKNOWN',
    found: `certificate ${serial}${of}`,
    expected: 'word of its authority that it is not revoked',
    cause,
  };
}
