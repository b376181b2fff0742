// `forecast --cluster --config FILE` takes the policies that replicas take: sources of all sorts, signed as the configuration says. What it says of a pod is what a server says later.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Forecast } from '../../src/domain/decision/forecast.ts';
import { ranCommandLine } from '../support/command-line.ts';
import { until } from '../support/patience.ts';
import { PolicyApiServer, startWithResources } from '../support/resources.ts';
import { codes } from '../support/server.ts';
import { makeKey, signed as signedText, signerDocument, written } from '../unit/signed/support.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podObject, podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

const [alice, mallory, recordKey] = [makeKey('alice'), makeKey('mallory'), makeKey('record')];
const world = createWorld({ now: Date.now() });
const key = world.key();
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-forecast-sources-'));
let registry: TestRegistry;
const images: Record<'good' | 'bad', string> = { good: '', bad: '' };
beforeAll(async () => {
  registry = await startRegistry();
  const [good, bad] = [makeImage(), makeImage()];
  for (const image of [good, bad]) await push(registry, 'acme/app', image);
  await pushReferrer(registry, 'acme/app', bundleReferrer(good, keyBundle(world, { digest: good.digest, key })));
  [images.good, images.bad] = [`${registry.host}/acme/app@${good.digest}`, `${registry.host}/acme/app@${bad.digest}`];
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => { for (const end of ending.splice(0).toReversed()) await end(); });

const document = (kind: string, name: string, spec: object, version = 1): string =>
  `apiVersion: gatehouse.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}, annotations: {gatehouse.dev/version: "${version}"}}\nspec: ${JSON.stringify(spec)}\n`;
const signer = (): string => document('Signer', 'release', { identities: [{ key: { data: key.publicKeyPem } }] });
const policy = (more: object = {}, version = 1): string =>
  document('ClusterArtifactPolicy', 'acme', { artifacts: [{ image: `${registry.host}/acme/**` }], require: [{ name: 'signed', signature: { by: ['release'] } }], ...more }, version);
const signers = written(signerDocument('alice', alice));

interface Scene {
  /** Texts of objects of the cluster. */
  readonly objects: readonly string[];
  readonly config?: object;
}

/** What a forecast says of both pods, and what a server says of them: the codes of what does not hold. */
async function both({ objects, config = {} }: Scene) {
  const api = new PolicyApiServer();
  const others = api.kinds.filter(({ resource }) => resource !== 'pods');
  api.kinds.splice(0, api.kinds.length, { groupVersion: 'v1', resource: 'pods', kind: 'Pod' }, ...others);
  await api.start();
  ending.push(() => api.stop());
  api.put('/api/v1/namespaces', { metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } } });
  for (const text of objects) {
    const { kind, metadata: { name, ...metadata }, spec } = parse(text) as { kind: string; metadata: { name: string }; spec: unknown };
    api.apply(kind, name, spec, { metadata });
  }
  for (const [name, image] of Object.entries(images)) api.put('/api/v1/namespaces/shop/pods', { ...podObject({ images: [{ name: 'app', image }] }, { name, namespace: 'shop' }) });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], users: [{ name: 'u', user: {} }],
  }));
  const all = { policySources: [{ cluster: {} }], unmatched: 'deny', plainHttp: [registry.host], ...config };
  writeFileSync(join(folder, 'config.yaml'), stringify(all));
  const { code, stdout, stderr } = await ranCommandLine('forecast', '--cluster', '--kubeconfig', kubeconfig, '--config', join(folder, 'config.yaml'), '--plain-http', registry.host, '-o', 'json');
  expect(stderr).toBe('');
  const made = JSON.parse(stdout) as Forecast;
  const forecast = Object.fromEntries(Object.keys(images).map((name) => [name, made.refused.filter(({ object }) => object.name === name)
    .flatMap(({ parts }) => parts.flatMap(({ reasons }) => reasons.map((one) => one.code))).toSorted().join()]));
  const server = await startWithResources(api, all);
  ending.push(() => server.close());
  await until(() => server.log.some(({ msg }) => /^(?:policies loaded|policies refused)/.test(String(msg))));
  const later: Record<string, string> = {};
  for (const [name, image] of Object.entries(images)) {
    const answer = await server.validate(podReview({ images: [{ name: 'app', image }], namespace: 'shop', name }));
    later[name] = answer.allowed ? '' : codes(answer).filter((one) => one !== 'POLICY_SATISFIED').toSorted().join();
  }
  return { forecast, later, code, notes: made.notes, incomplete: made.incomplete };
}

