// AdmissionException: what a policy forbids is let through for a while, told everywhere, and nothing else is loosened by it. Over HTTPS.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lostPolicies, compilePolicies } from '../../src/policy/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { startGate } from '../support/gate.ts';
import type { AskingPod, GateServer } from '../support/gate.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { keyBundle } from '../world/bundle.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { cosignSignStatement } from '../world/statement.ts';
import { createWorld } from '../world/world.ts';
import { until } from '../support/patience.ts';
import { ranCommandLine } from '../support/command-line.ts';

const NOW = Date.now();
const [MINUTE, DAY] = [60_000, 86_400_000];
const iso = (at: number): string => new Date(at).toISOString();
const world = createWorld({ now: NOW });
const [alice, mallory] = [world.key(), world.key()];
const doc = (kind: string, name: string, spec: unknown, more: object = {}): string =>
  `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name, ...more }, spec })}\n---\n`;

let registry = undefined as unknown as TestRegistry;
const images = { unsigned: '', other: '', disowned: '', stolen: '' };
const digests: Record<string, string> = {};

const exceptionOf = (more: object = {}): object => ({
  artifacts: [{ image: `${registry.host}/acme/**` }], policies: [{ name: 'acme-images', requirement: 'signed' }], namespaces: ['shop'],
  reason: 'signer is down, incident 42', approvedBy: 'carol', notBefore: iso(NOW - DAY), expiresAt: iso(NOW + DAY), ...more,
});
const policies = (more: object = {}): string =>
  doc('Signer', 'alice', { identities: [{ key: { data: alice.publicKeyPem } }] })
  + doc('Signer', 'mallory', { identities: [{ key: { data: mallory.publicKeyPem } }] })
  + doc('RevocationList', 'incidents', { revocations: [{ digest: digests['disowned'], reason: 'contains the test key' }, { key: mallory.keyId, reason: 'laptop lost' }] })
  + doc('ClusterArtifactPolicy', 'acme-images', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['alice', 'mallory'] } }], ...more });

beforeAll(async () => {
  registry = await startRegistry();
  for (const name of ['unsigned', 'other', 'disowned', 'stolen'] as const) {
    const image = makeImage({ seed: name });
    await push(registry, `acme/${name}`, image, ['1']);
    images[name] = `${registry.host}/acme/${name}@${image.digest}`;
    digests[name] = image.digest;
    if (name === 'stolen') await pushReferrer(registry, `acme/${name}`, bundleReferrer(image, keyBundle(world, { key: mallory, statement: cosignSignStatement(image.digest), at: NOW - MINUTE })));
  }
});
afterAll(() => registry?.close());

/** Asks a server of its own, whose policies and exceptions are these. */
async function asked(documents: string, image: string, { namespace = 'shop', config = {} }: { readonly namespace?: string; readonly config?: object } = {}): Promise<{ readonly answer: AdmissionAnswer; readonly server: TestServer }> {
  const server = await startTestServer({ 'p.yaml': documents }, { plainHttp: [registry.host], ...config });
  try {
    return { answer: await server.validate(podReview({ images: [image], namespace, name: 'web' })), server };
  } finally {
    await server.close();
  }
}
const outcomeOf = async (...args: Parameters<typeof asked>): Promise<string> => {
  const { answer } = await asked(...args);
  return `${answer.allowed ? 'admit' : 'deny'} ${answer.auditAnnotations['reasons']}`;
};
const withException = (more: object = {}, of: object = {}): string => policies(of) + doc('AdmissionException', 'night-42', exceptionOf(more));

