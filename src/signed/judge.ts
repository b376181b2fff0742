/** A document of policies may be used when enough listed signers, who may sign it, signed what it says. */
import type { CertificateStatuses } from '../domain/certificate-status.ts';
import type { Artifact } from '../domain/artifact/artifact.ts';
import type { Digest } from '../domain/artifact/digest.ts';
import type { Finding } from '../domain/decision/finding.ts';
import type { EvidenceProblem, TrustMaterial, VerifiedEvidence } from '../domain/evidence.ts';
import type { Signer } from '../domain/policy/requirement.ts';
import { judgeSignature } from '../evaluate/signature.ts';
import { decodeBase64, withoutLineEnds } from '../text/base64.ts';
import { own } from '../text/json/fields.ts';
import { readJsonBytes } from '../text/json/read.ts';
import { shownText } from '../text/shown.ts';
import { carriedSignature, documentName, signableDocument } from './document.ts';
import type { SignableDocument } from './document.ts';
import type { RefusedBecause, SignatureRefusal } from './refusal.ts';

/** The signers that the configuration lists, and with what they can be proven. */
export interface PolicySigners {
  readonly signers: readonly Signer[];
  readonly trust: TrustMaterial;
  /** How many of them must sign a document. */
  readonly threshold: number;
}

/** Cryptography, which this room has none of: what of a signature is proven over these bytes. Never throws. */
export type ProvePolicy = (question: {
  readonly signature: Uint8Array;
  readonly name: string;
  readonly canonical: Uint8Array;
  readonly digest: Digest;
  readonly trust: TrustMaterial;
  readonly now: number;
}) => { readonly proofs: readonly VerifiedEvidence[]; readonly problems: readonly EvidenceProblem[] };

/** The document as it is signed, or why it may not be used. Nothing is said of its version. */
export type JudgedDocument =
  | { readonly ok: true; readonly document: SignableDocument }
  | { readonly ok: false; readonly refusal: SignatureRefusal };

/** The moment of a judgement, epoch milliseconds, and what is known at it of revoked certificates. */
export interface SignedMoment {
  readonly now: number;
  readonly certificates?: CertificateStatuses | undefined;
}

/** Judges the signature of one document at a moment. */
export function judgeDocument(
  value: unknown, { signers, trust, threshold }: PolicySigners, prove: ProvePolicy, { now, certificates }: SignedMoment,
): JudgedDocument {
  const text = carriedSignature(value);
  if (text === undefined)
    return refused('unsigned', 'carries no signature, and only documents that a listed signer has signed are used; sign it with gatehouse policy sign');
  const read = signableDocument(value);
  if (!read.ok) return refused('malformed', read.problem);
  const document = read.value;
  const signature = decodeBase64(withoutLineEnds(text));
  if (signature === undefined) return refused('malformed', 'its signature is no base64; sign it again with gatehouse policy sign');
  const { name, digest } = document;
  const canonical = new TextEncoder().encode(document.canonical);
  const { proofs, problems } = prove({ signature, name, canonical, digest, trust, now });
  const artifact: Artifact = { kind: 'blob', usage: 'definition', path: '', raw: name, name, digest, resolvedFromTag: false };
  const finding = judgeSignature(
    { kind: 'signature', name: 'signed policies', by: signers.map(asSignerOfPolicies), threshold, bindRepository: false },
    {
      artifact, policy: { name: 'policySignatures', mode: 'enforce' }, now, proofs, problems,
      ...(certificates === undefined ? {} : { certificates }),
    },
  );
  return finding.code === 'POLICY_SATISFIED' ? { ok: true, document } : { ok: false, refusal: refusalOf(finding, signature, document) };
}

/** Of policies a signer may sign what `mayCertify` names, and without a word none; what he may certify besides is about other things. */
function asSignerOfPolicies({ maySign = [], ...signer }: Signer): Signer {
  return {
    ...signer,
    mayCertify: maySign.map(({ source, test }) => ({ kind: 'blob', source: `policy ${source}`, test: ({ name }) => test(name) })),
  };
}

/** What a code of the verification means for a document. */
const BECAUSE: Readonly<Record<string, RefusedBecause>> = {
  VERIFY_MALFORMED: 'malformed', VERIFY_FORMAT: 'malformed', VERIFY_LIMIT: 'malformed', VERIFY_PAYLOAD_TYPE: 'malformed',
  VERIFY_SIGNATURE_INVALID: 'broken', VERIFY_ALGORITHM: 'broken', VERIFY_SUBJECT_MISMATCH: 'changed',
  VERIFY_SIGNER_UNTRUSTED: 'untrusted', VERIFY_CERTIFICATE_UNTRUSTED: 'untrusted', POLICY_SIGNER_OUT_OF_SCOPE: 'outOfBounds',
};

const ADVICE: Readonly<Partial<Record<RefusedBecause, string>>> = {
  malformed: 'sign it again with gatehouse policy sign',
  broken: 'sign it again with gatehouse policy sign',
  untrusted: 'have a listed signer sign it, or list this one under policySignatures.signers',
  outOfBounds: 'have somebody sign it who may, or add it to mayCertify of the Signer under policySignatures.signers, as policy: KIND/NAME',
};

function refusalOf(
  { code, expected = [], found = [], cause }: Finding, signature: Uint8Array, document: SignableDocument,
): SignatureRefusal {
  const because = BECAUSE[code] ?? 'uncounted';
  if (because === 'changed') return changedSince(signature, document);
  const said = [
    ...(cause === undefined ? [] : [cause]),
    ...(expected.length === 0 ? [] : [`expected ${expected.join(' or ')}`]), ...(found.length === 0 ? [] : [`found ${found.join(' and ')}`]),
  ].join(', ');
  const advice = ADVICE[because];
  const message = `${WHAT[because] ?? 'its signature does not count'} [${code}]${said === '' ? '' : `: ${said}`}`;
  return { because, message: shownText(`${message}${advice === undefined ? '' : `; ${advice}`}`, 500) };
}

const WHAT: Readonly<Partial<Record<RefusedBecause, string>>> = {
  malformed: 'what it carries is no signature', broken: 'its signature is broken', untrusted: 'its signature is by nobody who is listed',
  outOfBounds: 'its signer may not sign this document',
};

/** Over what the signature is, as the envelope itself says, which nobody has verified: only words come of it. */
function changedSince(signature: Uint8Array, { name }: SignableDocument): SignatureRefusal {
  const about = documentName(signedContent(signature));
  return about === undefined || about === name
    ? { because: 'changed', message: 'says something else than what was signed: it was changed afterwards; raise the version and sign it again' }
    : { because: 'misnamed', message: shownText(`carries the signature of ${about}, and not of ${name}; sign it under its own name`, 300) };
}

/** What an envelope says was signed, unverified; `undefined` where it does not hold it. */
export function signedContent(signature: Uint8Array): unknown {
  const envelope = readJsonBytes(signature);
  const payload = envelope.ok ? decodeBase64(own(envelope.value, 'payload')) : undefined;
  const content = payload === undefined ? undefined : readJsonBytes(payload);
  return content?.ok === true ? content.value : undefined;
}

function refused(because: RefusedBecause, message: string): JudgedDocument {
  return { ok: false, refusal: { because, message } };
}
