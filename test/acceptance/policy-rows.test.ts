import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { codes, startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';
import { keyBundle, keylessBundle } from '../world/bundle.ts';
import { bundleReferrer, legacySignatures, simpleSigningLayer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import type { Pushable } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { objectReview, podReview } from '../world/review.ts';
import { makeStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';

/** Attack rows C, D, G and I over HTTPS: what a policy says is what is enforced, for images that are signed and good otherwise. */

const world = createWorld({ now: Date.now() });
const [alice, bob] = [world.key(), world.key()];
const document = (kind: string, name: string, spec: unknown, namespace?: string): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, spec })}\n---\n`;
const ISSUER = 'https://token.actions.githubusercontent.com';
const REPOSITORY = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1';
const SCAN = 'https://acme.example/scan/v1';

/** Signers by the name of what they say about the subject; `good` are subjects they mean, `bad` ones that nearly look so. */
const SUBJECTS: readonly { readonly row: string; readonly name: string; readonly signer: object; readonly good: string; readonly bad: readonly string[] }[] = [
  { row: 'C03', name: 'alternation', signer: { subjectRegExp: 'https://github\\.com/acme/app/.*|https://github\\.com/acme/lib/.*' }, good: REPOSITORY, bad: [`https://evil.example/?${REPOSITORY}`, `https://github.com/acme/evil/https://github.com/acme/lib/x`] },
  { row: 'C03', name: 'anchored', signer: { subjectRegExp: '^https://github\\.com/acme/app/.*|x$' }, good: REPOSITORY, bad: ['https://evil.example/x', `https://evil.example/${REPOSITORY}`] },
  { row: 'C15', name: 'star', signer: { subjectGlob: 'https://github.com/acme/*/.github/workflows/release.yml@refs/tags/*' }, good: REPOSITORY, bad: ['https://github.com/acme/app/evil/.github/workflows/release.yml@refs/tags/v1', 'https://github.com/acme//.github/workflows/release.yml@refs/heads/v1'] },
  { row: 'C15', name: 'literal', signer: { subjectGlob: 'https://github.com/acme/[app]/.github/workflows/release.yml@refs/tags/*' }, good: 'https://github.com/acme/[app]/.github/workflows/release.yml@refs/tags/v1', bad: ['https://github.com/acme/a/.github/workflows/release.yml@refs/tags/v1', 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1'] },
  { row: 'C14', name: 'backtracking', signer: { subjectRegExp: 'https://github\\.com/(a|aa|a?)+/x' }, good: 'https://github.com/aaaa/x', bad: [`https://github.com/${'a'.repeat(1_500)}/y`] },
];

let [registry, server]: [TestRegistry, TestServer] = [undefined as never, undefined as never];
let turn = 0;

const signerOf = (name: string): string => `by-${name}`;
const policy = (path: string, requirement: object, more: object = {}): string =>
  document('ClusterArtifactPolicy', path.replaceAll(/[^a-z0-9]+/g, '-').replace(/-$/, ''), { artifacts: [{ image: `${registry.host}/${path}` }], require: [{ name: 'proven', ...requirement }], ...more });

beforeAll(async () => {
  registry = await startRegistry();
  const by = (name: string): object => ({ signature: { by: [name] } });
  server = await startTestServer({
    'signers.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
      + document('Signer', 'bob', { identities: [{ key: { data: bob.publicKeyPem } }] })
      + document('TrustRoot', 'world', { sigstore: { trustedRoot: world.trustedRoot() } })
      + SUBJECTS.map(({ name, signer }) => document('Signer', signerOf(name), { identities: [{ keyless: { issuer: ISSUER, ...signer, trustRoot: 'world' } }] })).join(''),
    'policies.yaml': SUBJECTS.map(({ name }) => policy(`subject/${name}`, by(signerOf(name)))).join('')
      + policy('one/*', by('alice'))
      + policy('mixed/app', by('alice'), { mode: 'audit' }) + document('ClusterArtifactPolicy', 'mixed-enforced', { artifacts: [{ image: `${registry.host}/mixed/app` }], require: [{ name: 'enforced', signature: { by: ['bob'] } }] })
      + policy('ns/**', by('alice'))
      + document('ArtifactPolicy', 'loose', { artifacts: [{ image: `${registry.host}/ns/**` }], require: [{ name: 'own', signature: { by: ['bob'] } }], mode: 'audit' }, 'team-a')
      + document('ArtifactPolicy', 'own', { artifacts: [{ image: `${registry.host}/own/**` }], require: [{ name: 'own', signature: { by: ['bob'] } }] }, 'team-a')
      + policy('scanned/app', { attestation: { type: SCAN, by: ['alice'], where: [{ cel: 'predicate.clean == true' }] } })
      + policy('loops/app', { attestation: { type: SCAN, by: ['alice'], where: [{ cel: 'predicate.items.all(a, predicate.items.all(b, a + b >= 0.0))' }] } })
      + document('ClusterArtifactPolicy', 'scanned-signed', { artifacts: [{ image: `${registry.host}/scanned/**` }], require: [{ name: 'attested at all', attestation: { type: SCAN, by: ['alice'] } }] }),
  }, { plainHttp: [registry.host], 'cache.absenceTTL': '0s' });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});
afterEach(() => registry.clearLog());

async function image(repository: string): Promise<Pushable> {
  const made = makeImage({ seed: `policies ${(turn += 1)}` });
  await push(registry, repository, made);
  return made;
}

async function signedBy(repository: string, key = alice): Promise<string> {
  const made = await image(repository);
  await pushReferrer(registry, repository, bundleReferrer(made, keyBundle(world, { digest: made.digest, key })));
  return `${registry.host}/${repository}@${made.digest}`;
}

async function ask(images: string | readonly string[], namespace = 'default'): Promise<{ allowed: boolean; codes: string[]; id: string }> {
  const answer = await server.validate(podReview({ images: typeof images === 'string' ? [images] : images, namespace }));
  return { allowed: answer.allowed, codes: codes(answer), id: answer.auditAnnotations['decision-id'] ?? '' };
}

describe('C: whom a signer means', () => {
  const cases = SUBJECTS.flatMap(({ row, name, good, bad }) => bad.map((subject) => [row, name, subject.slice(0, 90), good, subject] as const));
  test.each(cases)('%s %s: %s', async (_row, name, _shown, good, bad) => {
    const repository = `subject/${name}`;
    const verdict = async (san: string): Promise<string[]> => {
      const made = await image(repository);
      await pushReferrer(registry, repository, bundleReferrer(made, keylessBundle(world, { digest: made.digest, identity: { san, issuer: ISSUER, claims: {} } })));
      return (await ask(`${registry.host}/${repository}@${made.digest}`)).codes;
    };
    expect(await verdict(good)).toEqual(['POLICY_SATISFIED']);
    expect(await verdict(bad)).toEqual(['VERIFY_SIGNER_UNTRUSTED']);
  });

  test('C04 a star in a pattern of images is one segment of the path', async () => {
    expect(await ask(await signedBy('one/app'))).toMatchObject({ allowed: true });
    for (const repository of ['one/app/deeper', 'oneapp', 'one']) expect(await ask(await signedBy(repository))).toMatchObject({ allowed: false, codes: ['SELECT_NO_POLICY'] });
  });
});

describe('D, G: bytes', () => {
  test('D16 what was signed is what is read: an edited predicate is no attestation, whatever it says', async () => {
    const made = await image('scanned/app');
    const attest = (clean: boolean, override?: object): Buffer => keyBundle(world, { statement: makeStatement(made.digest, { predicateType: SCAN, predicate: { clean } }), key: alice, ...override });
    const edited = JSON.parse(attest(false).toString('utf8')) as { dsseEnvelope: { payload: string } };
    const payload = Buffer.from(edited.dsseEnvelope.payload, 'base64').toString('utf8').replace('"clean":false', '"clean":true');
    edited.dsseEnvelope.payload = Buffer.from(payload).toString('base64');
    await pushReferrer(registry, 'scanned/app', bundleReferrer(made, Buffer.from(JSON.stringify(edited))));
    expect((await ask(`${registry.host}/scanned/app@${made.digest}`)).allowed).toBe(false);
    await pushReferrer(registry, 'scanned/app', bundleReferrer(made, attest(true)));
    expect(await ask(`${registry.host}/scanned/app@${made.digest}`)).toMatchObject({ allowed: true });
  });

  test('G08 a signed attestation that makes a condition walk for ever is given up, and keeps nobody else waiting', async () => {
    const attested = async (count: number): Promise<string> => {
      const made = await image('loops/app');
      const statement = makeStatement(made.digest, { predicateType: SCAN, predicate: { items: Array.from({ length: count }, (_, n) => n) } });
      await pushReferrer(registry, 'loops/app', bundleReferrer(made, keyBundle(world, { statement, key: alice })));
      return `${registry.host}/loops/app@${made.digest}`;
    };
    const [small, large, other] = [await attested(10), await attested(50_000), await signedBy('ns/beside')];
    const [walked, beside] = await Promise.all([ask(large), ask(other)]);
    expect([walked.allowed, beside.allowed]).toEqual([false, true]);
    expect(await ask(small)).toMatchObject({ allowed: true });
  });

  test('D19 megabytes of PEM beside a good signature take no time of it', async () => {
    const made = await image('ns/pem');
    const layer = simpleSigningLayer(world, { digest: made.digest, reference: 'x' }, { key: alice });
    const pem = '-----BEGIN CERTIFICATE-----\n'.repeat(100_000);
    await push(registry, 'ns/pem', legacySignatures(made.digest, [{ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/certificate': pem } }]));
    expect((await ask(`${registry.host}/ns/pem@${made.digest}`)).allowed).toBe(false);
    await push(registry, 'ns/pem', legacySignatures(made.digest, [{ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/certificate': pem } }, layer]));
    expect(await ask(`${registry.host}/ns/pem@${made.digest}`)).toMatchObject({ allowed: true });
  });

  test('G10 kinds that callers make up are few in the metrics', async () => {
    const name = await signedBy('ns/kinds');
    for (let n = 0; n < 100; n += 1) {
      await server.validate(objectReview({ apiVersion: 'v1', kind: `Kind${n}`, metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: name }] } }, `kind${n}s`));
    }
    expect(await ask(name)).toMatchObject({ allowed: true });
    const metrics = await (await fetch(`http://127.0.0.1:${server.running.opsPort}/metrics`)).text();
    expect(new Set(metrics.match(/kind="[^"]*"/g)).size).toBeLessThanOrEqual(70);
  });

  test('G12 a thousand policies about one image are one answer', async () => {
    const crowd = await startTestServer({
      'policies.yaml': document('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
        + Array.from({ length: 1_000 }, (_, n) => document('ClusterArtifactPolicy', `p${n}`, { artifacts: [{ image: `${registry.host}/ns/**` }], require: [{ name: `r${n}`, signature: { by: ['alice'] } }] })).join(''),
    }, { plainHttp: [registry.host] });
    const [good, evil] = [await signedBy('ns/crowd'), await signedBy('ns/crowd', bob)];
    const answers = await Promise.all([good, evil].map((name) => crowd.validate(podReview({ images: [name] }))));
    await crowd.close();
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(Buffer.byteLength(answers[1]?.status?.message ?? '')).toBeLessThanOrEqual(8192);
  });

  test('G15 fifty pods with one image are one look-up, and G11 a pod of a hundred containers is one answer', async () => {
    const name = await signedBy('ns/many');
    registry.clearLog();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(name)));
    expect(answers.every(({ allowed }) => allowed)).toBe(true);
    expect(registry.log.length).toBeLessThanOrEqual(6);
    const evil = `${registry.host}/ns/many@${(await image('ns/many')).digest}`;
    expect(await ask(Array.from({ length: 100 }, () => name))).toMatchObject({ allowed: true });
    expect(await ask([...Array.from({ length: 99 }, () => name), evil])).toMatchObject({ allowed: false });
  });

  test('G16 a failure is not remembered: the next request looks again', async () => {
    const name = await signedBy('ns/failing');
    const off = registry.fault({ path: /./, behaviour: { kind: 'status', status: 500 } });
    expect(await ask(name)).toMatchObject({ allowed: false, codes: ['FETCH_SERVER_ERROR'] });
    off();
    expect(await ask(name)).toMatchObject({ allowed: true });
  });

  test('G14 a pod of megabytes is judged like a small one', async () => {
    const [good, evil] = [await signedBy('ns/large'), `${registry.host}/ns/large@${(await image('ns/large')).digest}`];
    const large = (name: string): unknown => {
      const review = podReview({ images: [name] }) as unknown as { request: { object: { metadata: { annotations: Record<string, string> } } } };
      review.request.object.metadata.annotations = { note: 'x'.repeat(3_000_000) };
      return review;
    };
    const answers = await Promise.all([server.validate(large(good)), server.validate(large(evil)), ask(good)]);
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, false, true]);
  });
});

describe('I: which policies, and which answer', () => {
  test('I07 a policy in audit mode takes nothing from one that is enforced, in either order of proof', async () => {
    for (const [key, verdict] of [[alice, false], [bob, true]] as const) expect((await ask(await signedBy('mixed/app', key))).allowed).toBe(verdict);
  });

  test('I04 a policy of a namespace does not loosen one of the cluster', async () => {
    expect(await ask(await signedBy('ns/app', alice), 'team-a')).toMatchObject({ allowed: true });
    expect(await ask(await signedBy('ns/app', bob), 'team-a')).toMatchObject({ allowed: false });
    expect(await ask(await signedBy('ns/app', bob), 'team-b')).toMatchObject({ allowed: false });
  });

  test('I03 a policy of a namespace speaks in no other', async () => {
    const name = await signedBy('own/app', bob);
    // It adds a requirement, which holds; what the cluster says nothing about stays unmatched (M2).
    expect(await ask(name, 'team-a')).toMatchObject({ allowed: false, codes: ['SELECT_NO_POLICY', 'POLICY_SATISFIED'] });
    for (const namespace of ['team-b', 'team', '']) expect(await ask(name, namespace)).toMatchObject({ allowed: false, codes: ['SELECT_NO_POLICY'] });
  });

  test('I08 many digests of one repository at once: each gets its own answer', async () => {
    const names = await Promise.all(Array.from({ length: 40 }, (_, n) => signedBy('ns/mixed', n % 2 === 0 ? alice : bob)));
    const answers = await Promise.all([...names, ...names].map((name) => ask(name)));
    expect(answers.map(({ allowed }) => allowed)).toEqual([...names, ...names].map((_, n) => n % 2 === 0));
    const pair = await ask([names[0] ?? '', names[1] ?? '']);
    expect(pair).toMatchObject({ allowed: false });
  });

  test('I10 I09 what is remembered is the evidence: another question about it gets another answer', async () => {
    const dirty = await image('scanned/other');
    for (const repository of ['scanned/other', 'scanned/app']) {
      await push(registry, repository, dirty);
      await pushReferrer(registry, repository, bundleReferrer(dirty, keyBundle(world, { statement: makeStatement(dirty.digest, { predicateType: SCAN, predicate: { clean: false } }), key: alice })));
    }
    for (let round = 0; round < 3; round += 1) {
      expect(await ask(`${registry.host}/scanned/other@${dirty.digest}`)).toMatchObject({ allowed: true });
      expect(await ask(`${registry.host}/scanned/app@${dirty.digest}`)).toMatchObject({ allowed: false });
    }
  });

  test('I11 every admission has a record, also the one from memory', async () => {
    const name = await signedBy('ns/recorded');
    for (let round = 0; round < 3; round += 1) {
      const { allowed, id } = await ask(name);
      expect(allowed).toBe(true);
      expect((await server.ops(`/decisions/${id}`, { accept: 'application/json' })).text).toContain(name.split('@')[1]);
      expect(server.log.some((line) => JSON.stringify(line).includes(id))).toBe(true);
    }
  });

  test.each([
    ['I06 a file that is no YAML', 'a: ['],
    ['I06 C05 a misspelt field', document('ClusterArtifactPolicy', 'more', { artifacts: [{ image: '**' }], require: [{ name: 'x', signature: { buy: ['alice'] } }] })],
    ['I06 a signer that does not exist', document('ClusterArtifactPolicy', 'more', { artifacts: [{ image: '**' }], require: [{ name: 'x', signature: { by: ['nobody'] } }] })],
    ['I06 D20 a text that looks like a truth value', 'apiVersion: gatehouse.dev/v1alpha1\nkind: ClusterArtifactPolicy\nmetadata: {name: no}\nspec: {artifacts: [{image: "**"}], mode: off, require: [{name: x, signature: {by: [alice]}}]}'],
    ['I06 D11 a signer whose key is zeros', document('Signer', 'zeros', { identities: [{ key: { data: `-----BEGIN PUBLIC KEY-----\n${Buffer.alloc(91).toString('base64')}\n-----END PUBLIC KEY-----\n` } }] })],
    ['I06 F09 a trust root at an internal URL without a name for it', document('TrustRoot', 'inside', { sigstore: { trustedRoot: 'http://169.254.169.254/trusted_root.json' } })],
    ['I06 C16 a condition that would call somebody', document('ClusterArtifactPolicy', 'more', { artifacts: [{ image: '**' }], require: [{ name: 'x', attestation: { type: SCAN, by: ['alice'], where: [{ cel: 'fetch("http://169.254.169.254/")' }] } }] })],
    ['I06 L11 J05 a name that climbs out of its folder', document('Signer', '../../etc/passwd', { identities: [{ key: { data: alice.publicKeyPem } }] })],
  ])('%s: the whole set is refused, and the one before it goes on to be enforced', async (_, text) => {
    const [good, evil] = [await signedBy('ns/kept'), await signedBy('ns/kept', bob)];
    const before = server.log.length;
    writeFileSync(join(server.policyFolder, 'more.yaml'), text);
    await until(() => server.log.slice(before).some((line) => line['level'] === 'error' && JSON.stringify(line).includes('more.yaml')), 'nobody said that the set is broken');
    expect([(await ask(good)).allowed, (await ask(evil)).allowed]).toEqual([true, false]);
    rmSync(join(server.policyFolder, 'more.yaml'));
  });

  test('I05 a set that changes in one step is never seen by halves', async () => {
    const [good, evil] = [await signedBy('swap/app', alice), await signedBy('swap/app', bob)];
    const both = (key: string): string => policy('swap/app', { signature: { by: [key] } });
    const put = (key: string): void => {
      // Outside the folder until it is whole.
      writeFileSync(`${server.policyFolder}-next`, both(key));
      renameSync(`${server.policyFolder}-next`, join(server.policyFolder, 'swap.yaml'));
    };
    put('alice');
    await until(async () => (await ask(good)).allowed, 'the first set is not in force');
    put('bob');
    const seen = new Set<string>();
    await until(async () => {
      const answers = await ask([good, evil]);
      seen.add(String(answers.allowed));
      return (await ask(evil)).allowed;
    }, 'the second set is not in force');
    // No moment at which both were admitted in one answer.
    expect([...seen]).toEqual(['false']);
    expect((await ask(good)).allowed).toBe(false);
  });
});
