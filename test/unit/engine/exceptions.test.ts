// What no exception lets pass, however deep in a finding it lies: documents, evidence and the engine are the product's own.
import { describe, expect, test } from 'vitest';
import type { LayersFact } from '../../../src/domain/policy/examined-requirement.ts';
import { evidenceFromFile } from '../../../src/fetch/index.ts';
import { jsonBytes } from '../../world/encode.ts';
import { layout, link, person, signed, step } from '../verify/intoto/support.ts';
import { judge } from '../policy/every-field/judge.ts';
import type { Scene } from '../policy/every-field/judge.ts';
import { demanding } from '../policy/every-field/row.ts';
import { DAY, DIGEST, doc, iso, keyed, keys, NOW, OTHER, says, signs } from '../policy/every-field/world.ts';
import type { Doc } from '../policy/every-field/world.ts';
import { asDigest } from '../../world/encode.ts';
import { harness } from './support.ts';
import { compilePolicies } from '../../../src/policy/index.ts';
import { trust } from '../policy/every-field/world.ts';
import { stringify } from 'yaml';

const exception = (more: object = {}): Doc => doc('AdmissionException', 'night', {
  artifacts: [{ image: 'ghcr.io/acme/app' }], policies: [{ name: 'p' }], namespaces: ['team'], reason: 'signer is down', approvedBy: 'carol',
  notBefore: iso(NOW - DAY), expiresAt: iso(NOW + DAY), ...more,
});
const NAMED = { digests: [DIGEST] };
const revoked = (...things: readonly object[]): Doc => doc('RevocationList', 'incidents', { revocations: things.map((thing) => ({ ...thing, reason: 'stolen' })) });
const ELSE = { digest: asDigest(`sha256:${'99'.repeat(32)}`) };
const ALICE = { key: keys.alice.keyId };

/** What the scene comes to with an exception that names the digest. */
async function excepted(scene: Scene, ...more: readonly Doc[]): Promise<string> {
  const answer = await judge({ ...scene, documents: [...scene.documents, ...more, exception(NAMED)] });
  return answer.verdict === 'refused' ? JSON.stringify(answer.problems) : answer.verdict;
}
const SIGNED = { signature: { by: ['alice'] } };
const UNSIGNED = demanding(SIGNED);

