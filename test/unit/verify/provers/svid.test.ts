import { describe, expect, test } from 'vitest';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import { layerEvidence } from '../../../world/domain.ts';
import type { GeneralName } from '../../../world/extensions.ts';
import { base64 } from '../../../world/encode.ts';
import { stamp } from '../../../world/tsa.ts';
import { signedByHolder } from '../../../world/own-pki.ts';
import type { HolderOptions } from '../../../world/own-pki.ts';
import { createTrustDomain } from '../../../world/spiffe.ts';
import { judge } from '../../policy/every-field/judge.ts';
import { demanding } from '../../policy/every-field/row.ts';
import { DAY, DIGEST, doc, HOUR, NOW, world } from '../../policy/every-field/world.ts';

/** The rules of X509-SVID and SPIFFE-ID to the letter: each with an SVID that keeps it, and one that breaks it alone. */
const prod = createTrustDomain('prod.example', NOW);
const other = createTrustDomain('dev.example', NOW);
const PATH = '/ns/chains/sa/controller';
const ID = `spiffe://prod.example${PATH}`;
const ROOTS = [
  doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', bundle: prod.bundle() } }),
  doc('TrustRoot', 'dev', { spiffe: { trustDomain: 'dev.example', bundle: other.bundle() } }),
];
const PROFILE = 'deny VERIFY_CERTIFICATE_PROFILE';
const UNTRUSTED = 'deny VERIFY_CERTIFICATE_UNTRUSTED';
const STRANGER = 'deny VERIFY_SIGNER_UNTRUSTED';
const EXPIRED = 'deny VERIFY_CERTIFICATE_EXPIRED';

async function verdict(evidence: UnverifiedEvidence, fields: object = { id: ID }, root = 'prod'): Promise<string> {
  const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [evidence] });
  const signer = doc('Signer', 'tested', { identities: [{ spiffe: { trustRoot: root, ...fields } }] });
  return (await judge({ ...scene, documents: [signer, ...scene.documents, ...ROOTS] })).verdict;
}

const signed = (more: HolderOptions = {}): UnverifiedEvidence => layerEvidence(prod.signed(DIGEST, PATH, more));
const uri = (value: string): GeneralName => ({ type: 'uri', value });
const longId = (bytes: number): string => `spiffe://prod.example/${'a'.repeat(bytes - 22)}`;
const named = (...names: GeneralName[]): UnverifiedEvidence => signed({ names });

