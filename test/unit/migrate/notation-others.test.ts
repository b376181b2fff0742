/** Notation in policies of Kyverno, Connaisseur and Ratify: what they deny is denied by what is written, and what they admit is told where it is not. */
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { importPolicies } from '../../../src/migrate/index.ts';
import { envelopeEvidence, judgeDocuments } from '../../support/notation/judge.ts';
import { descriptorOf, makeImage } from '../../world/image.ts';
import { makeNotary, notarySign } from '../../world/notation.ts';
import type { Notary, NotarySigning } from '../../world/notation.ts';
import { makeTsa } from '../../world/tsa.ts';
import { compileErrors, joined } from './support.ts';

const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
const image = makeImage({ seed: 'others' });
const [acme, other] = [makeNotary({ now: NOW }), makeNotary({ now: NOW, subject: [['C', 'US'], ['O', 'Acme'], ['CN', 'other']] })];
const alone = makeNotary({ now: NOW, between: -1 });
const tsa = makeTsa({ now: NOW });
const clock = tsa.chain.at(-1)?.pem ?? '';
const [leaf, between] = acme.chain.map(({ pem }) => pem) as [string, string];
const [ADMIT, UNTRUSTED, NOBODY] = ['admit POLICY_SATISFIED', 'deny VERIFY_CERTIFICATE_UNTRUSTED', 'deny VERIFY_SIGNER_UNTRUSTED'];

const by = (notary: Notary, more: Partial<NotarySigning> = {}): ReturnType<typeof envelopeEvidence>[] =>
  [envelopeEvidence(more.format ?? 'notation-jws', notarySign({ notary, target: descriptorOf(image), at: NOW - HOUR, ...more }), image.manifest)];
const yaml = (...documents: readonly unknown[]): string => documents.map((one) => stringify(one)).join('---\n');
const imported = (text: string): ReturnType<typeof importPolicies> => importPolicies([{ path: 'source.yaml', text }]);

/** What is decided of each piece of evidence, by what the import writes; nothing is refused. */
async function decided(text: string, ...evidence: readonly ReturnType<typeof by>[]): Promise<readonly string[]> {
  const result = imported(text);
  expect(result.remarks.filter(({ level }) => level === 'refused')).toEqual([]);
  expect(compileErrors(result)).toEqual([]);
  return Promise.all(evidence.map((one) => judgeDocuments({ text: joined(result), evidence: one, digest: image.digest, now: NOW })));
}
const told = (text: string): readonly string[] => imported(text).remarks.map(({ level, path }) => `${level} ${path}`);