const JUDGED = { good: '', bad: 'FETCH_NONE_FOUND' };
const BROKEN = { good: 'POLICY_BROKEN', bad: 'POLICY_BROKEN' };

describe('policies that must be signed', () => {
  const requires = (more: object = {}): object => ({ policySignatures: { signers: [signers], ...more } });
  const record = async (text: string): Promise<string> => {
    const file = join(folder, `record-${Math.random()}.json`);
    expect((await ranCommandLine('policy', 'record', written(text), '--key', recordKey.file, '-o', file)).code).toBe(0);
    return file;
  };

  test('signed by somebody who is listed: judged, and nothing is missing', async () => {
    const found = await both({ objects: [await signedText(signer(), alice), await signedText(policy(), alice)], config: requires() });
    expect(found).toMatchObject({ forecast: JUDGED, later: JUDGED, code: 1, incomplete: false, notes: [] });
  });

  test.each<[string, () => Promise<string>]>([
    ['by nobody', async () => policy()],
    ['by a stranger', () => signedText(policy(), mallory)],
    ['and changed since', async () => (await signedText(policy(), alice)).replace('require', 'mode: audit\n  require').replace('"require"', '"mode":"audit","require"')],
  ])('signed %s: what it speaks about is undetermined, and it is told', async (_, text) => {
    const found = await both({ objects: [await signedText(signer(), alice), await text()], config: requires() });
    expect(found).toMatchObject({ forecast: BROKEN, later: BROKEN, incomplete: true, notes: [expect.stringContaining('ClusterArtifactPolicy acme cannot be used') as string] });
  });

  test('not asked for: unsigned ones count, whatever is configured about signatures', async () => {
    for (const config of [{}, requires({ require: false })])
      expect(await both({ objects: [signer(), policy()], config })).toMatchObject({ forecast: JUDGED, later: JUDGED, incomplete: false });
  });

  test('older than the record says: refused; the recorded one is not', async () => {
    const file = await record(await signedText(policy({}, 2), alice));
    const config = requires({ record: { file, publicKey: written(recordKey.publicPem) } });
    const older = await both({ objects: [await signedText(signer(), alice), await signedText(policy({}, 1), alice)], config });
    expect(older).toMatchObject({ forecast: BROKEN, later: BROKEN, incomplete: true });
    expect(await both({ objects: [await signedText(signer(), alice), await signedText(policy({}, 2), alice)], config })).toMatchObject({ forecast: JUDGED, later: JUDGED, incomplete: false });
  });

  test('by whom cannot be read here: told, and not taken for done', async () => {
    const objects = [signer(), policy()];
    const api = new PolicyApiServer();
    await api.start();
    ending.push(() => api.stop());
    writeFileSync(join(folder, 'kube-none'), JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', clusters: [{ name: 'c', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }], contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], users: [{ name: 'u', user: {} }] }));
    for (const text of objects) {
      const { kind, metadata: { name }, spec } = parse(text) as { kind: string; metadata: { name: string }; spec: unknown };
      api.apply(kind, name, spec);
    }
    const asked = async (signatures: object): Promise<Forecast & { code: number }> => {
      writeFileSync(join(folder, 'none.yaml'), stringify({ policySignatures: signatures, plainHttp: [registry.host] }));
      const { code, stdout } = await ranCommandLine('forecast', '--cluster', '--kubeconfig', join(folder, 'kube-none'), '--config', join(folder, 'none.yaml'), '-o', 'json');
      return { ...(JSON.parse(stdout) as Forecast), code };
    };
    expect(await asked({ signers: [join(folder, 'nowhere')] })).toMatchObject({ code: 3, incomplete: true, notes: [expect.stringMatching(/^policySignatures are not looked at \(.*nowhere.*there is no such/) as string] });
    const lost = await asked({ signers: [signers], require: false, record: { file: join(folder, 'nowhere'), publicKey: written(recordKey.publicPem) } });
    expect(lost).toMatchObject({ code: 3, notes: [expect.stringMatching(/^the record of versions of signed policies cannot be read/) as string] });
  });
});

describe('sources beside the objects of the cluster', () => {
  const files = (name: string, ...texts: string[]): string => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, texts.join('---\n'));
    return file;
  };

  test('an object relies on a file of the configuration, and a policy of a file counts', async () => {
    expect(await both({ objects: [policy()], config: { policies: [files('signer', signer())] } })).toMatchObject({ forecast: JUDGED, later: JUDGED, incomplete: false });
    expect(await both({ objects: [], config: { policies: [files('whole', signer(), policy())] } })).toMatchObject({ forecast: JUDGED, later: JUDGED });
    expect(await both({ objects: [policy()], config: { policySources: [{ cluster: {} }, { files: files('signer', signer()) }] } })).toMatchObject({ forecast: JUDGED, later: JUDGED });
    // Without it the object relies on what is not there.
    expect(await both({ objects: [policy()] })).toMatchObject({ forecast: BROKEN, later: BROKEN, incomplete: true });
  });

  test('a name that a file has already is not taken by an object', async () => {
    const found = await both({ objects: [policy()], config: { policies: [files('whole', signer(), policy())] } });
    expect(found.forecast).toEqual(found.later);
    expect(found.later.good).toBe('POLICY_BROKEN');
  });

  test('policies of a registry count as replicas take them; with --offline it is told that they are not looked at', async () => {
    const name = `${registry.host}/acme/policies`;
    const world2 = createWorld({ now: Date.now() });
    const signing = world2.key();
    const pushed = await ranCommandLine('policy', 'push', `${name}:v`, written(`${signer()}---\n${policy()}`), '--set-version', '1', '--plain-http', registry.host);
    const digest = pushed.stdout.trim().split('@')[1] ?? '';
    const oci = { ref: `${name}:v`, signedBy: [written(signerDocument('registry', { file: '', publicPem: signing.publicKeyPem }, {}))] };
    const config = { policySources: [{ cluster: {} }, { oci }] };
    // Nobody has signed it yet.
    writeFileSync(join(folder, 'oci.yaml'), stringify({ ...config, plainHttp: [registry.host], unmatched: 'deny' }));
    const told = await ranCommandLine('forecast', '--cluster', '--kubeconfig', join(folder, 'kubeconfig'), '--config', join(folder, 'oci.yaml'), '-o', 'json').catch(() => undefined);
    expect(told?.code).not.toBe(0);
    const manifest = registry.getManifest('acme/policies', digest);
    await pushReferrer(registry, 'acme/policies', bundleReferrer({ digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', manifest } as never, keyBundle(world2, { key: signing, digest: digest as never })));
    expect(await both({ objects: [], config })).toMatchObject({ forecast: JUDGED, later: JUDGED, incomplete: false });
    const offline = await ranCommandLine('forecast', '--cluster', '--offline', '--kubeconfig', join(folder, 'kubeconfig'), '--config', join(folder, 'config.yaml'), '-o', 'json');
    expect((JSON.parse(offline.stdout) as Forecast).notes.join()).toMatch(/nobody is asked with --offline: replicas may have policies there/);
  });

  test('a folder that is not here is told', async () => {
    await both({ objects: [signer(), policy()] });
    const { notes, incomplete } = await (async () => {
      writeFileSync(join(folder, 'far.yaml'), stringify({ policies: ['/etc/gatehouse/nowhere'], policySources: [{ cluster: {} }] }));
      const { stdout } = await ranCommandLine('forecast', '--cluster', '--kubeconfig', join(folder, 'kubeconfig'), '--config', join(folder, 'far.yaml'), '-o', 'json');
      return JSON.parse(stdout) as Forecast;
    })();
    expect([incomplete, notes.join()]).toEqual([true, expect.stringMatching(/nowhere.*: replicas may have policies there that are not looked at/)]);
  });
});