describe('AdmissionException: a revocation is not let pass, wherever it lies', () => {
  test('of a key, beside a key that nobody trusts', async () => {
    const scene = demanding(SIGNED, { evidence: [signs(), signs({ by: 'stranger' })] });
    expect(await excepted(scene, revoked(ALICE))).toMatch(/^deny /);
    const twin = demanding(SIGNED, { evidence: [signs({ by: 'stranger' })] });
    expect(await excepted(twin, revoked(ALICE))).toBe('warn VERIFY_SIGNER_UNTRUSTED');
  });

  test('of a key that no signer has any more is that of a stranger: the page says so', async () => {
    const scene = demanding(SIGNED, { evidence: [signs({ by: 'bob' })] });
    expect(await excepted(scene, revoked({ key: keys.bob.keyId }))).toBe('warn VERIFY_SIGNER_UNTRUSTED');
    expect(await excepted(demanding({ signature: { by: ['alice', 'bob'] } }, { evidence: [signs({ by: 'bob' })] }), revoked({ key: keys.bob.keyId }))).toMatch(/^deny /);
  });

  test('of one of two signers where the other is missing', async () => {
    const scene = demanding({ signature: { by: ['alice', 'bob'], threshold: 2 } }, { evidence: [signs(), signs({ by: 'bob' })] });
    expect(await excepted(scene, revoked(ALICE))).toMatch(/^deny /);
    expect(await excepted({ ...scene, evidence: [signs({ by: 'bob' })] }, revoked(ALICE))).toBe('warn POLICY_THRESHOLD');
  });

  test('of a key, in an alternative of which the message tells only the code', async () => {
    const scene = demanding({ anyOf: [SIGNED, { sbom: { by: ['bob'] } }] }, { evidence: [signs()] });
    expect(await excepted(scene, revoked(ALICE))).toMatch(/^deny /);
    expect(await excepted({ ...scene, evidence: [] }, revoked(ALICE))).toBe('warn POLICY_ANY_OF');
  });

  test('of a functionary of a layout, in an alternative, and beside something else that is wrong', async () => {
    const [owner, worker] = [person('p256'), person('p256')];
    const build = { ...link('build', {}, {}), products: { image: { sha256: DIGEST.slice(7) } } };
    const evidence = evidenceFromFile(`build.${worker.keyid.slice(0, 8)}.link`, jsonBytes(signed(build, [worker]))).evidence;
    const steps = (...names: readonly string[]): string =>
      JSON.stringify(signed(layout(names.map((name) => step(name, [worker])), [worker], { expires: '2090-01-01T00:00:00Z' }), [owner]));
    const owners = doc('Signer', 'owner', { identities: [keyed(owner.key, {})] });
    const mine = revoked({ key: worker.key.keyId });
    const alone = demanding({ anyOf: [{ layout: { document: steps('build'), owners: ['owner'] } }, SIGNED] }, { evidence });
    expect(await excepted(alone, owners, mine)).toMatch(/^deny /);
    expect(await excepted({ ...alone, evidence: [] }, owners, mine)).toBe('warn POLICY_ANY_OF');
    const mixed = demanding({ layout: { document: steps('build', 'test'), owners: ['owner'] } }, { evidence });
    expect(await excepted(mixed, owners, mine)).toMatch(/^deny /);
    expect(await excepted(mixed, owners, revoked(ELSE))).toBe('warn POLICY_LAYOUT_STEP');
  });

  test('of the owner of a layout, in an alternative', async () => {
    const [owner, worker] = [person('p256'), person('p256')];
    const build = { ...link('build', {}, {}), products: { image: { sha256: `00${DIGEST.slice(9)}` } } };
    const evidence = evidenceFromFile(`build.${worker.keyid.slice(0, 8)}.link`, jsonBytes(signed(build, [worker]))).evidence;
    const document = JSON.stringify(signed(layout([step('build', [worker])], [worker], { expires: '2090-01-01T00:00:00Z' }), [owner]));
    const owners = doc('Signer', 'owner', { identities: [keyed(owner.key, {})] });
    const scene = demanding({ anyOf: [{ layout: { document, owners: ['owner'] } }, SIGNED] }, { evidence });
    expect(await excepted(scene, owners, revoked({ key: owner.key.keyId }))).toMatch(/^deny /);
    expect(await excepted(scene, owners, revoked(ELSE))).toBe('warn POLICY_ANY_OF');
  });

  test('of the digest by a signer alone, though nothing was signed', async () => {
    const disowning = (digest: string): Doc => doc('Signer', 'dave', { identities: [keyed(keys.stranger, {})], revocations: [{ digest, reason: 'has the test key' }] });
    expect(await excepted(UNSIGNED, disowning(DIGEST))).toBe('deny FETCH_NONE_FOUND');
    expect(await excepted(UNSIGNED, disowning(OTHER))).toBe('warn FETCH_NONE_FOUND');
  });

  test('of the digest by a list, also after a date, in every mode of looking', async () => {
    expect(await excepted(UNSIGNED, revoked({ digest: DIGEST, compromisedAt: iso(NOW - DAY) }))).toBe('deny FETCH_NONE_FOUND');
    expect(await excepted(UNSIGNED, revoked({ digest: OTHER, compromisedAt: iso(NOW - DAY) }))).toBe('warn FETCH_NONE_FOUND');
  });

  test('of an image that it was built with, which the message of the image tells as denied', async () => {
    const base = { uri: `pkg:docker/base?repository_url=ghcr.io/acme`, digest: { sha256: OTHER.slice(7) } };
    const evidence = [says('https://slsa.dev/provenance/v1', {
      buildDefinition: { buildType: 't', externalParameters: {}, resolvedDependencies: [{ ...base, uri: 'pkg:docker/ghcr.io/acme/base@1' }] },
      runDetails: { builder: { id: 'b' }, metadata: { invocationId: 'r' } },
    }, { by: 'bob' })];
    const bases = doc('ClusterArtifactPolicy', 'bases', {
      artifacts: [{ image: 'ghcr.io/acme/base' }], usedAs: ['baseImage', 'dependency'], require: [{ name: 'signed', ...SIGNED }],
    });
    const scene = demanding(
      { provenance: { by: ['bob'], dependencies: { images: { admitted: true } } } }, { evidence, others: { [OTHER]: [signs({ digest: OTHER })] } }, { usedAs: ['container'] },
    );
    expect(await excepted(scene, bases, revoked(ELSE))).toBe('admit POLICY_SATISFIED');
    expect(await excepted(scene, bases, revoked(ALICE))).toBe('deny POLICY_IMAGE_DENIED');
    expect(await excepted({ ...scene, others: {} }, bases, revoked(ELSE))).toBe('warn POLICY_IMAGE_DENIED');
    expect(await excepted({ ...scene, others: {} }, bases, revoked({ digest: OTHER }))).toBe('deny POLICY_IMAGE_DENIED');
  });

  test('of a key that signed the index which speaks for the image', async () => {
    const scene = demanding(SIGNED, { parent: OTHER, others: { [OTHER]: [signs({ digest: OTHER })] } }, { indexCoversChildren: true });
    expect(await excepted(scene, revoked(ELSE))).toBe('admit POLICY_SATISFIED');
    expect(await excepted(scene, revoked(ALICE))).toMatch(/^deny /);
    expect(await excepted({ ...scene, others: {} }, revoked(ALICE))).toBe('warn FETCH_NONE_FOUND');
  });

  test('of one platform of an index, all of which have to be signed', async () => {
    const [one, two] = ['11', '22'].map((pair) => asDigest(`sha256:${pair.repeat(32)}`)) as [typeof DIGEST, typeof DIGEST];
    const layers = { ok: true, images: [{ digest: one, platform: 'linux/amd64', layers: [] }, { digest: two, platform: 'linux/arm64', layers: [] }] } as const;
    const scene = demanding(SIGNED, { layers, others: { [one]: [signs({ digest: one })] } }, { everyPlatform: true });
    expect(await excepted(scene, revoked(ELSE))).toBe('warn FETCH_NONE_FOUND');
    expect(await excepted(scene, revoked({ digest: two }))).toBe('deny FETCH_NONE_FOUND');
    expect(await excepted(scene, revoked(ALICE))).toMatch(/^deny /);
  });
});

