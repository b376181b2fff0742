import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubectlResult } from '../control-plane.ts';
import { documents, normalise, policy, signer, startScene } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { attest, makeKey, pushImage, sign, startRegistry } from '../signing.ts';
import type { Registry } from '../signing.ts';
import { pod, WORKLOADS } from '../workloads.ts';

const SCAN = 'https://acme.example/scan/v1';

let scene: Scene;
let modern: Registry;
let old: Registry;
/** `name@digest` of the images by what is wrong with them. */
const image = { modernBundle: '', modernLegacy: '', oldBundle: '', oldLegacy: '', unsigned: '', wrongKey: '', attested: '', unattested: '' };

beforeAll(async () => {
  [modern, old] = [await startRegistry(true), await startRegistry(false)];
  const [release, intruder] = [await makeKey('release'), await makeKey('intruder')];
  const push = async (registry: Registry, name: string): Promise<string> => await pushImage(`${registry.host}/acme/${name}:1`);
  image.modernBundle = await push(modern, 'bundle');
  image.modernLegacy = await push(modern, 'legacy');
  image.oldBundle = await push(old, 'bundle');
  image.oldLegacy = await push(old, 'legacy');
  image.unsigned = await push(modern, 'unsigned');
  image.wrongKey = await push(modern, 'wrong-key');
  image.attested = await push(modern, 'scanned/good');
  image.unattested = await push(modern, 'scanned/bad');
  for (const signed of [image.modernBundle, image.oldBundle]) await sign(signed, release, 'bundle');
  for (const signed of [image.modernLegacy, image.oldLegacy]) await sign(signed, release, 'legacy');
  await sign(image.wrongKey, intruder);
  await attest(image.attested, release, SCAN, { result: 'clean' });
  await sign(image.unattested, release);
  scene = await startScene({
    registries: [modern.host, old.host],
    policies: {
      'policies.yaml': documents(
        signer('release', release),
        policy('acme-images', [`${modern.host}/acme/*`, `${old.host}/acme/**`], 'release'),
        policy('scanned-images', [`${modern.host}/acme/scanned/**`], 'release', { require: [{ name: 'scanned', attestation: { type: SCAN, by: ['release'] } }] }),
      ),
    },
  });
});

afterAll(async () => {
  await scene?.stop();
  for (const registry of [modern, old]) await registry?.program.stop();
});

const apply = (manifest: object, ...flags: string[]): Promise<KubectlResult> => scene.cluster.kubectl(['apply', ...flags, '-f', '-'], manifest);
const text = (result: KubectlResult): string => normalise(result.stderr, { MODERN: modern.host, OLD: old.host });

describe('images signed by cosign', () => {
  test.each([
    ['bundle, registry with referrers', 'modernBundle'], ['legacy tag, registry with referrers', 'modernLegacy'],
    ['bundle, registry without referrers', 'oldBundle'], ['legacy tag, registry without referrers', 'oldLegacy'],
    ['attestation of the required type', 'attested'],
  ] as const)('%s: pod admitted without a word', async (_what, key) => {
    expect(await apply(pod(`signed-${key.toLowerCase()}`, image[key]))).toMatchObject({ code: 0, stderr: '' });
  });

  test('by tag: admitted, with the warning that the kubelet resolves the tag again', async () => {
    const result = await apply(pod('by-tag', `${modern.host}/acme/bundle:1`));
    expect(result.code).toBe(0);
    expect(text(result)).toMatch(/^Warning: .*tag/m);
  });
});