describe('an exception', () => {
  test('admits what the requirement forbids, with a warning, an annotation, a metric and a word in the log; without it it is denied', async () => {
    const { answer, server } = await asked(withException(), images.unsigned);
    expect([answer.allowed, answer.auditAnnotations['exceptions'], answer.auditAnnotations['verdict']]).toEqual([true, 'night-42', 'violated']);
    expect(answer.warnings?.some((line) => line.includes('night-42'))).toBe(true);
    expect(answer.warnings?.every((line) => line.length <= 120)).toBe(true);
    expect(server.log.some(({ msg, outcome }) => msg === 'decision' && outcome === 'warn')).toBe(true);
    expect(await outcomeOf(policies(), images.unsigned)).toBe('deny FETCH_NONE_FOUND');
  });

  test('I02 every one that acts is named, and each once', async () => {
    const second = doc('AdmissionException', 'night-43', exceptionOf({ policies: [{ name: 'acme-images' }], artifacts: undefined, digests: [digests['unsigned']] }));
    const { answer } = await asked(withException() + second, images.unsigned);
    expect(answer.auditAnnotations['exceptions']).toBe('night-42,night-43');
  });

  test.each<[string, () => object]>([
    ['of another namespace', () => ({ namespaces: ['other'] })],
    ['of another digest', () => ({ digests: [digests['other']] })],
    ['of another image', () => ({ artifacts: [{ image: `${registry.host}/acme/other` }] })],
    ['for another use', () => ({ usedAs: ['baseImage'] })],
    ['that is over', () => ({ notBefore: iso(NOW - 2 * DAY), expiresAt: iso(NOW - 1000) })],
    ['that is not yet', () => ({ notBefore: iso(NOW + 3600_000) })],
  ])('%s changes nothing', async (_, more) => {
    expect(await outcomeOf(withException(more()), images.unsigned)).toBe('deny FETCH_NONE_FOUND');
  });

  test('of another policy with a requirement of the same name changes nothing', async () => {
    const another = doc('ClusterArtifactPolicy', 'others', { artifacts: [{ image: 'ghcr.io/x/*' }], require: [{ name: 'signed', signature: { by: ['alice'] } }] });
    expect(await outcomeOf(withException({ policies: [{ name: 'others', requirement: 'signed' }] }) + another, images.unsigned)).toBe('deny FETCH_NONE_FOUND');
  });

  test.each([['narrow', 'wide'], ['wide', 'narrow']] as const)('I02 two come to no more than each for itself, the %s one first', async (...order) => {
    const all = {
      narrow: doc('AdmissionException', 'b-narrow', exceptionOf({ policies: [{ name: 'acme-images', requirement: 'scanned' }] })),
      wide: doc('AdmissionException', 'b-wide', exceptionOf({ policies: [{ name: 'acme-images' }], namespaces: ['other'] })),
      over: doc('AdmissionException', 'a-over', exceptionOf({ policies: [{ name: 'acme-images' }], notBefore: iso(NOW - 2 * DAY), expiresAt: iso(NOW - 1000) })),
    };
    const two = { require: [{ name: 'signed', signature: { by: ['alice'] } }, { name: 'scanned', sbom: { by: ['alice'] } }] };
    const without = policies(two);
    expect(await outcomeOf(without + all.over + order.map((which) => all[which]).join(''), images.unsigned)).toMatch(/^deny/);
    const { answer } = await asked(without + all.over + order.map((which) => (which === 'wide' ? all.wide.replace('"other"', '"shop"') : all.narrow)).join(''), images.unsigned);
    expect([answer.allowed, answer.auditAnnotations['exceptions']]).toEqual([true, 'b-narrow,b-wide']);
  });

  test('of one requirement leaves the others', async () => {
    const two = { require: [{ name: 'signed', signature: { by: ['alice'] } }, { name: 'scanned', sbom: { by: ['alice'] } }] };
    expect(await outcomeOf(withException({}, two), images.unsigned)).toMatch(/^deny/);
    expect(await outcomeOf(withException({ policies: [{ name: 'acme-images' }] }, two), images.unsigned)).toMatch(/^admit/);
  });

  test('is judged anew each time, also a moment after an admission: one that is over by then admits nothing more', async () => {
    const expiresAt = Date.now() + 4000;
    const server = await startTestServer({ 'p.yaml': withException({ expiresAt: iso(expiresAt) }) }, { plainHttp: [registry.host] });
    const told = async (): Promise<boolean> => (await server.validate(podReview({ images: [images.unsigned], namespace: 'shop' }))).allowed;
    // However slow the machine: until it is over it may be admitted, and then it is not.
    await until(async () => !(await told()));
    expect(Date.now()).toBeGreaterThan(expiresAt);
    expect(await told()).toBe(false);
    await server.close();
  });
});

