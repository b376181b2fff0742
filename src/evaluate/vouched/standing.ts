/** A recognised signer counts only while nothing speaks against his word: here, for this artifact, at this time. */
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import type { ProvenEvidence } from '../../domain/evidence.ts';
import type { ProvenSigner } from '../../domain/policy/identity.ts';
import type { KeylessIdentity, SignerIdentity } from '../../domain/policy/requirement.ts';
import { revocableOf } from '../../domain/policy/revocation.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { Question } from '../question.ts';
import { annotationsLacking } from './annotations.ts';
import { judgeCertificates, withoutDoubtful } from './certificates.ts';
import type { Objection, Testimony } from './testimony.ts';
import { noteFinal } from '../finding.ts';
import { judgeRevocations, revocationCause } from './revoked.ts';
import type { RevocationVerdict } from './revoked.ts';
import { loggedTime, outsideWindow, provenTime, stretchText, timeApart, timeText, windowText } from './time.ts';

/** `remark` tells of a revocation that the evidence is proven to be older than, `warning` what is not known and need not be. */
export type Standing =
  | { readonly ok: true; readonly remark?: string; readonly warning?: string }
  | { readonly ok: false; readonly objection: Objection };

/** The checks, the gravest first: what objects first is what the reader is told. */
const CHECKS: readonly ((testimony: Testimony, proven: number | undefined) => Objection | undefined)[] = [
  checkExpiry, checkSignerWindow, checkKeyWindow, checkLog, checkLifetime, checkScope, checkRepository, checkAnnotations, checkAge,
];

/**
 * Judges whether the word of a recognised signer counts for this artifact at this time: not revoked, inside its
 * windows, in the log if demanded, short-lived if demanded, within mayCertify, for this repository, with what has
 * to be said beside the digest, and young enough.
 */
export function judgeStanding(given: Testimony): Standing {
  const testimony = withoutDoubtful(given);
  const proven = provenTime(testimony.identity, testimony.proof);
  const apart = timeApart(testimony.identity, testimony.proof);
  const { fatal, survived = [] } = revocationsOf(given, apart) ?? {};
  noteFinal(testimony.question, fatal !== undefined);
  if (fatal !== undefined)
    return { ok: false, objection: { code: 'POLICY_REVOKED', cause: revocationCause(fatal, apart), ...survivable(fatal.compromisedAt) } };
  const certificates = judgeCertificates(testimony);
  noteFinal(testimony.question, certificates.revoked !== undefined);
  if (certificates.revoked !== undefined) return { ok: false, objection: certificates.revoked };
  for (const check of CHECKS) {
    const objection = check(testimony, proven);
    if (objection !== undefined) return { ok: false, objection };
  }
  // Whatever is certain is told before what is not known.
  if (certificates.unknown !== undefined) return { ok: false, objection: certificates.unknown };
  const remarks = [sparedText(survived), certificates.remark].filter((remark) => remark !== undefined);
  const warning = certificates.warning === undefined ? {} : { warning: certificates.warning };
  return remarks.length === 0 ? { ok: true, ...warning } : { ok: true, remark: remarks.join('; '), ...warning };
}

function sparedText([spared]: readonly Revocation[]): string | undefined {
  if (spared?.compromisedAt === undefined) return undefined;
  return `proven to be older than its compromise at ${timeText(spared.compromisedAt)} (${spared.reason})`;
}

/**
 * A statement is also about its own subjects: where it names the artifact by several digests each of them is the artifact's, whichever
 * was asked for, and one about something else, which a chained layout may bind to the artifact, is about that.
 */
function revocationsOf({ signer, proof, question }: Testimony, proven: number | undefined): RevocationVerdict | undefined {
  if (signer.revocations === undefined) return undefined;
  const covered = question.covered === undefined ? [] : [question.covered];
  const named = (proof.statement?.subjects ?? []).map(({ digest }) =>
    Object.entries(digest).map(([name, hex]) => `${name}:${hex}`.toLowerCase()),
  );
  const isRelated = question.related?.some((one) => one === proof) === true;
  const about = isRelated ? named : named.filter((digests) => digests.includes(proof.artifactDigest));
  return judgeRevocations(signer.revocations, revocableOf(proof, [...covered, ...about.flat()]), proven);
}

function survivable(compromisedAt: number | undefined): Pick<Objection, 'expected'> {
  return compromisedAt === undefined
    ? {}
    : { expected: `evidence proven to be older than ${timeText(compromisedAt)}, or by a credential that is not revoked` };
}