describe('an X.509-SVID', () => {
  test('that keeps every rule is admitted', async () => {
    expect(await verdict(signed())).toBe('admit POLICY_SATISFIED');
  });

  test.each<[string, UnverifiedEvidence]>([
    ['a DNS name beside its URI', named(uri(ID), { type: 'dns', value: 'controller.example' })],
    ['no extended key usage', signed({ usages: [] })],
    ['an empty subject', signed({ subject: [] })],
    ['key agreement besides', signed({ keyUsages: ['digitalSignature', 'keyAgreement'] })],
  ])('may have %s', async (_, evidence) => expect(await verdict(evidence)).toBe('admit POLICY_SATISFIED'));

  test.each<[string, UnverifiedEvidence, string]>([
    ['several URIs', named(uri(ID), uri('https://prod.example')), PROFILE],
    ['its ID twice', named(uri(ID), uri(ID)), PROFILE],
    ['no URI', named({ type: 'dns', value: 'controller.example' }), PROFILE],
    ['no names', named(), PROFILE],
    ['its ID as another name', named({ type: 'dns', value: ID }), PROFILE],
    ['no path', named(uri('spiffe://prod.example')), PROFILE],
    ['a slash for a path', named(uri('spiffe://prod.example/')), PROFILE],
    ['a slash at its end', named(uri(`${ID}/`)), PROFILE],
    ['two slashes', named(uri('spiffe://prod.example/ns//chains')), PROFILE],
    ['a dot segment', named(uri('spiffe://prod.example/./ns')), PROFILE],
    ['two dots for a segment', named(uri(`spiffe://prod.example/a/..${PATH}`)), PROFILE],
    ['a percent sign', named(uri('spiffe://prod.example/ns%2Fchains')), PROFILE],
    ['a trust domain in capitals', named(uri(`spiffe://PROD.example${PATH}`)), PROFILE],
    ['a scheme in capitals', named(uri(`SPIFFE://prod.example${PATH}`)), PROFILE],
    ['a port', named(uri(`spiffe://prod.example:8081${PATH}`)), PROFILE],
    ['user info', named(uri(`spiffe://root@prod.example${PATH}`)), PROFILE],
    ['a query', named(uri(`${ID}?admin`)), PROFILE],
    ['a fragment', named(uri(`${ID}#admin`)), PROFILE],
    ['another scheme', named(uri(`https://prod.example${PATH}`)), PROFILE],
    ['no trust domain', named(uri(`spiffe://${PATH}`)), PROFILE],
    ['an ID of 2048 bytes that nobody trusts', named(uri(longId(2048))), STRANGER],
    ['an ID longer than 2048 bytes', named(uri(longId(2049))), 'deny VERIFY_MALFORMED'],
    ['another path', named(uri(`${ID}2`)), STRANGER],
    ['a path in capitals', named(uri(ID.replace('chains', 'Chains'))), STRANGER],
    ['another trust domain', named(uri(`spiffe://dev.example${PATH}`)), UNTRUSTED],
    ['a trust domain below', named(uri(`spiffe://a.prod.example${PATH}`)), UNTRUSTED],
    ['a CA flag', signed({ ca: true, keyUsages: ['digitalSignature'] }), PROFILE],
    ['certSign', signed({ keyUsages: ['digitalSignature', 'keyCertSign'] }), PROFILE],
    ['cRLSign', signed({ keyUsages: ['digitalSignature', 'cRLSign'] }), PROFILE],
    ['no key usage', signed({ keyUsages: [] }), PROFILE],
    ['no digital signature', signed({ keyUsages: ['keyAgreement'] }), PROFILE],
    ['an issuer in the bundle of another domain', layerEvidence(signedByHolder(DIGEST, prod.svid(PATH, { issuer: other.root }), [])), UNTRUSTED],
    ['a workload for its issuer', layerEvidence(signedByHolder(DIGEST, prod.svid(PATH, { issuer: prod.svid('/a') }), [prod.svid('/a')])), UNTRUSTED],
    ['a life that is over', signed({ notBefore: NOW - DAY, notAfter: NOW - 1000 }), EXPIRED],
    ['a life that has not begun', signed({ notBefore: NOW + 1000 }), EXPIRED],
  ])('may not have %s', async (_, evidence, code) => expect(await verdict(evidence)).toBe(code));

  test('has an ID of at most 2048 bytes', async () => {
    expect(await verdict(named(uri(longId(2048))), { id: longId(2048) })).toBe('admit POLICY_SATISFIED');
    expect(await verdict(named(uri(longId(2049))), { id: longId(2049) })).toBe('refused');
  });

  test('is one of the domain of its root, whichever bundle knows its issuer', async () => {
    const evidence = layerEvidence(signedByHolder(DIGEST, other.svid(PATH, { names: [uri(ID)] }), []));
    expect(await verdict(evidence)).toBe(UNTRUSTED);
    expect(await verdict(evidence, { id: `spiffe://dev.example${PATH}` }, 'dev')).toBe(UNTRUSTED);
    expect(await verdict(layerEvidence(other.signed(DIGEST, PATH)), { id: `spiffe://dev.example${PATH}` }, 'dev')).toBe('admit POLICY_SATISFIED');
  });
});

