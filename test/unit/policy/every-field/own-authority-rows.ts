import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { layerEvidence } from '../../../world/domain.ts';
import { createOwnPki, signedByHolder } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { simpleSigningPayload } from '../../../world/cosign.ts';
import { signWith } from '../../../world/keys.ts';
import { stamp } from '../../../world/tsa.ts';
import { createWorld } from '../../../world/world.ts';
import { demanding, rowsAt } from './row.ts';
import type { More, Row } from './row.ts';
import type { Scene } from './judge.ts';
import { DAY, DIGEST, doc, iso, NOW, world } from './world.ts';

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

function stamped(options: HolderOptions): UnverifiedEvidence {
  const one = pki.issue({ ...options, ...over });
  const layer = signedByHolder(DIGEST, one, [pki.intermediate]);
  const signature = Buffer.from(layer.annotations?.['dev.cosignproject.cosign/signature'] ?? '', 'base64');
  const token = stamp(world.tsa, signature, AT).toString('base64');
  return layerEvidence({ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: token }) } });
}

const validFor = { start: iso(NOW - 1000 * DAY) };
const chain = (tsa: typeof world.tsa): string => tsa.chain.map(({ pem }) => pem).join('');
const AUTHORITY = { chain: chain(world.tsa), uri: 'https://tsa.example', validFor };
const EXPIRED = 'VERIFY_CERTIFICATE_EXPIRED';

function rootRows(kind: 'x509' | 'spiffe', identity: object, options: HolderOptions): readonly Row[] {
  const make = rowsAt('TrustRoot', trusting(identity, options, kind === 'x509' ? 'acme' : 'prod'), `spec.${kind}`);
  const dated = { base: { timestampAuthorities: [AUTHORITY] }, scene: { evidence: [stamped(options)] } };
  const long = iso(NOW - 900 * DAY);
  return [
    make('certificates', other.root.certificate.pem, UNTRUSTED),
    make('timestampAuthorities.0.chain', chain(elsewhere.tsa), EXPIRED, dated),
    make('timestampAuthorities.0.validFor.start', iso(NOW - 60_000), 'VERIFY_TIMESTAMP', dated),
    make('timestampAuthorities.0.validFor.end', long, 'VERIFY_TIMESTAMP', dated),
    make('timestampAuthorities.0.uri', '', { lint: /must not be empty/ }, { ...dated, why: 'says for readers where the authority is' }),
  ];
}

export const ownAuthorityRows: readonly Row[] = [
  ...holders,
  ...rootRows('x509', { x509: X509 }, {}),
  ...rootRows('spiffe', { spiffe: SPIFFE }, SVID),
];
void signWith; void simpleSigningPayload;