/** Judged by the present, whenever it was made: until then its signer meant it to be used (Notary Project, expiry). */
function checkExpiry({ proof: { expiresAt }, question }: Testimony): Objection | undefined {
  if (expiresAt === undefined || question.now < expiresAt) return undefined;
  return { code: 'POLICY_SIGNATURE_EXPIRED', found: `ended at ${timeText(expiresAt)}`, expected: 'a signature that counts now' };
}

function checkSignerWindow({ signer, question }: Testimony, proven: number | undefined): Objection | undefined {
  const cause = signer.validity === undefined ? undefined : outsideWindow(signer.validity, proven, question.now);
  return cause === undefined || signer.validity === undefined
    ? undefined
    : { code: 'POLICY_SIGNER_WINDOW', expected: windowText(signer.validity), cause: `signer ${signer.name}: ${cause}` };
}

function checkKeyWindow({ identity, proof, question }: Testimony, proven: number | undefined): Objection | undefined {
  switch (identity.kind) {
    case 'key': {
      const cause = outsideWindow(identity, proven, question.now);
      return cause === undefined ? undefined : { code: 'POLICY_KEY_WINDOW', expected: windowText(identity), cause };
    }
    // Its certificate has a window of its own, and was valid in it at every proven time.
    case 'keyless':
      return undefined;
    case 'x509':
    case 'spiffe':
      return proven === undefined ? outsidePath(proof, question.now) : undefined;
  }
}

/** Where no time is proven the present decides, for the certificate and for all above it. */
function outsidePath({ signer, undated }: ProvenEvidence, now: number): Objection | undefined {
  if (signer.kind !== 'x509' && signer.kind !== 'spiffe') return undefined;
  const cause = outsideWindow(signer.pathValidity, undefined, now);
  if (cause === undefined) return undefined;
  const stamp = undated === undefined ? '' : `; its timestamp proves no time: ${undated}`;
  return { code: 'VERIFY_CERTIFICATE_EXPIRED', expected: windowText(signer.pathValidity), cause: `${cause}${stamp}` };
}

/** An entry in a log of another root than the signer names is no entry. */
function checkLog({ identity, proof }: Testimony): Objection | undefined {
  switch (identity.kind) {
    case 'key': {
      if (identity.transparencyLog === 'optional') return undefined;
      const logged = proof.logEntries.length > 0 && proof.signer.trustRoot === identity.trustRoot;
      return logged
        ? undefined
        : { code: 'POLICY_LOG_REQUIRED', expected: `an entry in a log of trust root ${identity.trustRoot ?? ''}`, ...unlistedOf(proof) };
    }
    // How many entries a certificate must bring is the trust root's to say, and was proven with it.
    case 'keyless':
    case 'x509':
    case 'spiffe':
      return undefined;
  }
}

/** What came along and proves nothing, since the trust root does not know who made it. */
function unlistedOf({ unlisted }: ProvenEvidence): Pick<Objection, 'found'> {
  return unlisted === undefined ? {} : { found: `${unlisted.join(', ').slice(0, 400)}, which the trust root does not list` };
}

function checkLifetime({ identity, proof: { signer } }: Testimony): Objection | undefined {
  switch (identity.kind) {
    case 'key':
      return undefined;
    case 'keyless':
    case 'x509':
    case 'spiffe':
      return certificateLifetime(identity, signer);
  }
}

/** Of every identity that is proven by a certificate. */
type Lifetime = Pick<KeylessIdentity, 'maxCertificateLifetime'>;

function certificateLifetime(identity: Lifetime, signer: ProvenSigner): Objection | undefined {
  if (identity.maxCertificateLifetime === undefined || signer.kind === 'key') return undefined;
  const lifetime = signer.notAfter - signer.notBefore;
  if (lifetime <= identity.maxCertificateLifetime) return undefined;
  return {
    code: 'POLICY_CERTIFICATE_LIFETIME',
    found: `certificate ${signer.kind === 'certificate' ? signer.serial : signer.path[0]?.serial ?? ''}, valid for ${stretchText(lifetime)}`,
    expected: lifetimeText(identity),
    ...(signer.kind === 'certificate' ? {} : { fix: SHORTER[signer.kind] }),
  };
}

const SHORTER = {
  x509: 'have a certificate issued that lives no longer, and sign again with it',
  spiffe: 'sign again with an SVID that lives no longer: whoever issues it sets its life (in SPIRE x509SVIDTTL of its entry)',
} as const;

function lifetimeText({ maxCertificateLifetime = 0 }: Lifetime): string {
  return `a certificate valid for at most ${stretchText(maxCertificateLifetime)}`;
}

