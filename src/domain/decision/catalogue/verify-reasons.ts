/** Reasons of verifying evidence: signatures, certificates, logs, timestamps; part of the catalogue. */
import { undetermined, violated } from '../reason.ts';
import type { Reason } from '../reason.ts';

const RETRY = 'could not verify, retry';

/** Codes that arise when evidence is verified; see `REASONS`, which holds them all. */
export const VERIFY_REASONS = {
  VERIFY_MALFORMED: violated(
    'evidence is malformed',
    'sign again with a current tool, which writes evidence anew: what was found is damaged',
  ),
  VERIFY_FORMAT: violated(
    'evidence has a format that is not supported',
    'sign with cosign 3 (cosign sign, cosign attest), or attach a Sigstore bundle of version 0.1 to 0.3',
  ),
  VERIFY_LIMIT: violated(
    'evidence exceeds a limit',
    'attach smaller evidence: in one piece fewer signatures, log entries, timestamps, subjects or members than "expected" says',
  ),
  VERIFY_SIGNATURE_INVALID: violated('signature is broken', 'sign again: content or signature changed after signing'),
  VERIFY_SIGNER_UNTRUSTED: violated(
    'signed, but not by a trusted signer',
    'have a signer under "expected" sign it',
    'if whoever is found is to be trusted: add the signer to `by` of the requirement, or the identity or key to its Signer',
  ),
  VERIFY_SUBJECT_MISMATCH: violated(
    'evidence is about something else',
    'sign this digest: the evidence found speaks about a different artifact',
  ),
  VERIFY_SUBJECT_UNREAD: undetermined(
    'what is signed cannot be compared with the artifact',
    `${RETRY} where the manifest of the image can be read: with its registry, and not offline`,
  ),
  VERIFY_PAYLOAD_TYPE: violated(
    'signed payload has an unexpected type',
    'sign an in-toto statement (application/vnd.in-toto+json) or a cosign simple-signing payload: cosign sign and cosign attest make them',
  ),
  VERIFY_STATEMENT: violated(
    'signed statement is not a valid in-toto statement',
    'attest with a current tool: _type, subject with digests, and predicateType are needed',
  ),
  VERIFY_HASH: violated('key signed with another hash than the policy demands', 'sign with the hash that hashAlgorithm of the Signer names (keys of a key service have it in their settings), or ask the owner of the policy to change it'),
  VERIFY_ALGORITHM: violated(
    'signature algorithm is not allowed',
    'sign with ECDSA P-256/P-384/P-521, Ed25519, or RSA of at least 2048 bits, over the SHA-256 digest of the artifact',
  ),
  VERIFY_CERTIFICATE_UNTRUSTED: violated(
    'signing certificate is not issued under the trust root',
    'sign with the Sigstore instance or authority of the trust root under "expected"',
    'name the trustRoot in the signer under which its certificates are issued, if that one is to be trusted',
  ),
  VERIFY_CERTIFICATE_EXPIRED: violated(
    'signing certificate was not valid at the proven signing time',
    'sign again while the certificate is valid',
  ),
  VERIFY_REVOCATION_UNKNOWN: undetermined(
    'whether the signing certificate is revoked is not known',
    `${RETRY} in a few seconds: what its authority publishes is fetched meanwhile; when it lasts, ask an administrator of Gatehouse`,
    'see that the list or responder under "cause" can be reached and is up to date; name lists in `revocation.crls` of the TrustRoot to have them fetched from the start',
  ),
  VERIFY_CERTIFICATE_PROFILE: violated(
    'signing certificate is not of a kind that counts here',
    'sign with a certificate as this trust root takes them: for code signing (Sigstore, Notation), or the SVID of a workload (SPIFFE)',
  ),
  VERIFY_SCT: violated(
    'certificate has no valid proof of its publication (SCT)',
    'sign with a certificate that a CT log of the trust root has recorded',
    'leave certificate transparency out of `require` of the TrustRoot, if its authority publishes nothing',
  ),
  VERIFY_LOG_MISSING: violated(
    'signature is not in a transparency log',
    'sign with upload to a transparency log that the trust root lists (cosign without --tlog-upload=false)',
    'set transparencyLog: 0 in `require` of the TrustRoot, if it has no log',
  ),
  VERIFY_LOG_INVALID: violated(
    'transparency log entry does not prove inclusion',
    'sign again: the log entry is not from the trusted log or was altered',
  ),
  VERIFY_LOG_MISMATCH: violated(
    'transparency log entry is about another signature',
    'sign again: entry and signature must belong together',
  ),
  VERIFY_LOG_KIND: violated(
    'transparency log entry is of a kind that is not supported',
    'attest again with a current tool (entries dsse, hashedrekord or intoto)',
  ),
  VERIFY_TIMESTAMP: violated('timestamp is not valid', 'sign again with a timestamp authority that the trust root lists'),
  VERIFY_TIME_MISSING: violated(
    'signing time cannot be proven',
    'sign with a transparency log or a timestamp authority that the trust root lists',
  ),
  VERIFY_DISAGREEMENT: violated(
    'two independent verifiers disagree about the signature',
    'do not use the artifact; ask the owner of the policy, who finds out which of the two verifiers is right',
    'report it to Gatehouse with the evidence; set secondOpinion: report on the TrustRoot to go by our own verifier alone',
  ),
  VERIFY_NO_SECOND_OPINION: undetermined(
    'the second verifier that the trust root requires cannot judge it',
    `${RETRY} after signing what both can judge: an in-toto statement in a Sigstore bundle, by a P-256 certificate`,
    'set secondOpinion: report on the TrustRoot to go by our own verifier alone',
  ),
  VERIFY_TRUST_ROOT_STALE: undetermined(
    'trust root is not known, or too old to be used',
    `${RETRY}; when it lasts, ask an administrator of Gatehouse to look at the TUF mirror, file or bundle endpoint of the trust root`,
    'see that the TUF mirror, file or bundle endpoint of the TrustRoot can be reached and is in order; the log says what was wrong with it',
  ),
} as const satisfies Record<string, Reason>;
