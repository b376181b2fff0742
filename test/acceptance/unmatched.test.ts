import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import { keyBundle } from '../world/bundle.ts';
import { bundleReferrer } from '../world/cosign.ts';
import { makeImage } from '../world/image.ts';
import { push, pushReferrer } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';
import { createWorld } from '../world/world.ts';

/** Who decides that an artifact is matched: policies of the cluster that enforce or warn, and nobody else. */

const world = createWorld({ now: Date.now() });
const [release, tenant] = [world.key(), world.key()];
const [ours, theirs] = [makeImage(), makeImage()];
let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry();
  for (const [repository, image, key] of [['acme/app', ours, release], ['tenant/app', theirs, tenant]] as const) {
    await push(registry, repository, image);
    await pushReferrer(registry, repository, bundleReferrer(image, keyBundle(world, { digest: image.digest, key })));
  }
});
afterAll(() => registry.close());

const document = (kind: string, metadata: Record<string, string>, spec: unknown): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata, spec })}\n---\n`;
const signers = (): string => [['release', release], ['tenant', tenant]].map(([name, key]) => document('Signer', { name: String(name) }, { identities: [{ key: { data: (key as typeof release).publicKeyPem } }] })).join('');

interface Policy { readonly over: string; readonly by?: 'release' | 'tenant'; readonly mode?: 'enforce' | 'warn' | 'audit'; readonly namespace?: string; readonly selector?: unknown }
function policy(name: string, { over, by = 'tenant', mode = 'enforce', namespace, selector }: Policy): string {
  const spec = { artifacts: [{ image: `${registry.host}/${over}` }], mode, require: [{ name: 'signed', signature: { by: [by] } }], ...(selector === undefined ? {} : { namespaces: selector }) };
  return document(namespace === undefined ? 'ClusterArtifactPolicy' : 'ArtifactPolicy', { name, ...(namespace === undefined ? {} : { namespace }) }, spec);
}

/** What becomes of the tenant's image, signed by the tenant alone, in a namespace, next to a cluster policy about acme's images. */
async function ask(policies: string, { namespace = 'team-a', unmatched = 'deny' }: { namespace?: string; unmatched?: string } = {}): Promise<readonly [boolean, string[]]> {
  const server = await startTestServer({ 'p.yaml': signers() + policy('acme', { over: 'acme/**', by: 'release' }) + policies }, { plainHttp: [registry.host], unmatched });
  try {
    expect((await server.validate(podReview({ images: [`${registry.host}/acme/app@${ours.digest}`], namespace }))).allowed).toBe(true);
    const answer = await server.validate(podReview({ images: [`${registry.host}/tenant/app@${theirs.digest}`], namespace }));
    return [answer.allowed, codes(answer)];
  } finally {
    await server.close();
  }
}

describe('what no policy of the cluster speaks about stays unmatched', () => {
  test('M2: a policy of a namespace, even one that enforces, opens no closed cluster', async () => {
    const own = policy('own', { over: 'tenant/**', namespace: 'team-a' });
    expect(await ask(own)).toEqual([false, ['SELECT_NO_POLICY', 'POLICY_SATISFIED']]);
    expect(await ask(own, { namespace: 'default' })).toEqual([false, ['SELECT_NO_POLICY']]);
  });

  test('M2: the same policy for the cluster does', async () => {
    expect(await ask(policy('own', { over: 'tenant/**' }))).toEqual([true, ['POLICY_SATISFIED']]);
  });

  test('M2: and where the cluster speaks too, both must hold', async () => {
    const both = (by: 'release' | 'tenant'): string => policy('own', { over: 'tenant/**', by, namespace: 'team-a' }) + policy('all', { over: 'tenant/**' });
    expect(await ask(both('tenant'))).toEqual([true, ['POLICY_SATISFIED']]);
    expect((await ask(both('release')))[0]).toBe(false);
  });

  test.each([
    ['audit', [false, ['SELECT_NO_POLICY', 'POLICY_SATISFIED']]],
    ['warn', [true, ['POLICY_SATISFIED']]],
    ['enforce', [true, ['POLICY_SATISFIED']]],
  ] as const)('M3: a cluster policy in mode %s', async (mode, expected) => {
    expect(await ask(policy('trial', { over: 'tenant/**', mode }))).toEqual(expected);
  });

  test('M3: where unmatched is allowed, a policy on trial still denies nothing', async () => {
    expect(await ask(policy('trial', { over: 'tenant/**', mode: 'audit', by: 'release' }), { unmatched: 'allow' })).toEqual([true, ['SELECT_NO_POLICY', 'VERIFY_SIGNER_UNTRUSTED']]);
  });

  test('M3: an audit policy whose namespaces are not known leaves the image unmatched for certain', async () => {
    const selector = { matchLabels: { env: 'prod' } };
    expect(await ask(policy('trial', { over: 'tenant/**', mode: 'audit', selector }))).toEqual([false, ['SELECT_NO_POLICY', 'SELECT_LABELS_UNKNOWN']]);
    expect(await ask(policy('trial', { over: 'tenant/**', selector }))).toEqual([false, ['SELECT_LABELS_UNKNOWN']]);
  });
});