/** The product's engine over fakes, under compiled documents; the registry answers as the case says. */
async function asked(ports: Parameters<typeof harness>[0], more: object, ref: object = {}, of: readonly Doc[] = UNSIGNED.documents): Promise<string> {
  const documents = [...of, exception(more)].map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
  const { set = expect.unreachable() } = compilePolicies([{ path: 'p.yaml', text: documents }], { trust });
  const { admit } = harness({ clock: { now: () => NOW }, policies: { current: () => ({ ready: true, set }) }, ...ports });
  const decision = await admit({ namespace: 'team', artifacts: [{ ...UNSIGNED.artifact, ...ref }] });
  return [decision.outcome, ...decision.findings.map(({ code }) => code)].join(' ');
}

describe('AdmissionException: what nobody knows is not let pass', () => {
  test('a name for which no digest was found, though the registry says for certain that it is not there', async () => {
    const missing: Parameters<typeof harness>[0] = { resolver: { resolve: async () => ({ ok: false, problem: { code: 'FETCH_NOT_FOUND', source: 'ghcr.io' } }) } };
    expect(await asked(missing, {}, { digest: undefined })).toBe('deny FETCH_NOT_FOUND');
    expect(await asked({ resolver: { resolve: async () => ({ ok: true, digest: DIGEST }) } }, {}, { digest: undefined })).toBe('warn FETCH_NONE_FOUND');
  });

  test('time that ran out, beside a registry that did not answer', async () => {
    const batch = (code: 'ENGINE_DEADLINE' | 'FETCH_TIMEOUT') => ({
      source: {
        open: async () => ({ batches: [], fetchedAt: 0, next: async () => undefined }), parentIndex: async () => undefined,
        diagnose: async () => [{ code: 'FETCH_UNREACHABLE', source: 'ghcr.io' }, { code, source: 'elsewhere' }],
      },
    }) as Parameters<typeof harness>[0];
    expect(await asked(batch('ENGINE_DEADLINE'), NAMED)).toMatch(/^deny /);
    expect(await asked(batch('FETCH_TIMEOUT'), NAMED)).toMatch(/^warn FETCH_/);
    expect(await asked(batch('FETCH_TIMEOUT'), {})).toMatch(/^deny FETCH_/);
  });
});

describe('AdmissionException: what an index lists, under everyPlatform', () => {
  const [one, two] = ['11', '22'].map((pair) => asDigest(`sha256:${pair.repeat(32)}`)) as [typeof DIGEST, typeof DIGEST];
  const layers = { ok: true, images: [{ digest: one, platform: 'linux/amd64', layers: [] }, { digest: two, platform: 'linux/arm64', layers: [] }] } as const;
  const each = (fact: LayersFact, more: object): Promise<string> => {
    const { documents } = demanding(SIGNED, {}, { everyPlatform: true });
    return asked({
      source: {
        open: async ({ digest }: { digest: string }) => ({
          batches: [{ evidence: [], problems: digest === two ? [{ code: 'FETCH_UNREACHABLE', source: 'ghcr.io' }] : [] }], fetchedAt: 0, next: async () => undefined,
        }),
        parentIndex: async () => undefined, diagnose: async () => [], layers: async () => fact,
      },
    } as unknown as Parameters<typeof harness>[0], more, {}, documents);
  };

  test('a platform that nobody could look at is let pass by the digest alone, also beside one that is certainly unsigned', async () => {
    expect(await each(layers, {})).toBe('deny FETCH_NONE_FOUND');
    expect(await each(layers, NAMED)).toBe('warn FETCH_NONE_FOUND');
    expect(await each({ ok: true, images: [layers.images[0]] }, {})).toBe('warn FETCH_NONE_FOUND');
    expect(await each({ ok: true, images: [layers.images[1]] }, {})).toBe('deny FETCH_UNREACHABLE');
  });

  test('what can never be read may list something revoked, and is not let pass', async () => {
    for (const code of ['FETCH_NOT_FOUND', 'FETCH_MANIFEST_INVALID', 'FETCH_INDEX_TOO_LARGE'] as const)
      for (const more of [{}, NAMED]) expect(await each({ ok: false, problem: { code, source: 'ghcr.io' } }, more)).toBe(`deny ${code}`);
    expect(await each({ ok: true, images: [] }, NAMED)).toBe('deny FETCH_MANIFEST_INVALID');
    // A registry that is down is an urgent night.
    const down = { ok: false, problem: { code: 'FETCH_UNREACHABLE', source: 'ghcr.io' } } as const;
    expect([await each(down, {}), await each(down, NAMED)]).toEqual(['deny FETCH_UNREACHABLE', 'warn FETCH_UNREACHABLE']);
  });
});