describe('an authority between workload and bundle', () => {
  const between = (names: readonly GeneralName[]): UnverifiedEvidence => {
    const authority = prod.issue({ subject: [['O', 'SPIRE'], ['CN', 'below']], ca: true, names, issuer: prod.root });
    return layerEvidence(signedByHolder(DIGEST, prod.svid(PATH, { issuer: authority }), [authority]));
  };

  test.each<[string, readonly GeneralName[], string]>([
    ['has the ID of the trust domain', [uri('spiffe://prod.example')], 'admit POLICY_SATISFIED'],
    ['has none', [], 'admit POLICY_SATISFIED'],
    ['has a URI of something else', [uri('https://pki.prod.example')], 'admit POLICY_SATISFIED'],
    ['has the ID of another domain', [uri('spiffe://dev.example')], UNTRUSTED],
    ['has the ID of a workload', [uri('spiffe://prod.example/spire/server')], UNTRUSTED],
    ['has an ID that is none', [uri('Spiffe://prod.example')], UNTRUSTED],
  ])('%s', async (_, names, code) => expect(await verdict(between(names))).toBe(code));
});

describe('what a signer says of workloads', () => {
  test.each<[string, object, string]>([
    ['a glob over its path', { idGlob: 'spiffe://prod.example/ns/*/sa/controller' }, 'admit POLICY_SATISFIED'],
    ['a glob over a part of it', { idGlob: 'spiffe://prod.example/ns/*/controller' }, STRANGER],
    ['a glob over segments', { idGlob: 'spiffe://prod.example/ns/**' }, 'admit POLICY_SATISFIED'],
    ['a glob over another path', { idGlob: 'spiffe://prod.example/team/**' }, STRANGER],
    ['a life that is long enough', { id: ID, maxCertificateLifetime: '25h' }, 'admit POLICY_SATISFIED'],
    ['a life that is shorter', { id: ID, maxCertificateLifetime: '24h' }, 'deny POLICY_CERTIFICATE_LIFETIME'],
    ['a glob over domains', { idGlob: 'spiffe://*.example/ns/**' }, 'refused'],
    ['a glob over everything', { idGlob: 'spiffe://**' }, 'refused'],
    ['another domain than that of the root', { idGlob: 'spiffe://dev.example/**' }, 'refused'],
    ['a domain in capitals', { id: `spiffe://Prod.example${PATH}` }, 'refused'],
    ['an ID without a path', { id: 'spiffe://prod.example' }, 'refused'],
  ])('%s', async (_, fields, code) => expect(await verdict(signed(), fields)).toBe(code));
});

describe('a short life', () => {
  const dated = doc('TrustRoot', 'dated', {
    spiffe: {
      trustDomain: 'prod.example', bundle: prod.bundle(),
      timestampAuthorities: [{ chain: world.tsa.chain.map((one) => one.pem).join(''), validFor: { start: new Date(NOW - 900 * DAY).toISOString() } }],
    },
  });
  const judged = async (evidence: UnverifiedEvidence): Promise<string> => {
    const scene = demanding({ signature: { by: ['tested'] } }, { evidence: [evidence] });
    const signer = doc('Signer', 'tested', { identities: [{ spiffe: { trustRoot: 'dated', id: ID } }] });
    return (await judge({ ...scene, documents: [signer, ...scene.documents, dated] })).verdict;
  };
  const over: HolderOptions = { notBefore: NOW - 3 * HOUR, notAfter: NOW - 2 * HOUR };

  test('that is over by now counts where a timestamp proves that it was not when it signed', async () => {
    expect(await judged(layerEvidence(stamped(NOW - 2.5 * HOUR)))).toBe('admit POLICY_SATISFIED');
    expect(await judged(layerEvidence(stamped(NOW - HOUR)))).toBe(EXPIRED);
    expect(await judged(layerEvidence(prod.signed(DIGEST, PATH, over)))).toBe(EXPIRED);
  });

  /** Signed with the SVID that is over, with a timestamp of this moment. */
  function stamped(at: number) {
    const layer = prod.signed(DIGEST, PATH, over);
    const signature = Buffer.from(layer.annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64');
    const token = base64(stamp(world.tsa, signature, at));
    return { ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({ SignedRFC3161Timestamp: token }) } };
  }
});
