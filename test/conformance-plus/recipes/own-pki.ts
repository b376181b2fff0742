import { createHash } from 'node:crypto';
import type { UnverifiedEvidence } from '../../../src/domain/evidence.ts';
import { layerEvidence } from '../../world/domain.ts';
import { seq, utf8 } from '../../world/der.ts';
import { nameConstraints } from '../../world/extensions.ts';
import { createOwnPki, envelopeByHolders, signedByHolder, tokenOf } from '../../world/own-pki.ts';
import type { Holder, HolderOptions, HolderSignature } from '../../world/own-pki.ts';
import { makeStatement } from '../../world/statement.ts';
import { makeTsa, stamp } from '../../world/tsa.ts';
import type { Expected, Question, Recipe } from '../recipe.ts';
import { attested, DIGEST, MINUTE, NOW, policyDocument, signerDocument, world } from '../scene.ts';

const DAY = 24 * 60 * MINUTE;
const pki = createOwnPki(NOW);
const stranger = createOwnPki(NOW);
const NAME = 'C=DE, O=Acme, CN=release';
const TYPE = 'https://acme.example/tested/v1';
const [release, other] = [pki.issue(), pki.issue({ subject: [['O', 'Acme'], ['CN', 'build']] })];
const otherTsa = makeTsa({ now: NOW });

function asked(evidence: UnverifiedEvidence, identity: object, demand?: Record<string, unknown>, more: object = {}): Question {
  const root = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'world' }, spec: { x509: { certificates: pki.root.certificate.pem, ...more } } };
  return { evidence, digest: DIGEST, now: NOW, documents: [root, signerDocument([{ x509: { trustRoot: 'world', ...identity } }]), policyDocument(demand)] };
}