describe('denials as kubectl prints them', () => {
  test('unsigned image', async () => {
    const result = await apply(pod('unsigned', image.unsigned));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image (app) MODERN/acme/unsigned@sha256:<digest>
        policy acme-images / signed by release: unsigned: no evidence of the required kind was found
        expected release: key sha256:<digest>
        found    no signature
        fix: sign it as release: cosign sign --key KEY IMAGE  [FETCH_NONE_FOUND]
        gatehouse explain FETCH_NONE_FOUND (reference <reference>)
      "
    `);
  });

  test('signed with another key', async () => {
    const result = await apply(pod('wrong-key', image.wrongKey));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image (app) MODERN/acme/wrong-key@sha256:<digest>
        policy acme-images / signed by release: signed, but not by a trusted signer
        expected release: key sha256:<digest>
        found    key sha256:<digest>
        fix: it has to be signed by whom "expected" names; sign it as release: cosign sign --key KEY IMAGE  [VERIFY_SIGNER_UNTRUSTED]
        gatehouse explain VERIFY_SIGNER_UNTRUSTED (reference <reference>)
      "
    `);
  });

  test('attestation of the required type is missing', async () => {
    const result = await apply(pod('unattested', image.unattested));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image (app) MODERN/acme/scanned/bad@sha256:<digest>
        policy scanned-images / scanned: no attestation of the required type was found
        expected https://acme.example/scan/v1 by release: key sha256:<digest>
        found    a signature
        fix: attach an attestation of type https://acme.example/scan/v1, signed by release: cosign attest --type https://acme.example/scan/v1 --predicate predicate.json --key KEY IMAGE; a signature alone does not help  [POLICY_TYPE_MISSING]
        gatehouse explain POLICY_TYPE_MISSING (reference <reference>)
      "
    `);
  });

  test('no policy speaks about the image', async () => {
    const result = await apply(pod('unmatched', 'registry.example.com/other/app:1'));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 1 of 1 artifacts not admitted
      ✗ spec.containers[0].image (app) registry.example.com/other/app:1
        no policy speaks about this artifact
        expected a name that a policy's pattern matches
        found    registry.example.com/other/app
        fix: use an artifact that a policy allows, or ask the owner of the policies to add one that speaks about this artifact  [SELECT_NO_POLICY]
        gatehouse explain SELECT_NO_POLICY (reference <reference>)
      "
    `);
  });

  test('several images: every one that fails is listed with its path, the good one is not', async () => {
    const result = await apply(pod('several', image.modernBundle, {
      initContainers: [{ name: 'migrate', image: image.wrongKey }],
      containers: [{ name: 'app', image: image.modernBundle }, { name: 'sidecar', image: image.unsigned }],
    }));
    expect(result.code).toBe(1);
    expect(text(result)).toMatchInlineSnapshot(`
      "Error from server (Forbidden): error when creating "STDIN": admission webhook "validate.gatehouse.dev" denied the request: 2 of 3 artifacts not admitted
      ✗ spec.containers[1].image (sidecar) MODERN/acme/unsigned@sha256:<digest>
        policy acme-images / signed by release: unsigned: no evidence of the required kind was found
        expected release: key sha256:<digest>
        found    no signature
        fix: sign it as release: cosign sign --key KEY IMAGE  [FETCH_NONE_FOUND]
      ✗ spec.initContainers[0].image (migrate) MODERN/acme/wrong-key@sha256:<digest>
        policy acme-images / signed by release: signed, but not by a trusted signer
        expected release: key sha256:<digest>
        found    key sha256:<digest>
        fix: it has to be signed by whom "expected" names; sign it as release: cosign sign --key KEY IMAGE  [VERIFY_SIGNER_UNTRUSTED]
        gatehouse explain FETCH_NONE_FOUND (reference <reference>)
      "
    `);
  });
});

