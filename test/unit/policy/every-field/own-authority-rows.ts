import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { bundleEvidence, layerEvidence } from '../../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { keylessBundle } from '../../../world/bundle.ts';
import { simpleSigningLayer } from '../../../world/cosign.ts';
import type { Proofs } from '../../../world/evidence.ts';
import { createWorld } from '../../../world/world.ts';
import { demanding, rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import type { Scene } from './judge.ts';
import { DAY, DIGEST, doc, iso, NOW, WORKFLOW, world } from './world.ts';

/** Rows of signers by certificates of one's own authorities, and of the trust roots that prove them: `x509` and `spiffe`. */
const pki = createOwnPki(NOW);
const other = createOwnPki(NOW);
const elsewhere = createWorld({ now: NOW });
const ID = 'spiffe://prod.acme.example/ns/ci/sa/build';
const ISSUER = 'O=Acme, CN=signing';

const NAMES = [{ type: 'uri', value: 'https://acme.example/release' }] as const;
const X509 = { trustRoot: 'acme', subject: 'C=DE, O=Acme, CN=release' };
const SPIFFE = { trustRoot: 'prod', id: ID };
const ROOTS = [
  doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }),
  doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.acme.example', certificates: pki.root.certificate.pem } }),
  doc('TrustRoot', 'other', { x509: { certificates: other.root.certificate.pem } }),
  doc('TrustRoot', 'twin', { spiffe: { trustDomain: 'prod.acme.example', certificates: other.root.certificate.pem } }),
];

const SVID: HolderOptions = { subject: [['O', 'SPIRE']], names: [{ type: 'uri', value: ID }], usages: ['serverAuth', 'clientAuth'] };
const by = (options: HolderOptions): UnverifiedEvidence => layerEvidence(signedByHolder(DIGEST, pki.issue(options), [pki.intermediate]));

/** The root that is changed comes first. */
function trusting(identity: object, options: HolderOptions, root = 'acme'): Scene {
  const { documents, ...scene } = demanding({ signature: { by: ['tested'] } }, { evidence: [by(options)] });
  const roots = [...ROOTS.filter(({ metadata }) => metadata['name'] === root), ...ROOTS.filter(({ metadata }) => metadata['name'] !== root)];
  return { ...scene, documents: [doc('Signer', 'tested', { identities: [identity] }), ...roots, ...documents] };
}

const holder = rowsAt('Signer', trusting({ x509: X509 }, { names: NAMES }), 'spec.identities.0.x509');
const workload = rowsAt('Signer', trusting({ spiffe: SPIFFE }, SVID), 'spec.identities.0.spiffe');
const otherwise = (field: string, value: unknown, off: string): More => ({ base: { [off]: undefined, [field]: value } });
const [UNKNOWN, UNTRUSTED, LIFETIME] = ['VERIFY_SIGNER_UNTRUSTED', 'VERIFY_CERTIFICATE_UNTRUSTED', 'POLICY_CERTIFICATE_LIFETIME'];

const holders: readonly Row[] = [
  holder('subject', 'C=DE, O=Acme, CN=build', UNKNOWN),
  holder('subjectGlob', 'C=DE, O=Acme, CN=b*', UNKNOWN, otherwise('subjectGlob', 'C=DE, O=Acme, CN=r*', 'subject')),
  holder('subjectIncludes', 'OU=x', UNKNOWN, otherwise('subjectIncludes', 'O=Acme', 'subject')),
  holder('san', 'https://acme.example/build', UNKNOWN, otherwise('san', 'https://acme.example/release', 'subject')),
  holder('sanGlob', 'https://acme.example/b*', UNKNOWN, otherwise('sanGlob', 'https://acme.example/r*', 'subject')),
  holder('issuer', 'O=Acme, CN=root', UNKNOWN, { base: { issuer: ISSUER } }),
  holder('eku', ['emailProtection'], UNKNOWN),
  holder('trustRoot', 'other', UNTRUSTED),
  holder('maxCertificateLifetime', '90d', LIFETIME, { base: { maxCertificateLifetime: '91d' } }),
  workload('id', `${ID}s`, UNKNOWN),
  workload('idGlob', 'spiffe://prod.acme.example/ns/cd/**', UNKNOWN, otherwise('idGlob', 'spiffe://prod.acme.example/ns/ci/**', 'id')),
  workload('trustRoot', 'twin', UNTRUSTED),
  workload('maxCertificateLifetime', '90d', LIFETIME, { base: { maxCertificateLifetime: '91d' } }),
];