describe('never', () => {
  test('lifts the revocation of a digest, though nothing else is wrong but that it is unsigned', async () => {
    expect(await outcomeOf(withException({ policies: [{ name: 'acme-images' }], digests: [digests['disowned']] }), images.disowned)).toMatch(/^deny/);
  });

  test('lifts the revocation of a key', async () => {
    expect(await outcomeOf(withException({ digests: [digests['stolen']] }), images.stolen)).toBe('deny POLICY_REVOKED');
    expect(await outcomeOf(withException({ digests: [digests['unsigned']] }), images.unsigned)).toMatch(/^admit/);
  });

  test('makes an admission of what no policy speaks about', async () => {
    expect(await outcomeOf(withException({ artifacts: [{ image: '**' }] }), 'ghcr.io/other/app:1')).toBe('deny SELECT_NO_POLICY');
  });

  test('lets a tag through where a digest is demanded', async () => {
    expect(await outcomeOf(withException({}, { requireDigest: true }), `${registry.host}/acme/unsigned:1`)).toMatch(/^deny .*POLICY_DIGEST_REQUIRED/);
  });

  test('makes an admission of a set that could not be loaded', async () => {
    const { answer } = await asked('broken: [' , images.unsigned).catch(() => ({ answer: { allowed: false } }));
    expect(answer.allowed).toBe(false);
  });

  test('what nobody could look up is let through by its digest alone', async () => {
    const down = `127.0.0.1:9/acme/app@${digests['unsigned']}`;
    const of = (more: object): string => withException({ artifacts: undefined, policies: [{ name: 'acme-images' }], ...more }, { artifacts: [{ image: '127.0.0.1:9/acme/*' }, { image: `${registry.host}/acme/**` }] });
    expect(await outcomeOf(of({ artifacts: [{ image: '127.0.0.1:9/acme/*' }] }), down, { config: { plainHttp: [registry.host, '127.0.0.1:9'] } })).toMatch(/^deny/);
    expect(await outcomeOf(of({ digests: [digests['unsigned']] }), down, { config: { plainHttp: [registry.host, '127.0.0.1:9'] } })).toMatch(/^admit/);
  });
});

describe('is refused, and says what is expected', () => {
  const problems = (more: object): readonly string[] =>
    compilePolicies([{ path: 'p.yaml', text: withException(more) }], { trust: createTrustReader() }).problems.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);
  test.each<[string, object, RegExp]>([
    ['31 days', { notBefore: iso(NOW), expiresAt: iso(NOW + 31 * DAY) }, /more than 30 days/],
    ['without an end', { expiresAt: undefined }, /expiresAt/],
    ['an end before its beginning', { notBefore: iso(NOW), expiresAt: iso(NOW - 1) }, /not after notBefore/],
    ['every namespace', { namespaces: ['*'] }, /not a valid namespace/],
    ['no namespace', { namespaces: undefined }, /namespaces/],
    ['nothing that it is about', { artifacts: undefined }, /neither artifacts nor digests/],
    ['a policy that is not there', { policies: [{ name: 'acme-image' }] }, /did you mean "acme-images"/],
    ['a requirement that is not there', { policies: [{ name: 'acme-images', requirement: 'signd' }] }, /did you mean "signed"/],
    ['nobody who approved', { approvedBy: '' }, /is empty/],
    ['no reason', { reason: undefined }, /reason/],
    ['a reason of blanks', { reason: '   ' }, /reason: .*is empty/],
    ['blanks that approved', { approvedBy: '\u00a0' }, /approvedBy: .*is empty/],
    ['an unknown field', { policy: 'x' }, /unknown field "policy"/],
    ['a digest that is none', { digests: ['sha256:AB'] }, /expected sha256/],
  ])('%s', (_, more, expected) => {
    expect(problems(more).join('\n')).toMatch(expected);
    expect(problems({})).toEqual([]);
  });
});

