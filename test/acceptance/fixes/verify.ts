/** For every reason of verification that is not of the gate: who is refused, and what becomes of him when he obeys. */
import type { GATE_REASONS } from '../../../src/domain/decision/catalogue/gate-reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { bundleEvidence, layerEvidence } from '../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../world/own-pki.ts';
import { points } from '../../world/revocation.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { makeSigned } from '../../world/evidence.ts';
import { makeKey } from '../../world/keys.ts';
import { COSIGN_SIGN_TYPE, makeStatement } from '../../world/statement.ts';
import { alice, byCi, byKey, ciSigner, CI, DIGEST, document, elsewhere, HOUR, keySigner, NOW, OTHER, policy, root, SIGNERS, stranger, world } from './support.ts';
import { notarised, unread } from './policy-signers.ts';
import type { Obeyed } from './support.ts';

/** Codes of `verify/`, and none of receipts and packages. */
export type VerifyCode = Exclude<Extract<ReasonCode, `VERIFY_${string}`>, keyof typeof GATE_REASONS>;

const BY_ALICE = SIGNERS + policy({ signature: { by: ['alice'] } });
const BY_CI = SIGNERS + policy({ signature: { by: ['ci'] } });
const GOOD = { policies: BY_ALICE, evidence: [byKey()] };
const GOOD_CI = { policies: BY_CI, evidence: [byCi()] };
const BY_KEY = /cosign sign --key KEY IMAGE/;
const small = makeKey('rsa-1024');
const p384 = makeKey('p384');
const dated = root({ require: { transparencyLog: 0, timestamps: 1 } }) + keySigner('alice', alice) + ciSigner() + policy({ signature: { by: ['ci'] } });
const second = (mode: string): string => root({ secondOpinion: mode }) + ciSigner() + policy({ signature: { by: ['ci'] } });
const hashed = keySigner('alice', p384, { hashAlgorithm: 'sha512' }) + policy({ signature: { by: ['alice'] } });

/** Evidence by alice that is not what it should be. */
const bad = (...args: Parameters<typeof byKey>): Obeyed['refused'] => ({ policies: BY_ALICE, evidence: [byKey(...args)] });
const badCi = (...args: Parameters<typeof byCi>): Obeyed['refused'] => ({ policies: BY_CI, evidence: [byCi(...args)] });

/** A certificate of one's own authority that names a list. */
const pki = createOwnPki(NOW);
const holding = layerEvidence(signedByHolder(DIGEST, pki.issue({ extensions: [points(['http://crl.acme.example/1.crl'])] }), [pki.intermediate]));
const byHolder = (mode: string): string => document('TrustRoot', 'own', { x509: { certificates: pki.root.certificate.pem, revocation: { mode } } })
  + document('Signer', 'release', { identities: [{ x509: { trustRoot: 'own', subjectIncludes: 'O=Acme' } }] }) + policy({ signature: { by: ['release'] } });