/** Signed three days ago by a certificate that is over, logged and stamped then: whoever is not believed leaves it undated. */
const AT = NOW - 3 * DAY;
const over: HolderOptions = { notBefore: NOW - 4 * DAY, notAfter: NOW - 2 * DAY };

function dated(options: HolderOptions, proofs: Proofs): UnverifiedEvidence {
  const { certificate, key } = pki.issue({ ...options, ...over });
  const subject = { digest: DIGEST, reference: 'ghcr.io/acme/app' };
  const override = { useCertificate: certificate, signingKey: key };
  const layer = simpleSigningLayer(world, subject, { identity: WORKFLOW }, { at: AT, ...proofs, override });
  return layerEvidence({ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/chain': pki.intermediate.certificate.pem } });
}

/** Issued by the root itself, since this bundle carries one certificate; its log tells no time. */
function inModernLog(options: HolderOptions): UnverifiedEvidence {
  const { certificate, key } = pki.issue({ ...options, issuer: pki.root });
  const override = { useCertificate: certificate, signingKey: key };
  return bundleEvidence(keylessBundle(world, { identity: WORKFLOW, digest: DIGEST, log: 'v2', tsa: false, override }));
}

const validFor = { start: iso(NOW - 1000 * DAY) };
const chain = (tsa: typeof world.tsa): string => tsa.chain.map(({ pem }) => pem).join('');
const AUTHORITY = { chain: chain(world.tsa), uri: 'https://tsa.example', validFor };
const LOG = { publicKey: world.rekor.key.publicKeyPem, baseUrl: world.rekor.baseUrl, validFor };
const MODERN = { publicKey: world.rekor2.key.publicKeyPem, baseUrl: world.rekor2.baseUrl, validFor };
const EXPIRED = 'VERIFY_CERTIFICATE_EXPIRED';

const UNDATED = 'logs whose ids are made of it tell no time, and no entry is demanded here';

function rootRows(kind: 'x509' | 'spiffe', identity: object, options: HolderOptions): readonly Row[] {
  const make = rowsAt('TrustRoot', trusting(identity, options, kind === 'x509' ? 'acme' : 'prod'), `spec.${kind}`);
  const stamped = { base: { timestampAuthorities: [AUTHORITY] }, scene: { evidence: [dated(options, { tsa: true })] } };
  const logged = { base: { transparencyLogs: [LOG] }, scene: { evidence: [dated(options, { log: 'v1' })] } };
  const modern = { base: { transparencyLogs: [MODERN] }, scene: { evidence: [inModernLog(options)] } };
  const long = iso(NOW - 900 * DAY);
  return [
    make('certificates', other.root.certificate.pem, UNTRUSTED),
    make('timestampAuthorities.0.chain', chain(elsewhere.tsa), EXPIRED, stamped),
    make('timestampAuthorities.0.validFor.start', iso(NOW - 60_000), 'VERIFY_TIMESTAMP', stamped),
    make('timestampAuthorities.0.validFor.end', long, 'VERIFY_TIMESTAMP', stamped),
    make('timestampAuthorities.0.uri', '', { lint: /must not be empty/ }, { ...stamped, why: 'says for readers where the authority is' }),
    make('transparencyLogs.0.publicKey', elsewhere.rekor.key.publicKeyPem, EXPIRED, logged),
    make('transparencyLogs.0.validFor.start', iso(NOW - 60_000), 'VERIFY_LOG_INVALID', logged),
    make('transparencyLogs.0.validFor.end', long, 'VERIFY_LOG_INVALID', logged),
    make('transparencyLogs.0.baseUrl', 'ftp://log.example', { lint: /URL of the log/ }, { ...modern, why: UNDATED }),
    make('transparencyLogs.0.logId', world.rekor.key.hint, { lint: /is not the id of this key/ }, { ...modern, why: UNDATED }),
    make('transparencyLogs.0.operator', '', { lint: /must not be empty/ }, { ...logged, why: 'says who runs it; operators are counted under Sigstore alone' }),
  ];
}

export const ownAuthorityRows: readonly Row[] = [
  ...holders,
  ...rootRows('x509', { x509: X509 }, {}),
  rowsAt('TrustRoot', trusting({ spiffe: SPIFFE }, SVID, 'prod'), 'spec.spiffe')('trustDomain', 'prod/acme', { lint: /trust domain/ }, {
    why: 'of another domain than the identities have, these are refused at their own place',
  }),
  ...rootRows('spiffe', { spiffe: SPIFFE }, SVID),
];