/** How a signature of cosign 2 differs from one by the release certificate, its chain beside it. */
interface Change extends HolderOptions {
  readonly by?: Holder;
  readonly chain?: readonly Holder[];
  readonly identity?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

function annotated({ by, chain = [pki.intermediate], identity = { subject: NAME }, annotations = {}, ...options }: Change = {}): Question {
  return asked(layerEvidence(signedByHolder(DIGEST, by ?? pki.issue(options), chain, annotations)), identity);
}

/** How an envelope of Witness differs from one that the release certificate signed; `over`: it has ended, and only a stamp saves it. */
interface Sealed extends Partial<HolderSignature> {
  readonly over?: true;
  readonly about?: typeof DIGEST;
}

function sealed({ over, about = DIGEST, ...signature }: Sealed = {}): Question {
  const by = over === undefined ? release : pki.issue({ notBefore: NOW - 9 * DAY, notAfter: NOW - 7 * DAY });
  const bytes = envelopeByHolders(makeStatement(about, { predicateType: TYPE, predicate: {} }), [{ by, chain: [pki.intermediate], ...signature }]);
  const evidence = { format: 'cosign-dsse', source: 'referrer', bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, annotations: {} } as const;
  const validFor = { start: new Date(NOW - 1000 * DAY).toISOString() };
  const timestampAuthorities = [{ chain: world.tsa.chain.map(({ pem }) => pem).join(''), validFor }];
  return asked(evidence, { subject: NAME }, attested(TYPE), over === undefined ? {} : { timestampAuthorities });
}

const stamped = (at: number, tsa = world.tsa, over?: Uint8Array) => (signature: Uint8Array): Buffer => tokenOf(stamp(tsa, over ?? signature, at));
const authority = (options: HolderOptions): Holder => pki.issue({ subject: [['O', 'Acme'], ['CN', 'middle']], ca: true, issuer: pki.root, notBefore: NOW - 99 * DAY, notAfter: NOW + 99 * DAY, ...options });
const under = (options: HolderOptions): Change => {
  const issuer = authority(options);
  return { issuer, chain: [issuer] };
};
const [UNTRUSTED, PROFILE, EXPIRED, NOBODY] = ['VERIFY_CERTIFICATE_UNTRUSTED', 'VERIFY_CERTIFICATE_PROFILE', 'VERIFY_CERTIFICATE_EXPIRED', 'VERIFY_SIGNER_UNTRUSTED'] as const;

/** Rows of the attack list that they are of as well. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'look-alike': ['C17'], 'look-alike-root': ['C17', 'B15'], 'envelope-look-alike': ['C17'], 'over': ['B27'], 'envelope-unstamped': ['B27'],
  'value-within-value': ['C02'], 'server': ['B11'], 'any-usage': ['B11'], 'authority-signs': ['B14'], 'holder-issues': ['B14'], 'weak': ['D12'],
  'alternative-type': ['C08'], 'envelope-stamp-of-a-stranger': ['B17'],
};
type Row<C> = readonly [id: string, title: string, expected: Expected, forged: C, twin?: C];
const made = <C>(rows: readonly Row<C>[], make: (change: C | undefined) => Question): readonly Recipe[] => rows.map(([id, title, expected, forged, twin]) => ({
  id: `own-${id}`, title, expected, ...(ATTACKS[id] === undefined ? {} : { rows: ATTACKS[id] }), forged: () => make(forged), twin: () => make(twin),
}));

export const OWN_PKI: readonly Recipe[] = [
  ...made<Change>([
    ['look-alike', 'an authority of the same name issued it', UNTRUSTED, { by: stranger.issue(), chain: [stranger.intermediate] }],
    ['look-alike-root', 'an authority of the same name issued it, and its root comes along', UNTRUSTED, { by: stranger.issue(), chain: [stranger.intermediate, stranger.root] }],
    ['stolen-certificate', 'the certificate of the release beside the signature of another key', 'VERIFY_SIGNATURE_INVALID', { by: { certificate: release.certificate, key: other.key } }],
    ['value-within-value', 'the whole name stands inside of one attribute', NOBODY, { subject: [['CN', 'x, C=DE, O=Acme, CN=release']] }],
    ['one-more', 'the name has one attribute more', NOBODY, { subject: [['C', 'DE'], ['O', 'Acme'], ['CN', 'release'], ['CN', 'build']] }],
    ['server', 'the certificate is for servers', NOBODY, { usages: ['serverAuth'] }],
    ['any-usage', 'the certificate is for any usage, where code is signed', NOBODY, { usages: ['any'] }],
    ['authority-signs', 'an authority signed itself', PROFILE, { ca: true, keyUsages: ['digitalSignature', 'keyCertSign'], usages: ['codeSigning'] }],
    ['holder-issues', 'the holder of a certificate issued another one', UNTRUSTED, { issuer: other, chain: [other, pki.intermediate] }],
    ['may-not-sign', 'the key may encipher, not sign', PROFILE, { keyUsages: ['keyEncipherment'] }],
    ['critical', 'a critical extension that nobody understands', PROFILE, { extensions: [{ oid: '1.2.3.4.5', critical: true, value: seq(utf8('x')) }] }],
    ['constrained', 'the authority is bound to names that nobody compares', UNTRUSTED, under({ extensions: [nameConstraints({ permitted: [{ type: 'dns', value: 'acme.example' }] })] }), under({})],
    ['limited', 'the authority may issue for servers alone', UNTRUSTED, under({ usages: ['serverAuth'] }), under({ usages: ['codeSigning'] })],
    ['too-deep', 'an authority stands below one that permits none', UNTRUSTED, (() => {
      const top = authority({ pathLength: 0 });
      const low = authority({ issuer: top });
      return { issuer: low, chain: [low, top] };
    })(), (() => {
      const top = authority({ pathLength: 1 });
      const low = authority({ issuer: top });
      return { issuer: low, chain: [low, top] };
    })()],
    ['over', 'the certificate has ended, and nothing dates the signature', EXPIRED, { notBefore: NOW - 9 * DAY, notAfter: NOW - DAY }],
    ['not-yet', 'the certificate has not begun', EXPIRED, { notBefore: NOW + DAY }],
    ['weak', 'a key of 1024 bits', 'VERIFY_MALFORMED', { keyType: 'rsa-1024' }, { keyType: 'rsa-2048' }],
    ['alternative-type', 'an e-mail address where a DNS name is meant', NOBODY, { identity: { san: 'acme.example' }, names: [{ type: 'email', value: 'acme.example' }] }, { identity: { san: 'acme.example' }, names: [{ type: 'dns', value: 'acme.example' }] }],
  ], annotated),
  ...made<Sealed>([
    ['envelope-look-alike', 'Witness: an authority of the same name issued the certificate inside', UNTRUSTED, { by: stranger.issue(), chain: [stranger.intermediate] }],
    ['envelope-stolen', 'Witness: the certificate of the release beside the signature of another key', 'VERIFY_SIGNATURE_INVALID', { by: { certificate: release.certificate, key: other.key } }],
    ['envelope-as-issuer', 'Witness: the certificate of the release among the issuers', NOBODY, { by: other, chain: [pki.intermediate, release] }],
    ['envelope-unstamped', 'Witness: an ended certificate without stamp', EXPIRED, { over: true }, { over: true, stamps: [stamped(NOW - 8 * DAY)] }],
    ['envelope-stamped-late', 'Witness: an ended certificate, stamped after its end', EXPIRED, { over: true, stamps: [stamped(NOW - 6 * DAY)] }, { over: true, stamps: [stamped(NOW - 8 * DAY)] }],
    ['envelope-stamp-of-another', 'Witness: an ended certificate, with the stamp of another signature', 'VERIFY_TIMESTAMP', { over: true, stamps: [stamped(NOW - 8 * DAY, world.tsa, Buffer.from('another'))] }, { over: true, stamps: [stamped(NOW - 8 * DAY)] }],
    ['envelope-stamp-of-a-stranger', 'Witness: an ended certificate, stamped by somebody who is not listed', EXPIRED, { over: true, stamps: [stamped(NOW - 8 * DAY, otherTsa)] }, { over: true, stamps: [stamped(NOW - 8 * DAY)] }],
  ], sealed),
];