test('a new exception is told as less than before, one that goes is not', () => {
  const set = (text: string) => compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() }).set ?? expect.unreachable();
  expect(lostPolicies(set(policies()), set(withException())).map(({ what, policy }) => [what, policy])).toEqual([['exception', 'acme-images']]);
  expect(lostPolicies(set(withException()), set(policies()))).toEqual([]);
  expect(lostPolicies(set(withException()), set(withException({ namespaces: ['shop', 'other'] })))).toHaveLength(1);
});

test('of any set of exceptions none admits what is revoked, outside of its namespace, its time or its policy, and none can be taken away to admit more', () => {
  // By an oracle of its own over the documents, beside the engine.
  const times = fc.constantFrom([-2 * DAY, -DAY], [-DAY, DAY], [DAY, 2 * DAY]);
  const one = fc.record({ namespace: fc.constantFrom('shop', 'other'), window: times, policy: fc.constantFrom('acme-images', 'others'), requirement: fc.constantFrom(undefined, 'signed', 'scanned') });
  return fc.assert(fc.asyncProperty(fc.array(one, { maxLength: 4 }), async (all) => {
    const text = policies({ require: [{ name: 'signed', signature: { by: ['alice'] } }, { name: 'scanned', sbom: { by: ['alice'] } }] })
      + doc('ClusterArtifactPolicy', 'others', { artifacts: [{ image: 'ghcr.io/x/*' }], require: [{ name: 'signed', signature: { by: ['alice'] } }, { name: 'scanned', sbom: { by: ['alice'] } }] })
      + all.map(({ namespace, window: [from = 0, to = 0], policy, requirement }, index) => doc('AdmissionException', `e-${index}`, exceptionOf({ namespaces: [namespace], notBefore: iso(NOW + from), expiresAt: iso(NOW + to), policies: [{ name: policy, ...(requirement === undefined ? {} : { requirement }) }] }))).join('');
    const lifted = new Set(all.filter(({ namespace, window: [from = 0, to = 0], policy }) => namespace === 'shop' && from < 0 && to > 0 && policy === 'acme-images').flatMap(({ requirement }) => requirement ?? ['signed', 'scanned']));
    const expected = lifted.has('signed') && lifted.has('scanned');
    expect((await outcomeOf(text, images.unsigned)).startsWith('admit')).toBe(expected);
  }), { numRuns: 12 });
});

describe('nothing is vouched for by it', () => {
  let gate = undefined as unknown as GateServer;
  let pod = undefined as unknown as AskingPod;
  beforeAll(async () => {
    gate = await startGate({
      policies: () => ({}), namespaces: { ci: {} }, config: { plainHttp: [registry.host] },
      documents: () => policies().replace(/^.*"name":"alice".*\n---\n/, '') + doc('AdmissionException', 'night-42', exceptionOf({ namespaces: ['ci'] })),
    });
    pod = gate.pod();
  });
  afterAll(() => gate?.close());

  test('the gate answers with a warning and no receipt', async () => {
    const answer = await gate.admit(pod, { artifacts: [{ kind: 'image', uri: images.unsigned.replace(/@.*/, ''), digest: digests['unsigned'], usedAs: 'baseImage' }] });
    expect([answer.decision, answer.receipt, answer.artifacts[0]?.receipt]).toEqual(['warn', undefined, undefined]);
  });
});

test('the command line says by what it is admitted, and writes no summary of it', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-exception-'));
  writeFileSync(`${folder}/p.yaml`, withException());
  writeFileSync(`${folder}/key.pem`, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const args = ['verify', images.unsigned, '-p', `${folder}/p.yaml`, '-n', 'shop', '--plain-http', registry.host];
  const plain = await ranCommandLine(...args);
  expect([plain.code, plain.stdout.includes('admitted by AdmissionException night-42')]).toEqual([0, true]);
  expect((await ranCommandLine(...args, '--fail-on-warn')).code).toBe(2);
  const summary = await ranCommandLine(...args, '--vsa-key', `${folder}/key.pem`, '--vsa-out', `${folder}/vsa`);
  expect([summary.code, existsSync(`${folder}/vsa`)]).toEqual([3, false]);
  rmSync(folder, { recursive: true });
});