describe('kinds', () => {
  test.each(WORKLOADS)('$kind: signed admitted, unsigned denied at $path', async ({ kind, path, make }) => {
    const name = `kind-${kind.toLowerCase()}`;
    expect(await apply(make(name, image.modernBundle))).toMatchObject({ code: 0, stderr: '' });
    const denied = await apply(make(`${name}-bad`, image.unsigned));
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain(`✗ ${path} (app) ${image.unsigned.split('@')[0]}`);
    expect(denied.stderr).toContain('[FETCH_NONE_FOUND]');
  });

  test('H02 image volume: signed admitted, unsigned denied at its path', async () => {
    const withVolume = (name: string, reference: string): object =>
      pod(name, image.modernBundle, { volumes: [{ name: 'data', image: { reference, pullPolicy: 'IfNotPresent' } }] });
    expect(await apply(withVolume('volume', image.oldBundle))).toMatchObject({ code: 0 });
    const denied = await apply(withVolume('volume-bad', image.unsigned));
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('✗ spec.volumes[0].image.reference (data) ');
  });

  test('H01 ephemeral container: signed admitted, unsigned denied at its path', async () => {
    await scene.cluster.must(['apply', '-f', '-'], pod('debugged', image.modernBundle));
    const debug = (name: string, reference: string): Promise<KubectlResult> => scene.cluster.kubectl([
      'patch', 'pod', 'debugged', '--subresource', 'ephemeralcontainers', '-p', JSON.stringify({ spec: { ephemeralContainers: [{ name, image: reference }] } }),
    ]);
    expect(await debug('good', image.oldBundle)).toMatchObject({ code: 0, stderr: '' });
    const denied = await debug('bad', image.unsigned);
    expect(denied.code).toBe(1);
    expect(denied.stderr).toMatch(/✗ spec\.ephemeralContainers\[[01]\]\.image/);
  });
});

describe('operations', () => {
  test('H13 server-side dry run: the same decision, nothing is stored', async () => {
    expect(await apply(pod('dry', image.modernBundle), '--dry-run=server')).toMatchObject({ code: 0 });
    const denied = await apply(pod('dry-bad', image.unsigned), '--dry-run=server');
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('[FETCH_NONE_FOUND]');
    expect((await scene.cluster.kubectl(['get', 'pod', 'dry'])).stderr).toContain('NotFound');
  });

  test('update to an unsigned image is denied; scale, labels and delete are not asked about', async () => {
    const deployment = WORKLOADS.find(({ kind }) => kind === 'Deployment')?.make('operated', image.modernBundle);
    await scene.cluster.must(['apply', '-f', '-'], deployment);
    const denied = await scene.cluster.kubectl(['set', 'image', 'deployment/operated', `app=${image.unsigned}`]);
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('✗ spec.template.spec.containers[0].image');
    await scene.cluster.must(['set', 'image', 'deployment/operated', `app=${image.oldLegacy}`]);
    await scene.cluster.must(['scale', 'deployment/operated', '--replicas', '3']);
    await scene.cluster.must(['label', 'deployment/operated', 'touched=yes']);
    await scene.cluster.must(['delete', 'deployment/operated']);
  });

  test('a pod: labels are free, a changed image is judged', async () => {
    await scene.cluster.must(['apply', '-f', '-'], pod('labelled', image.modernBundle));
    await scene.cluster.must(['label', 'pod', 'labelled', 'touched=yes']);
    const denied = await scene.cluster.kubectl(['set', 'image', 'pod/labelled', `app=${image.unsigned}`]);
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('✗ spec.containers[0].image');
  });

  test('H04 a finalizer and a deletion timestamp are no way to change the image', async () => {
    await scene.cluster.must(['apply', '-f', '-'], { ...pod('dying', image.modernBundle), metadata: { name: 'dying', finalizers: ['acme.example/hold'] } });
    await scene.cluster.must(['delete', 'pod', 'dying', '--wait=false']);
    const denied = await scene.cluster.kubectl(['set', 'image', 'pod/dying', `app=${image.unsigned}`]);
    expect(denied.stderr).toContain('[FETCH_NONE_FOUND]');
    await scene.cluster.must(['patch', 'pod', 'dying', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']);
  });

  test('H15 labels and annotations of the user change nothing', async () => {
    const marked = { ...pod('marked', image.unsigned), metadata: { name: 'marked', labels: { 'gatehouse.dev/skip': 'true' }, annotations: { 'gatehouse.dev/verified': 'true' } } };
    expect((await apply(marked)).stderr).toContain('[FETCH_NONE_FOUND]');
  });
});