describe('Kyverno', () => {
  const rule = (verify: object): string => yaml({
    apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'check' },
    spec: { validationFailureAction: 'Enforce', rules: [{ name: 'notary', match: { any: [{ resources: { kinds: ['Pod'] } }] }, verifyImages: [{ type: 'Notary', imageReferences: ['ghcr.io/acme/*'], ...verify }] }] },
  });
  const entries = (certificates: readonly object[], count?: number): string =>
    rule({ attestors: [{ ...(count === undefined ? {} : { count }), entries: certificates.map((one) => ({ certificates: one })) }] });

  test('a root is a trust store, and everybody below it signs', async () => {
    const text = entries([{ cert: acme.root.pem }]);
    expect(told(text)).toEqual([]);
    expect(joined(imported(text))).toMatch(/revocation: hard/);
    expect(await decided(text, by(acme), by(acme, { format: 'notation-cose' }), by(other), by(acme, { expiry: NOW - 1 }), []))
      .toEqual([ADMIT, ADMIT, UNTRUSTED, 'deny POLICY_SIGNATURE_EXPIRED', 'deny FETCH_NONE_FOUND']);
  });

  test('so is a certificate that signed itself', async () => {
    expect(await decided(entries([{ cert: alone.root.pem }]), by(alone), by(acme))).toEqual([ADMIT, UNTRUSTED]);
  });

  test('of a leaf with its chain the root is taken, and of a leaf alone nothing', async () => {
    const whole = entries([{ cert: leaf, certChain: `${between}${acme.root.pem}` }]);
    expect(told(whole)).toEqual(['stricter spec.rules[0].verifyImages[0].attestors[0].entries[0].certificates.cert']);
    expect(await decided(whole, by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    for (const certificates of [{ cert: leaf }, { cert: leaf, certChain: between }, { cert: 'k8s://a/b' }, {}]) {
      const text = entries([certificates]);
      expect(told(text)).toEqual(['unsaid spec.rules[0].verifyImages[0].attestors[0].entries[0].certificates.cert']);
      expect(await decided(text, by(acme), by(other))).toEqual([NOBODY, NOBODY]);
    }
  });

  test('entries are all needed, or as many as are counted', async () => {
    const two = [{ cert: acme.root.pem }, { cert: other.root.pem }];
    const both = [...by(acme), ...by(other)];
    expect(await decided(entries(two), by(acme), both)).toEqual([expect.stringMatching(/^deny/), expect.stringMatching(/^admit/)]);
    expect(await decided(entries(two, 1), by(acme), by(other), by(alone))).toEqual([ADMIT, ADMIT, UNTRUSTED]);
    expect((await decided(entries([...two, { cert: alone.root.pem }], 2), by(acme), both)).map((one) => one.split(' ')[0])).toEqual(['deny', 'admit']);
    // One name below two roots is one person here.
    const same = makeNotary({ now: NOW });
    expect((await decided(entries([{ cert: acme.root.pem }, { cert: same.root.pem }, { cert: alone.root.pem }], 2), [...by(acme), ...by(same)]))[0]).toMatch(/^deny/);
  });

  test.each<[string, object, string]>([
    ['statements', { attestations: [{ type: 'sbom/cyclone-dx', attestors: [{ entries: [{ certificates: { cert: acme.root.pem } }] }] }] }, 'attestations[0]'],
    ['a log', { attestors: [{ entries: [{ certificates: { cert: acme.root.pem, rekor: { url: 'https://rekor.acme.example' } } }] }] }, 'attestors[0].entries[0].certificates.rekor'],
    ['a key', { attestors: [{ entries: [{ keys: { publicKeys: 'x' } }] }] }, 'attestors[0].entries[0]'],
  ])('%s shut the door', async (_, verify, path) => {
    expect(told(rule(verify))).toEqual([`unsaid spec.rules[0].verifyImages[0].${path}`]);
    expect(await decided(rule(verify), by(acme))).toEqual([NOBODY]);
  });

  describe('ImageValidatingPolicy', () => {
    const validating = (notary: object): string => yaml({
      apiVersion: 'policies.kyverno.io/v1', kind: 'ImageValidatingPolicy', metadata: { name: 'check' },
      spec: {
        validationActions: ['Deny'], matchImageReferences: [{ glob: 'ghcr.io/acme/*' }], attestors: [{ name: 'notary', notary }],
        validations: [{ expression: 'images.containers.map(image, verifyImageSignatures(image, [attestors.notary])).all(e, e > 0)' }],
      },
    });

    test('certificates, and those of timestamp authorities, which are then needed', async () => {
      const plain = validating({ certs: { value: acme.root.pem } });
      expect(told(plain).filter((one) => !one.includes('expression'))).toEqual([]);
      expect(await decided(plain, by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
      const dated = validating({ certs: { value: acme.root.pem }, tsaCerts: { value: clock } });
      expect(await decided(dated, by(acme, { tsa }), by(acme), by(other, { tsa }))).toEqual([ADMIT, 'deny VERIFY_TIME_MISSING', UNTRUSTED]);
    });

    test.each<[string, object]>([
      ['worked out', { certs: { expression: 'x' } }], ['authorities worked out', { certs: { value: acme.root.pem }, tsaCerts: { expression: 'x' } }],
      ['none', { certs: { value: 'x' } }], ['a timestamp authority that is none', { certs: { value: acme.root.pem }, tsaCerts: { value: 'x' } }], ['nothing', {}],
    ])('%s', async (_, notary) => {
      expect(told(validating(notary)).filter((one) => one.startsWith('unsaid'))).toHaveLength(1);
      expect(await decided(validating(notary), by(acme, { tsa }))).toEqual([NOBODY]);
    });
  });
});

describe('Connaisseur', () => {
  const config = (trustRoots: readonly object[], options?: object): string => yaml({
    validators: [{ name: 'notation', type: 'notation', trustRoots }], policy: [{ pattern: 'ghcr.io/acme/*:*', validator: 'notation', ...(options === undefined ? {} : { with: options }) }],
  });
  const roots = [{ name: 'default', cert: acme.root.pem }, { name: 'other', cert: other.root.pem }];

  test('of several trust roots the default one, one that is named, or any', async () => {
    expect(told(config(roots))).toEqual([]);
    expect(await decided(config(roots), by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    expect(await decided(config(roots, { trustRoot: 'other' }), by(acme), by(other))).toEqual([UNTRUSTED, ADMIT]);
    expect(await decided(config(roots, { trustRoot: '*' }), by(acme), by(other), by(alone))).toEqual([ADMIT, ADMIT, UNTRUSTED]);
    expect(told(config(roots, { trustRoot: 'lost' }))).toEqual(['refused policy[0].with.trustRoot']);
    expect(told(config([{ name: 'one', cert: acme.root.pem }]))).toEqual(['refused policy[0]']);
  });

  test('of a text with several certificates the first counts, as there', async () => {
    expect(await decided(config([{ name: 'default', cert: `${acme.root.pem}${other.root.pem}` }]), by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    const text = config([{ name: 'default', cert: `${leaf}${acme.root.pem}` }]);
    expect(told(text)).toEqual(['unsaid validators[0].trustRoots']);
    expect(await decided(text, by(acme))).toEqual([NOBODY]);
  });

  test('what levels only log is enforced, and told; revocation is asked as there', async () => {
    expect(joined(imported(config(roots)))).toMatch(/revocation: hard/);
    for (const verificationLevel of ['permissive', 'audit']) {
      const text = config(roots, { verificationLevel });
      expect(told(text)).toEqual(['stricter policy[0].with.verificationLevel']);
      expect(joined(imported(text))).toMatch(/revocation: soft/);
      expect(await decided(text, by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    }
    expect(told(config(roots, { verificationLevel: 'strict' }))).toEqual([]);
    expect(told(config(roots, { verificationLevel: 'skip' }))).toContain('refused policy[0].with.verificationLevel');
  });

  test('timestamps are needed where a trust root has an authority for them', async () => {
    const dated = [{ name: 'default', cert: acme.root.pem, tsCert: clock }];
    expect(await decided(config(dated), by(acme, { tsa }), by(acme))).toEqual([ADMIT, 'deny VERIFY_TIME_MISSING']);
    expect(await decided(config(dated, { verifyTimestamp: 'afterCertExpiry' }), by(acme))).toEqual([ADMIT]);
    expect(told(config(dated, { verifyTimestamp: 'never' }))).toEqual(['refused policy[0].with.verifyTimestamp']);
  });

  test('a key is no trust root of Notation, and Notary v1 is not verified', async () => {
    expect(told(config([{ name: 'default', key: 'x' }]))).toContain('refused validators[0].trustRoots[0].cert');
    const old = config(roots).replace('type: notation', 'type: notaryv1');
    expect(told(old)).toEqual(['unsaid validators[0].type']);
    expect(await decided(old, by(acme))).toEqual([NOBODY]);
  });
});

describe('Ratify', () => {
  const api = 'config.ratify.deislabs.io/v1beta1';
  const certificates = (name: string, value: string, more: object = {}): object => ({ apiVersion: api, kind: 'KeyManagementProvider', metadata: { name }, spec: { type: 'inline', parameters: { contentType: 'certificate', value } }, ...more });
  const statement = (more: object = {}): object => ({
    name: 'default', registryScopes: ['*'], signatureVerification: { level: 'strict' }, trustStores: ['ca:certs'], trustedIdentities: ['*'], ...more,
  });
  const verifier = (stores: unknown, policies: readonly object[] = [statement()], more: object = {}, kind = 'Verifier'): object => ({
    apiVersion: api, kind, metadata: { name: 'verifier-notation' },
    spec: {
      name: 'notation', artifactTypes: 'application/vnd.cncf.notary.signature',
      parameters: { verificationCertStores: stores, trustPolicyDoc: { version: '1.0', trustPolicies: policies } }, ...more,
    },
  });
  const NEW = { ca: { certs: ['inline'] } };

  test.each<[string, unknown]>([['stores by type', NEW], ['stores as they were before', { certs: ['inline'] }]])('%s, wherever the certificates stand', async (_, stores) => {
    for (const text of [yaml(certificates('inline', acme.root.pem), verifier(stores)), yaml(verifier(stores), certificates('inline', acme.root.pem))]) {
      expect(told(text)).toEqual([]);
      expect(await decided(text, by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    }
  });

  test('the older kind of certificates, and a name with its namespace', async () => {
    const store = { apiVersion: 'config.ratify.deislabs.io/v1alpha1', kind: 'CertificateStore', metadata: { name: 'inline', namespace: 'gatekeeper-system' }, spec: { provider: 'inline', parameters: { value: acme.root.pem } } };
    expect(await decided(yaml(store, verifier(NEW)), by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    expect(await decided(yaml(store, verifier({ ca: { certs: ['gatekeeper-system/inline'] } })), by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    expect(await decided(yaml(store, verifier({ ca: { certs: ['default/inline'] } })), by(acme))).toEqual([NOBODY]);
    const twin = { ...store, metadata: { name: 'inline', namespace: 'default' }, spec: { provider: 'inline', parameters: { value: other.root.pem } } };
    expect(await decided(yaml(store, twin, verifier(NEW)), by(acme), by(other))).toEqual([NOBODY, NOBODY]);
    expect(await decided(yaml(store, twin, verifier({ ca: { certs: ['default/inline'] } })), by(acme), by(other))).toEqual([UNTRUSTED, ADMIT]);
  });

  test('identities and timestamps are those of the trust policy', async () => {
    const keeping = certificates('inline', acme.root.pem);
    const named = (identity: string): string => yaml(keeping, verifier(NEW, [statement({ trustedIdentities: [identity] })]));
    expect(await decided(named('x509.subject: C=US, ST=WA, O=Acme, CN=release'), by(acme))).toEqual([ADMIT]);
    expect(await decided(named('x509.subject: C=US, ST=WA, O=Acme, CN=other'), by(acme))).toEqual([NOBODY]);
    const dated = yaml(keeping, certificates('clock', clock), verifier({ ...NEW, tsa: { clocks: ['clock'] } }, [statement({ trustStores: ['ca:certs', 'tsa:clocks'] })]));
    expect(await decided(dated, by(acme, { tsa }), by(acme))).toEqual([ADMIT, 'deny VERIFY_TIME_MISSING']);
  });

  test('of an intermediate and its root the root is taken, of the first alone nothing', async () => {
    const whole = yaml(certificates('inline', `${between}${acme.root.pem}`), verifier(NEW));
    expect(told(whole)).toEqual(['stricter spec.parameters.verificationCertStores.ca.certs']);
    expect(await decided(whole, by(acme), by(other))).toEqual([ADMIT, UNTRUSTED]);
    const half = yaml(certificates('inline', between), verifier(NEW));
    expect(told(half)).toEqual(['unsaid spec.parameters.trustPolicyDoc.trustPolicies[0].trustStores']);
    expect(await decided(half, by(acme))).toEqual([NOBODY]);
  });

  const inline = certificates('inline', acme.root.pem);
  test.each<[string, readonly object[], readonly string[]]>([
    ['certificates of a key service', [certificates('inline', '', { spec: { type: 'azurekeyvault', parameters: { vaultURI: 'x' } } }), verifier(NEW)], ['skipped spec', 'unsaid spec.parameters.trustPolicyDoc.trustPolicies[0].trustStores']],
    ['certificates that are nowhere', [verifier(NEW)], ['unsaid spec.parameters.trustPolicyDoc.trustPolicies[0].trustStores']],
    ['a store of another type', [inline, verifier({ signingAuthority: { certs: ['inline'] } })], ['unsaid spec.parameters.trustPolicyDoc.trustPolicies[0].trustStores']],
    ['a field that nobody knows', [inline, verifier(NEW, undefined, { demandsMore: true })], ['unsaid spec.demandsMore']],
    ['one of the certificates', [certificates('inline', acme.root.pem, { spec: { type: 'inline', only: 'x', parameters: { value: acme.root.pem } } }), verifier(NEW)], ['unsaid spec.only', 'unsaid spec.parameters.trustPolicyDoc.trustPolicies[0].trustStores']],
    ['artifacts of another type', [inline, verifier(NEW, undefined, { artifactTypes: 'application/x' })], ['unsaid spec.artifactTypes']],
  ])('%s shut the door', async (_, documents, remarks) => {
    expect(told(yaml(...documents)).toSorted()).toEqual([...remarks].toSorted());
    expect((await decided(yaml(...documents), by(acme))).every((one) => one.startsWith('deny'))).toBe(true);
  });

  test('a namespaced verifier speaks about its namespace, and others than those of Notation are told', async () => {
    const own = { ...verifier(NEW, undefined, {}, 'NamespacedVerifier'), metadata: { name: 'v', namespace: 'prod' } };
    expect(joined(imported(yaml(inline, own)))).toMatch(/kind: ArtifactPolicy\nmetadata:\n {2}name: default\n {2}namespace: prod/);
    // It adds to what the cluster demands, which is nothing here.
    expect(await decided(yaml(inline, own), by(acme), by(other))).toEqual(['deny SELECT_NO_POLICY POLICY_SATISFIED', 'deny SELECT_NO_POLICY VERIFY_CERTIFICATE_UNTRUSTED']);
    expect(told(yaml({ apiVersion: api, kind: 'Verifier', metadata: { name: 'c' }, spec: { name: 'cosign', artifactTypes: 'x', parameters: { a: 1 } } }))).toEqual(['unsaid spec.name']);
    expect(told(yaml({ apiVersion: api, kind: 'Verifier', metadata: { name: 'c' }, spec: { name: 'notation' } }))).toEqual(['refused spec.parameters']);
  });

  test('a level that skips lets through, and nothing else of the statement', async () => {
    const skip = { registryScopes: ['ghcr.io/acme/app'], signatureVerification: { level: 'skip' }, trustStores: undefined, trustedIdentities: undefined };
    expect((await decided(yaml(inline, verifier(NEW, [statement(skip)])), []))[0]).toMatch(/^warn/);
    expect((await decided(yaml(inline, verifier(NEW, [statement({ ...skip, registryScopes: ['ghcr.io/acme/other'] })])), []))[0]).toMatch(/^deny/);
  });
});