/** One for every code; nothing compiles while one is missing. */
export const VERIFY_FIXES: Readonly<Record<VerifyCode, Obeyed>> = {
  VERIFY_MALFORMED: {
    refused: bad({ map: (bundle) => ({ ...bundle, dsseEnvelope: 1 }) }), fix: /sign again with a current tool/, obeyed: GOOD,
  },
  VERIFY_FORMAT: {
    refused: bad({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' }), fix: /sign with cosign 3/, obeyed: GOOD,
  },
  VERIFY_LIMIT: {
    refused: bad({ statement: makeStatement(Array.from({ length: 1025 }, () => ({ digest: { sha256: DIGEST.slice(7) } })), { predicateType: COSIGN_SIGN_TYPE, predicate: {} }) }),
    fix: /attach smaller evidence: .*fewer .*subjects/, says: /expected.*1024/, obeyed: GOOD,
  },
  VERIFY_SIGNATURE_INVALID: {
    refused: bad({ override: { signingKey: stranger } }), fix: /sign it again as alice: cosign sign --key KEY IMAGE/, says: /found {4}referrer: /, obeyed: GOOD,
  },
  VERIFY_SIGNER_UNTRUSTED: {
    refused: bad({ key: stranger }), fix: BY_KEY, says: /expected alice: key sha256:/, obeyed: GOOD,
  },
  VERIFY_SUBJECT_MISMATCH: { refused: bad({ digest: OTHER }), fix: /sign this digest as alice: cosign sign --key KEY IMAGE/, obeyed: GOOD },
  VERIFY_SUBJECT_UNREAD: {
    refused: unread(), fix: /could not verify, retry where the manifest of the image can be read/,
    obeyed: notarised(),
  },
  VERIFY_PAYLOAD_TYPE: { refused: bad({ override: { payloadType: 'text/plain' } }), fix: /sign an in-toto statement.*cosign sign and cosign attest make them/, obeyed: GOOD },
  VERIFY_STATEMENT: { refused: bad({ statement: Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}') }), fix: /current tool: _type, subject with digests/, obeyed: GOOD },
  VERIFY_HASH: {
    refused: { policies: hashed, evidence: [byKey({ key: p384, override: { sign: { hash: 'sha384' } } })] },
    fix: /sign with the hash that hashAlgorithm of the Signer names/,
    obeyed: { policies: hashed, evidence: [byKey({ key: p384, override: { sign: { hash: 'sha512' } } })] },
  },
  VERIFY_ALGORITHM: {
    refused: bad({ artifact: Buffer.from('an image'), map: (bundle) => ({ ...bundle, messageSignature: { ...bundle['messageSignature'] as object, messageDigest: { algorithm: 'MD5', digest: 'AAAA' } } }) }),
    fix: /sign with ECDSA P-256.* over the SHA-256 digest/, obeyed: GOOD,
  },
  VERIFY_CERTIFICATE_UNTRUSTED: { refused: badCi({}, elsewhere), fix: /build it with the workflow under "expected" \(ci\)/, obeyed: GOOD_CI },
  VERIFY_CERTIFICATE_EXPIRED: { refused: badCi({ override: { log: { at: NOW - HOUR / 2 } } }), fix: /sign again while the certificate is valid/, obeyed: GOOD_CI },
  VERIFY_CERTIFICATE_PROFILE: { refused: badCi({ override: { certificate: { eku: false } } }), fix: /certificate as this trust root takes them: for code signing/, obeyed: GOOD_CI },
  VERIFY_SCT: { refused: badCi({ override: { certificate: { ctLogs: [] } } }), fix: /a CT log of the trust root has recorded/, obeyed: GOOD_CI },
  VERIFY_LOG_MISSING: {
    refused: badCi({ log: 'none', tsa: true }), fix: /upload to a transparency log/, says: /expected entries of at least 1[^]*found {4}no entry of a log/, obeyed: GOOD_CI,
  },
  VERIFY_LOG_INVALID: { refused: badCi({ override: { log: { promiseKey: stranger } } }), fix: /sign again/, obeyed: GOOD_CI },
  VERIFY_LOG_MISMATCH: {
    refused: badCi({ override: { useEntry: entryOfAnother() } }), fix: /sign again: entry and signature must belong together/, obeyed: GOOD_CI,
  },
  VERIFY_LOG_KIND: { refused: badCi({ override: { log: { body: () => ({ kind: 'other', apiVersion: '1' }) } } }), fix: /attest again with a current tool/, obeyed: GOOD_CI },
  VERIFY_TIMESTAMP: {
    refused: { policies: dated, evidence: [byCi({ log: 'v1' })] }, fix: /sign again with a timestamp authority that the trust root lists/, says: /expected timestamps of at least 1/,
    obeyed: { policies: dated, evidence: [byCi({ log: 'v1', tsa: true })] },
  },
  VERIFY_TIME_MISSING: {
    refused: badCi({ log: 'v2', tsa: false }), fix: /sign with a transparency log or a timestamp authority/, says: /found {4}a log entry that tells no time by itself/,
    obeyed: { policies: BY_CI, evidence: [byCi({ log: 'v2', tsa: true })] },
  },
  VERIFY_DISAGREEMENT: {
    refused: { policies: second('require'), evidence: [byCi()], opinion: () => ({ kind: 'disagrees', said: 'no' }) },
    fix: /do not use the artifact; ask the owner of policy p/, owner: /secondOpinion: report/,
    obeyed: { policies: second('report'), evidence: [byCi()], opinion: () => ({ kind: 'disagrees', said: 'no' }) },
  },
  VERIFY_NO_SECOND_OPINION: {
    refused: { policies: second('require'), evidence: [bundleEvidence(keylessBundle(world, { identity: CI, at: NOW - HOUR, digest: DIGEST, keyType: 'p384' }))] },
    fix: /an in-toto statement in a Sigstore bundle, by a P-256 certificate/,
    obeyed: { policies: second('require'), evidence: [byCi()] },
  },
  VERIFY_REVOCATION_UNKNOWN: {
    refused: { policies: byHolder('hard'), evidence: [holding] }, fix: /could not verify, retry in a few seconds: .*; when it lasts, ask an administrator of Gatehouse/,
    says: /certificate [0-9a-f]+/, owner: /revocation\.crls/, obeyed: { policies: byHolder('off'), evidence: [holding] },
  },
  VERIFY_TRUST_ROOT_STALE: {
    refused: { ...GOOD_CI, stale: true }, fix: /could not verify, retry; when it lasts, ask an administrator of Gatehouse to look at the TUF mirror/, owner: /TUF mirror/, obeyed: GOOD_CI,
  },
};

/** A genuine entry of the log, about another signature. */
function entryOfAnother(): NonNullable<ReturnType<typeof makeSigned>['entry']> {
  const { entry } = makeSigned(world, { statement: makeStatement(OTHER, { predicateType: 'https://example.com/x', predicate: {} }) }, { identity: CI }, { log: 'v1', at: NOW - HOUR });
  if (entry === undefined) throw new Error('not logged');
  return entry;
}

/** Further situations of a code, in which the line has to say something else. */
export const VERIFY_NEIGHBOURS: Readonly<Record<string, readonly [VerifyCode, Obeyed]>> = {
  'a trust root that is too old, on a command line, where nobody else is asked': ['VERIFY_TRUST_ROOT_STALE', {
    refused: { ...GOOD_CI, stale: true, surface: 'cli' },
    fix: /could not verify, retry; check that the TUF mirror, file or bundle endpoint of the trust root can be reached from here/, obeyed: { ...GOOD_CI, surface: 'cli' },
  }],
  'a workflow of a pull request': ['VERIFY_SIGNER_UNTRUSTED', {
    refused: badCi({ identity: { ...CI, san: CI.san.replace('tags/v1', 'heads/pr-7') } }),
    fix: /build it with the workflow under "expected" \(ci\)/, says: /differs {2}"@refs\/heads\/pr-7", expected "@refs\/tags\/v1"/, obeyed: GOOD_CI,
  }],
  'one of several signers': ['VERIFY_SIGNER_UNTRUSTED', {
    refused: { policies: SIGNERS + policy({ signature: { by: ['bob', 'alice'], threshold: 1 } }), evidence: [byKey({ key: stranger })] },
    fix: /sign it as one of alice, bob: cosign sign --key KEY IMAGE/,
    obeyed: { policies: SIGNERS + policy({ signature: { by: ['bob', 'alice'], threshold: 1 } }), evidence: [byKey()] },
  }],
  'a key that is too small': ['VERIFY_SIGNER_UNTRUSTED', { refused: { policies: BY_ALICE, evidence: [bundleEvidence(keyBundle(world, { key: small, digest: DIGEST }))] }, fix: BY_KEY, obeyed: GOOD }],
};