test('AdmissionException: a name in another spelling of the same registry is the same image, another registry is another', async () => {
  const hub = { raw: 'nginx', name: 'docker.io/library/nginx' };
  const scene = { ...UNSIGNED, artifact: { ...UNSIGNED.artifact, ...hub }, documents: demanding(SIGNED, {}, { artifacts: [{ image: 'nginx' }] }).documents };
  for (const image of ['nginx', 'docker.io/library/nginx', 'index.docker.io/library/nginx', 'DOCKER.IO/library/nginx'])
    expect((await judge({ ...scene, documents: [...scene.documents, exception({ artifacts: [{ image }] })] })).verdict).toBe('warn FETCH_NONE_FOUND');
  for (const image of ['docker.example/library/nginx', 'docker.io/other/nginx'])
    expect((await judge({ ...scene, documents: [...scene.documents, exception({ artifacts: [{ image }] })] })).verdict).toBe('deny FETCH_NONE_FOUND');
});

test('AdmissionException: nothing of how it was found out is told', async () => {
  const documents = [...UNSIGNED.documents, revoked(ALICE), exception()].map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
  const { set = expect.unreachable() } = compilePolicies([{ path: 'p.yaml', text: documents }], { trust });
  const { admit } = harness({ clock: { now: () => NOW }, policies: { current: () => ({ ready: true, set }) } });
  for (const namespace of ['team', 'elsewhere']) {
    const { findings } = await admit({ namespace, artifacts: [UNSIGNED.artifact] });
    expect(findings.map((finding) => 'final' in finding)).toEqual([false]);
  }
});

describe('AdmissionException: a policy that does not enforce', () => {
  const found = async (mode: string, about: Doc, ...more: readonly Doc[]) => {
    const scene = demanding(SIGNED, {}, { mode });
    const documents = [...scene.documents, about, ...more].map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
    const { set = expect.unreachable() } = compilePolicies([{ path: 'p.yaml', text: documents }], { trust });
    const { admit } = harness({ clock: { now: () => NOW }, unmatched: 'allow', policies: { current: () => ({ ready: true, set }) } });
    const { findings, outcome, notes } = await admit({ namespace: 'team', artifacts: [scene.artifact] });
    const finding = findings.find(({ policy }) => policy === 'p');
    return { outcome, notes, mode: finding?.mode, now: finding?.exceptions?.map(({ name }) => name), later: finding?.exceptionsIfEnforced?.map(({ name }) => name) };
  };

  test.each(['warn', 'audit'])('%s: its finding names what will act, keeps its mode, and nothing is told as let through', async (mode) => {
    const outcome = mode === 'warn' ? 'warn' : 'admit';
    expect(await found(mode, exception())).toEqual({ outcome, notes: [], mode, now: undefined, later: ['night'] });
    // Twins: about something else, for another namespace, over, and what no exception lets pass.
    for (const about of [{ artifacts: [{ image: 'ghcr.io/acme/other' }] }, { namespaces: ['other'] }, { notBefore: iso(NOW - 2 * DAY), expiresAt: iso(NOW - DAY) }])
      expect((await found(mode, exception(about))).later).toBeUndefined();
    expect((await found(mode, exception(), revoked({ digest: DIGEST }))).later).toBeUndefined();
  });

  test('one that enforces has it act', async () => {
    expect(await found('enforce', exception())).toEqual({ outcome: 'warn', notes: [expect.stringContaining('night')], mode: 'warn', now: ['night'], later: undefined });
  });
});