function checkScope({ signer, question }: Testimony): Objection | undefined {
  const { mayCertify } = signer;
  if (mayCertify === undefined || mayCertify.some((pattern) => pattern.test(question.artifact))) return undefined;
  return {
    code: 'POLICY_SIGNER_OUT_OF_SCOPE',
    cause: `signer ${signer.name} may certify ${mayCertify.map((pattern) => pattern.source).join(', ') || 'none of these'}`,
  };
}

function checkRepository({ identity, requirement, proof, question }: Testimony): Objection | undefined {
  if (requirement.kind !== 'signature' || !requirement.bindRepository) return undefined;
  const { dockerReference } = proof;
  const expected = question.artifact.name;
  if (dockerReference === undefined)
    return {
      code: 'POLICY_REPOSITORY', found: 'no repository in the signature', expected, ...(isByNotation(identity) ? NAMELESS_BY_NOTATION : NAMELESS),
    };
  return namesArtifact(dockerReference, question) ? undefined : { code: 'POLICY_REPOSITORY', found: dockerReference, expected };
}

function checkAnnotations({ requirement, proof }: Testimony): Objection | undefined {
  if (requirement.kind !== 'signature' || requirement.annotations === undefined) return undefined;
  return annotationsLacking(requirement.annotations, proof.signedAnnotations);
}

const NAMELESS = {
  cause: 'bundles, which cosign 3 writes, name no repository: sign with --new-bundle-format=false, or leave bindRepository out',
};

const NAMELESS_BY_NOTATION = {
  cause: 'signatures of Notation name digest, size and media type, and no repository',
  fix: 'have a signer with a key or a keyless identity sign it with cosign sign --new-bundle-format=false, or ask the owner of the policy to leave '
    + 'bindRepository out',
};

const UNDATED_BY_NOTATION = {
  fix: 'sign it with a certificate as young as that: notation sign --timestamp-url URL; the trust root has to name that authority (tsa)',
};

function isByNotation(identity: SignerIdentity): boolean {
  return identity.kind === 'x509' && identity.notation === true;
}

/**
 * Signers write a repository, with or without tag or digest, in any spelling that a pod may use: what it names is compared. A tag says
 * nothing that could be checked; a digest has to be the artifact's.
 */
function namesArtifact(dockerReference: string, { artifact }: Question): boolean {
  const parsed = parseImageReference(dockerReference);
  if (!parsed.ok || parsed.reference.name !== artifact.name) return false;
  return parsed.reference.digest === undefined || parsed.reference.digest === artifact.digest;
}

/** A proven time says that a signature is not younger; that it is not older needs more, see {@link boundsAge}. */
function checkAge(testimony: Testimony, proven: number | undefined): Objection | undefined {
  const { identity, requirement: { maxAge }, question } = testimony;
  if (maxAge === undefined) return undefined;
  const expected = `a proven signing time, at most ${stretchText(maxAge)} ago`;
  const how = isByNotation(identity) ? UNDATED_BY_NOTATION : {};
  if (proven === undefined) return { code: 'POLICY_AGE_UNPROVEN', expected, ...unlistedOf(testimony.proof), ...how };
  if (question.now - proven > maxAge)
    return { code: 'POLICY_TOO_OLD', found: `signed at ${timeText(proven)}`, expected: `at most ${stretchText(maxAge)} old` };
  return boundsAge(testimony, maxAge)
    ? undefined
    : { code: 'POLICY_AGE_UNPROVEN', found: `stamped at ${timeText(proven)}`, expected, cause: STAMPED, ...how };
}

const STAMPED =
  'a signature by a key, or by a certificate older than that, can be stamped at any time after it was made; needed is an entry of a log that states its time';

/**
 * True when something says that the signature is young enough: the log that took it in, the signed statement itself, or a certificate
 * that was issued no longer ago, for the signature is not older. Anybody can drop or add a stamp (ADR 0012).
 */
function boundsAge({ identity, proof, requirement, question }: Testimony, maxAge: number): boolean {
  if (loggedTime(identity, proof) !== undefined) return true;
  if (requirement.kind === 'attestation' && requirement.statedAt?.(proof) !== undefined) return true;
  return isYoungCertificate(proof.signer, question.now - maxAge);
}

function isYoungCertificate(signer: ProvenSigner, since: number): boolean {
  switch (signer.kind) {
    case 'key':
      return false;
    case 'certificate':
    case 'x509':
    case 'spiffe':
      return signer.notBefore >= since;
  }
}
