import { layerEvidence } from '../../world/domain.ts';
import { signedByHolder } from '../../world/own-pki.ts';
import type { Holder, HolderOptions } from '../../world/own-pki.ts';
import { bundleKey, createTrustDomain } from '../../world/spiffe.ts';
import type { Expected, Question, Recipe } from '../recipe.ts';
import { DIGEST, MINUTE, NOW, policyDocument, signerDocument } from '../scene.ts';

/** Workloads that are not who they say, or may not say it. */
const HOUR = 60 * MINUTE;
const [prod, dev, stranger] = [createTrustDomain('prod.example', NOW), createTrustDomain('dev.example', NOW), createTrustDomain('prod.example', NOW)];
const PATH = '/ns/ci/sa/builder';
const ID = `spiffe://prod.example${PATH}`;
const [UNTRUSTED, PROFILE, EXPIRED, NOBODY] = ['VERIFY_CERTIFICATE_UNTRUSTED', 'VERIFY_CERTIFICATE_PROFILE', 'VERIFY_CERTIFICATE_EXPIRED', 'VERIFY_SIGNER_UNTRUSTED'] as const;

/** How a signature differs from one by the builder of prod.example, under the bundle of its trust domain. */
interface Change extends HolderOptions {
  readonly by?: Holder;
  readonly chain?: readonly Holder[];
  readonly identity?: object;
  readonly bundle?: object;
}

function workload({ by, chain = [], identity = { id: ID }, bundle = prod.bundle(), ...options }: Change = {}): Question {
  const root = { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'world' }, spec: { spiffe: { trustDomain: 'prod.example', bundle } } };
  const evidence = layerEvidence(signedByHolder(DIGEST, by ?? prod.svid(PATH, options), chain));
  return { evidence, digest: DIGEST, now: NOW, documents: [root, signerDocument([{ spiffe: { trustRoot: 'world', ...identity } }]), policyDocument()] };
}

const named = (...values: readonly string[]): Change => ({ names: values.map((value) => ({ type: 'uri', value })) });
const below = (names: readonly string[]): Change => {
  const issuer = prod.issue({ subject: [['O', 'SPIRE'], ['CN', 'below']], ca: true, issuer: prod.root, names: names.map((value) => ({ type: 'uri', value })) });
  return { issuer, chain: [issuer] };
};
const svid = prod.svid(PATH);

const ROWS: readonly (readonly [id: string, title: string, expected: Expected, forged: Change, twin?: Change])[] = [
  ['two-uris', 'the certificate has a second URI', PROFILE, named(ID, 'https://prod.example')],
  ['no-path', 'the certificate has the ID of the trust domain', PROFILE, named('spiffe://prod.example')],
  ['dots', 'the path comes back to the one that is meant', PROFILE, named(`spiffe://prod.example/ns/evil/..${PATH.slice(3)}`)],
  ['percent', 'the path has a letter in another writing', PROFILE, named(ID.replace('builder', '%62uilder'))],
  ['slash', 'the path ends with a slash', PROFILE, named(`${ID}/`)],
  ['capitals', 'the trust domain has a capital', PROFILE, named(ID.replace('prod', 'Prod'))],
  ['port', 'the trust domain has a port', PROFILE, named(ID.replace('example', 'example:443'))],
  ['user-info', 'another domain stands before the one that is meant', PROFILE, named(ID.replace('prod', 'dev.example@prod'))],
  ['query', 'a query follows the path', PROFILE, named(`${ID}?x`)],
  ['look-alike', 'an authority of the same name issued it', UNTRUSTED, { by: stranger.svid(PATH) }],
  ['look-alike-root', 'an authority of the same name issued it, and comes along', UNTRUSTED, { by: stranger.svid(PATH), chain: [stranger.root] }],
  ['other-domain', 'another trust domain issued it', UNTRUSTED, { issuer: dev.root }],
  ['other-domain-id', 'the authority issued an ID of another trust domain', UNTRUSTED, named(`spiffe://dev.example${PATH}`)],
  ['authority-of-another', 'an authority in between has the ID of another domain', UNTRUSTED, below(['spiffe://dev.example']), below(['spiffe://prod.example'])],
  ['workload-issues', 'a workload issued it', UNTRUSTED, { issuer: svid, chain: [svid] }],
  ['may-issue', 'the workload may sign certificates', PROFILE, { keyUsages: ['digitalSignature', 'keyCertSign'] }],
  ['may-revoke', 'the workload may sign revocation lists', PROFILE, { keyUsages: ['digitalSignature', 'cRLSign'] }],
  ['no-usage', 'no key usage is stated', PROFILE, { keyUsages: [] }],
  ['over', 'the certificate has ended', EXPIRED, { notBefore: NOW - 3 * HOUR, notAfter: NOW - HOUR }],
  ['long', 'the certificate lives for longer than the policy lets it', 'POLICY_CERTIFICATE_LIFETIME', { identity: { id: ID, maxCertificateLifetime: '2h' }, notBefore: NOW - 2 * HOUR }, { identity: { id: ID, maxCertificateLifetime: '2h' }, notBefore: NOW - HOUR / 2 }],
  ['neighbour', 'another workload below the same path', NOBODY, { identity: { idGlob: 'spiffe://prod.example/ns/*/builder' } }, { identity: { idGlob: 'spiffe://prod.example/ns/*/*/builder' } }],
  ['stolen', 'the SVID beside the signature of another key', 'VERIFY_SIGNATURE_INVALID', { by: { certificate: svid.certificate, key: dev.svid(PATH).key } }, { by: svid }],
  ['revoked', 'the bundle has no authorities any more', UNTRUSTED, { bundle: { keys: [] } }],
  ['rotated', 'the bundle has other authorities by now', UNTRUSTED, { bundle: stranger.bundle() }],
  ['bundle-kid', 'an authority in the bundle has a name', 'refused when loaded', { bundle: { keys: [bundleKey(prod.root, { kid: 'a' })] } }],
  ['bundle-key', 'an authority in the bundle has the certificate of another key', 'refused when loaded', { bundle: { keys: [bundleKey(prod.root, { x5c: bundleKey(stranger.root)['x5c'] })] } }],
];

/** Rows of the attack list that they are of as well. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'look-alike': ['C17'], 'look-alike-root': ['C17', 'B15'], 'other-domain': ['C18'], 'other-domain-id': ['C18'], 'authority-of-another': ['C18'],
  'over': ['B27'], 'revoked': ['B26'], 'rotated': ['B26'], 'workload-issues': ['B14'],
};

export const SPIFFE: readonly Recipe[] = ROWS.map(([id, title, expected, forged, twin]) => ({
  id: `svid-${id}`, title, expected, ...(ATTACKS[id] === undefined ? {} : { rows: ATTACKS[id] }), forged: () => workload(forged), twin: () => workload(twin),
}));
