/** A document is used when a listed signer, who may, signed what it says: each way in which that is not so is told by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ranCommandLine } from '../../support/command-line.ts';
import { keyBundle, keylessBundle } from '../../world/bundle.ts';
import { base64, jsonBytes } from '../../world/encode.ts';
import { signWith } from '../../world/keys.ts';
import { createOwnPki } from '../../world/own-pki.ts';
import type { Holder } from '../../world/own-pki.ts';
import { createTrustDomain } from '../../world/spiffe.ts';
import { pae } from '../../../src/pki/signatures/pae.ts';
import { createWorld } from '../../world/world.ts';
import { folder, look, makeKey, policyText, read, signed, signerDocument, signersOf, valuesOf, written } from './support.ts';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const alice = makeKey('alice');
const mallory = makeKey('mallory');
const bob = makeKey('bob', 'p256');
const signers = signersOf([signerDocument('alice', alice, { mayCertify: [{ policy: 'ClusterArtifactPolicy/acme-*' }, { policy: 'ArtifactPolicy/shop/*' }] })]);
const good = await signed(policyText(), alice);

const NAMESPACED = policyText().replace('ClusterArtifactPolicy', 'ArtifactPolicy').replace('name: acme-images', 'name: images\n  namespace: shop');

describe('who signed it', () => {
  test('by a listed signer who may: used, as YAML, as JSON, and as an API server gives it back', () => {
    expect(look(good, signers).because).toEqual(['used']);
    const [value] = valuesOf(good) as [{ metadata: object }];
    const stored = { ...value, metadata: { ...value.metadata, uid: '1', generation: 3, labels: { a: 'b' } }, status: { x: 1 } };
    expect(look(JSON.stringify(stored), signers).because).toEqual(['used']);
  });

  test('unsigned: told at the document, with the way to sign it', () => {
    const { because, errors } = look(policyText(), signers);
    expect(because).toEqual(['unsigned']);
    expect(errors[0]).toMatch(/^policies\.yaml:5: .*gatehouse policy sign/);
  });

  test('by somebody else, under a name or hint of his own', async () => {
    expect(look(await signed(policyText(), mallory), signers).because).toEqual(['untrusted']);
  });

  test('somebody else who says that he is alice: broken, and not untrusted', async () => {
    const envelopeOf = (text: string): { signatures: { keyid: string }[] } => JSON.parse(Buffer.from(annotationOf(text), 'base64').toString('utf8')) as never;
    const [hers, his] = [envelopeOf(good), envelopeOf(await signed(policyText(), mallory))];
    const forged = { ...his, signatures: his.signatures.map((one) => ({ ...one, keyid: hers.signatures[0]?.keyid ?? '' })) };
    expect(look(withAnnotation(good, Buffer.from(JSON.stringify(forged)).toString('base64')), signers).because).toEqual(['broken']);
  });

  test('by a listed signer, outside of what mayCertify names', async () => {
    expect(look(await signed(policyText('other'), alice), signers).because).toEqual(['outOfBounds']);
    expect(look(await signed(NAMESPACED, alice), signers).because).toEqual(['used']);
    expect(look(await signed(NAMESPACED.replace('shop', 'bank'), alice), signers).because).toEqual(['outOfBounds']);
  });

  test('a signer without a word about policies may sign none, whatever else he may certify', () => {
    for (const spec of [{}, { mayCertify: [{ image: '**' }] }, { mayCertify: [{ blob: '**' }] }])
      expect(look(good, signersOf([signerDocument('alice', alice, spec)])).because).toEqual(['outOfBounds']);
  });

  test('by a signer whose window is over, or whose key is revoked', async () => {
    const may = { mayCertify: [{ policy: '**' }] };
    const past = signersOf([signerDocument('alice', alice, { ...may, validity: { notAfter: '2020-01-01T00:00:00Z' } })]);
    expect(look(good, past).because).toEqual(['uncounted']);
    const keyId = `sha256:${createHash('sha256').update(Buffer.from(alice.publicPem.replaceAll(/-----.*-----|\s/g, ''), 'base64')).digest('hex')}`;
    const revoked = signersOf([signerDocument('alice', alice, { ...may, revocations: [{ key: keyId, reason: 'lost' }] })]);
    expect(look(good, revoked).because).toEqual(['uncounted']);
  });

  test('two of two: one signature is not enough, the second is put beside the first, and the same one twice counts once', async () => {
    const both = signersOf([signerDocument('alice', alice), signerDocument('bob', bob)], 2);
    expect(look(good, both).because).toEqual(['uncounted']);
    const twice = await signed(good, bob);
    expect(look(twice, both).because).toEqual(['used']);
    expect(look(await signed(good, alice), both).because).toEqual(['uncounted']);
    expect(look(twice, signers).because).toEqual(['used']);
  });

  test('what is no signature at all', () => {
    for (const text of ['', 'not base64!', Buffer.from('{}').toString('base64'), Buffer.from('{"payload":1}').toString('base64')])
      expect([text, look(withAnnotation(good, text), signers).because]).toEqual([text, ['malformed']]);
  });

  test('a receipt, or any other envelope, of the same key is no signature of a policy', () => {
    const envelope = JSON.parse(Buffer.from(annotationOf(good), 'base64').toString('utf8')) as object;
    const other = Buffer.from(JSON.stringify({ ...envelope, payloadType: 'application/vnd.in-toto+json' })).toString('base64');
    expect(look(withAnnotation(good, other), signers).because).toEqual(['malformed']);
  });
});

describe('what was signed', () => {
  test('another specification', () => {
    expect(look(good.replace('ghcr.io/acme/**', 'ghcr.io/**'), signers).because).toEqual(['changed']);
    expect(look(good.replace('  require:', '  mode: audit\n  require:'), signers).because).toEqual(['changed']);
  });

  test('another version, another name, another namespace, another kind', async () => {
    expect(look(good.replace('version: "1"', 'version: "2"'), signers).because).toEqual(['changed']);
    expect(look(good.replace('name: acme-images', 'name: acme-other'), signers).because).toEqual(['misnamed']);
    const shop = await signed(NAMESPACED, alice);
    expect(look(shop.replace('namespace: shop', 'namespace: bank'), signers).because).toEqual(['misnamed']);
    expect(look(shop.replace('kind: ArtifactPolicy', 'kind: ClusterArtifactPolicy').replace('  namespace: shop\n', ''), signers).because).toEqual(['misnamed']);
  });

  test('without a version nothing is signed, and nothing is used', async () => {
    const bare = policyText().replace(/ {2}annotations:\n.*\n/, '');
    expect((await ranCommandLine('policy', 'sign', written(bare), '--key', alice.file)).code).toBe(64);
    expect(look(await signed(bare, alice, '--next'), signers).because).toEqual(['used']);
    expect(look(good.replace(/ *gatehouse.dev\/version.*\n/, ''), signers).because).toEqual(['malformed']);
    expect(look(good.replace('version: "1"', 'version: "01"'), signers).because).toEqual(['malformed']);
  });

  test('any change of what is said is refused, any change of how it is written is not', () => {
    const [document] = valuesOf(good) as [Tree];
    const places = leavesOf(document).filter(([path]) => !path.includes('gatehouse.dev/signature'));
    fc.assert(fc.property(fc.constantFrom(...places), fc.string({ minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 200 }), ([path, value], text, at) => {
      const where = at % (String(value).length + 1);
      const changed = set(structuredClone(document), path, `${String(value).slice(0, where)}${text}${String(value).slice(where)}`);
      expect(lookQuietly(JSON.stringify(changed))).not.toBe('used');
    }), { numRuns: 300 });
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{0,8}$/)), fc.constantFrom(1, 2, 4), fc.boolean(), fc.boolean(), (labels, indent, isFlow, isReversed) => {
      const more = { ...document, metadata: { ...(document['metadata'] as Tree), labels } } as Tree;
      const ordered = isReversed ? Object.fromEntries(Object.entries(more).toReversed()) : more;
      const text = isFlow ? JSON.stringify(ordered, undefined, indent) : `# a comment\n${stringify(ordered, { indent: indent + 1, lineWidth: 40 })}`;
      expect(lookQuietly(text)).toBe('used');
    }), { numRuns: 100 });
  });
});

describe('made elsewhere', () => {
  test('a Sigstore bundle over the canonical bytes counts as an envelope does, and one over other bytes does not', async () => {
    const world = createWorld({ now: Date.now() });
    const key = world.key('p256');
    const path = written(policyText());
    const { stdout } = await ranCommandLine('policy', 'sign', path, '--canonical');
    const bundle = join(folder, 'bundle.json');
    writeFileSync(bundle, keyBundle(world, { key, artifact: Buffer.from(stdout) }));
    const put = await ranCommandLine('policy', 'sign', path, '--bundle', bundle);
    const listed = signersOf([signerDocument('kms', { file: '', publicPem: key.publicKeyPem })]);
    expect([put.code, look(put.stdout, listed).because]).toEqual([0, ['used']]);
    expect(look(put.stdout.replace('ghcr.io/acme/**', 'ghcr.io/**'), listed).because).toEqual(['changed']);
    expect(look(put.stdout, signers).because).toEqual(['untrusted']);
  });

  test('keyless, under a root of one\'s own: the identity that is listed, and no other', async () => {
    const world = createWorld({ now: Date.now() });
    const identity = { issuer: 'https://login.acme.example', san: 'security@acme.example' };
    const path = written(policyText());
    const { stdout } = await ranCommandLine('policy', 'sign', path, '--canonical');
    const bundle = join(folder, 'keyless.json');
    writeFileSync(bundle, keylessBundle(world, { identity, artifact: Buffer.from(stdout) }));
    const put = await ranCommandLine('policy', 'sign', path, '--bundle', bundle);
    const listed = (subject: string) => signersOf([
      doc('TrustRoot', 'acme', { sigstore: { trustedRoot: world.trustedRoot() } }),
      doc('Signer', 'security', { identities: [{ keyless: { issuer: identity.issuer, subject, trustRoot: 'acme' } }], mayCertify: [{ policy: '**' }] }),
    ]);
    expect(look(put.stdout, listed(identity.san)).because).toEqual(['used']);
    expect(look(put.stdout, listed('intern@acme.example')).because).toEqual(['untrusted']);
  });

  test('in the envelope itself by a certificate of one\'s own authority, and by a workload: used as the names say, and as long as it lasts', () => {
    const now = Date.now();
    const [pki, domain] = [createOwnPki(now), createTrustDomain('prod.example', now)];
    const envelope = JSON.parse(Buffer.from(annotationOf(good), 'base64').toString('utf8')) as { payload: string; payloadType: string };
    const message = pae(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
    const by = (holder: Holder, chain: readonly Holder[], payload = message): string => withAnnotation(good, base64(jsonBytes({
      ...envelope,
      signatures: [{ keyid: '', sig: base64(signWith(holder.key, payload)), certificate: base64(Buffer.from(holder.certificate.pem)), intermediates: chain.map(({ certificate }) => base64(Buffer.from(certificate.pem))) }],
    })));
    const listed = (identity: object) => signersOf([
      doc('TrustRoot', 'acme', { x509: { certificates: pki.root.certificate.pem } }),
      doc('TrustRoot', 'prod', { spiffe: { trustDomain: 'prod.example', bundle: domain.bundle() } }),
      doc('Signer', 'security', { identities: [identity], mayCertify: [{ policy: '**' }] }),
    ]);
    const named = (subject: string): object => ({ x509: { trustRoot: 'acme', subject } });
    const ours = listed(named('C=DE, O=Acme, CN=release'));
    expect(look(by(pki.issue(), [pki.intermediate]), ours).because).toEqual(['used']);
    expect(look(by(pki.issue(), []), ours).because).toEqual(['untrusted']);
    expect(look(by(pki.issue(), [pki.intermediate], Buffer.from('other')), ours).because).toEqual(['broken']);
    expect(look(by(pki.issue(), [pki.intermediate]), listed(named('C=DE, O=Acme, CN=intern'))).because).toEqual(['untrusted']);
    expect(look(by(pki.issue({ notAfter: now - 60_000 }), [pki.intermediate]), ours).because).toEqual(['uncounted']);
    const workload = listed({ spiffe: { trustRoot: 'prod', id: 'spiffe://prod.example/security' } });
    expect(look(by(domain.svid('/security'), []), workload).because).toEqual(['used']);
    expect(look(by(domain.svid('/intern'), []), workload).because).toEqual(['untrusted']);
    // Whatever else is brought along hides no key.
    expect(look(good, signers).because).toEqual(['used']);
  });
});

describe('policy lint --signed-by', () => {
  test('says what a server would, with the place, and nothing more without it', async () => {
    const release = await signed(signerDocument('release', bob, {}), alice, '--next');
    const set = (text: string): string => written(`${release}---\n${text}`);
    const listed = written(signerDocument('alice', alice));
    const lint = (path: string, ...flags: string[]) => ranCommandLine('policy', 'lint', path, ...flags);
    expect(await lint(set(good), '--signed-by', listed)).toMatchObject({ code: 0 });
    expect(await lint(set(policyText()))).toMatchObject({ code: 0 });
    const refused = await lint(set(policyText()), '--signed-by', listed);
    expect([refused.code, refused.stderr]).toEqual([64, expect.stringMatching(/:\d+:\d+: error: metadata\.name: carries no signature/)]);
    expect((await lint(set(good), '--signed-by', 'none.yaml')).code).toBe(64);
  });
});

describe('the command', () => {
  test('keeps comments, signs several documents of several files in place, and says what it did', async () => {
    const path = written(`${policyText()}---\n${policyText('acme-other', 4)}`);
    const { code, stderr } = await ranCommandLine('policy', 'sign', path, '--key', alice.file, '--in-place');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/acme-images version 1 signed\n.*acme-other version 4 signed/)]);
    expect(read(path)).toContain('# who may run what');
    expect(look(read(path), signers).because).toEqual(['used', 'used']);
  });

  test('never signs another content under the version that was signed: --next raises it', async () => {
    const changed = good.replace('ghcr.io/acme/**', 'ghcr.io/acme/app');
    const { code, stderr } = await ranCommandLine('policy', 'sign', written(changed), '--key', alice.file);
    expect([code, stderr]).toEqual([64, expect.stringContaining('--next')]);
    const next = await signed(changed, alice, '--next');
    expect(next).toContain('gatehouse.dev/version: "2"');
    expect(look(next, signers).because).toEqual(['used']);
    expect(await signed(next, alice, '--next')).toBe(next);
  });

  test('one that is broken is made anew, one of this key that is good stays, and what others signed stays beside it', async () => {
    const changedEnvelope = (text: string, change: (one: { keyid: string; sig: string }) => object): string => {
      const envelope = JSON.parse(Buffer.from(annotationOf(text), 'base64').toString('utf8')) as { signatures: { keyid: string; sig: string }[] };
      return withAnnotation(text, Buffer.from(JSON.stringify({ ...envelope, signatures: envelope.signatures.map(change) })).toString('base64'));
    };
    const listed = signersOf([signerDocument('alice', alice)]);
    const other = JSON.parse(Buffer.from(annotationOf(await signed(policyText('other'), alice)), 'base64').toString('utf8')) as { signatures: { sig: string }[] };
    for (const sig of ['', 'AAAA', other.signatures[0]?.sig ?? '']) {
      const broken = changedEnvelope(good, (one) => ({ ...one, sig }));
      expect([sig, look(broken, listed).because]).not.toEqual([sig, ['used']]);
      expect([sig, look(await signed(broken, alice), listed).because]).toEqual([sig, ['used']]);
    }
    const both = await signed(await signed(policyText(), bob), alice);
    const again = await signed(changedEnvelope(both, (one) => (one.keyid === JSON.parse(Buffer.from(annotationOf(good), 'base64').toString()).signatures[0].keyid ? { ...one, sig: 'AAAA' } : one)), alice);
    expect(look(again, signersOf([signerDocument('alice', alice), signerDocument('bob', bob)], 2)).because).toEqual(['used']);
    expect(await signed(both, alice)).toBe(both);
  });

  test.each<[string, string]>([
    ['comments between documents', `${policyText()}---\n# nothing here\n---\n${policyText('acme-other')}`],
    ['an empty document at the end', `${policyText()}---\n${policyText('acme-other')}---\n`],
    ['an end of a document, and line ends of Windows', `${policyText()}...\n---\n---\n${policyText('acme-other')}`.replaceAll('\n', '\r\n')],
    ['one that is null', `--- null\n---\n${policyText()}---\n~\n---\n${policyText('acme-other')}`],
  ])('signs what is there: %s', async (_, text) => {
    expect(look(await signed(text, alice, '--next'), signers).because).toEqual(['used', 'used']);
  });

  test.each<[string, string]>([
    ['a text', 'just a text\n'], ['a list', '- 1\n'], ['no name', 'kind: Signer\nmetadata: {}\n'], ['metadata that are a text', 'kind: Signer\nmetadata: x\n'],
    ['annotations that are a list', 'kind: Signer\nmetadata: {name: a, annotations: [1]}\n'], ['a list of kubectl', 'kind: List\nitems: []\n'],
  ])('says that it signs no such thing: %s', async (_, text) => {
    for (const more of [['--next'], []]) {
      const { code, stderr } = await ranCommandLine('policy', 'sign', written(text), '--key', alice.file, ...more);
      expect([code, stderr]).toEqual([64, expect.stringContaining('expected documents with kind')]);
    }
  });

  test.each<[string, string]>([
    ['annotations that are an alias', 'metadata:\n  name: acme-images\n  labels: &a {gatehouse.dev/version: "1"}\n  annotations: *a\n'],
    ['annotations with an anchor', 'metadata:\n  name: acme-images\n  annotations: &a {gatehouse.dev/version: "1"}\n  labels: *a\n'],
    ['metadata with an anchor', 'metadata: &m\n  name: acme-images\n  annotations: {gatehouse.dev/version: "1"}\n'],
  ])('puts no signature where it would be said twice: %s', async (_, metadata) => {
    const text = policyText().replace(/metadata:[\s\S]*(?=spec:)/, metadata);
    const { code, stderr } = await ranCommandLine('policy', 'sign', written(text), '--key', alice.file);
    expect([code, stderr]).toEqual([64, expect.stringContaining('write them out')]);
    expect(look(await signed(text.replaceAll(/&[am] ?/g, '').replace(/ {2}labels: \*a\n/, '').replace('labels', 'annotations').replace(/ {2}annotations: \*a\n/, ''), alice), signers).because).toEqual(['used']);
  });

  test('a bundle over something else, and what is none, are not put into a document', async () => {
    const world = createWorld({ now: Date.now() });
    const put = async (content: string): Promise<number> => {
      const bundle = written(content, 'bundle');
      return (await ranCommandLine('policy', 'sign', written(policyText()), '--bundle', bundle)).code;
    };
    const over = async (text: string): Promise<string> => {
      const { stdout } = await ranCommandLine('policy', 'sign', written(text), '--canonical');
      return keyBundle(world, { key: world.key('p256'), artifact: Buffer.from(stdout) }).toString();
    };
    expect([await put(await over(policyText())), await put(await over(policyText('other'))), await put('{}'), await put('no JSON'), await put(JSON.stringify({ dsseEnvelope: {} }))]).toEqual([0, 64, 64, 64, 64]);
  });

  test.each([['yes', 'spec: {artifacts: [{image: yes}]}'], ['no key', undefined]])('refuses %s', async (_, spec) => {
    const path = written(spec === undefined ? policyText() : policyText().replace(/spec:[\s\S]*/, spec));
    expect((await ranCommandLine('policy', 'sign', path, ...(spec === undefined ? [] : ['--key', alice.file]))).code).toBe(64);
  });
});

const doc = (kind: string, name: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });

type Tree = { [key: string]: unknown };
function annotationOf(text: string): string {
  return /gatehouse.dev\/signature: "([^"]*)"/.exec(text)?.[1] ?? '';
}
function withAnnotation(text: string, value: string): string {
  return text.replace(annotationOf(text), value);
}
function leavesOf(value: unknown, path: string[] = []): [string[], unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
function set(root: Tree, path: string[], value: unknown): Tree {
  const parent = path.slice(0, -1).reduce<Tree>((node, key) => node[key] as Tree, root);
  parent[path.at(-1) ?? ''] = value;
  return root;
}
/** Whatever else is wrong with it: a changed kind is none, and refused for that. */
function lookQuietly(text: string): string {
  return look(text, signers).because[0] ?? 'no document';
}
