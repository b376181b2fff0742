import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codes, startTestServer } from '../support/server.ts';
import type { AdmissionAnswer, TestServer } from '../support/server.ts';
import { layout, link, person, signed, step } from '../unit/verify/intoto/support.ts';
import type { Person } from '../unit/verify/intoto/support.ts';
import { attachReferrer, pushImage } from '../world/registry/attach.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';
import { podReview } from '../world/review.ts';

const IN_TOTO = 'application/vnd.in-toto+json';
const [owner, alice, bob, carol] = [person('p256'), person(), person('p256'), person('rsa-2048')];

const [fetching, building] = [step('fetch', [alice]), step('build', [bob, carol], {
  threshold: 2,
  expected_materials: [['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', 'fetch'], ['DISALLOW', '*']],
  expected_products: [['CREATE', 'image'], ['DISALLOW', '*']],
})];

/** Two steps; the second by two people, and its product is the image. */
const body = layout([fetching, building], [alice, bob, carol], { expires: '2090-01-01T00:00:00Z' });

interface Links {
  readonly fetched?: Record<string, string>;
  readonly builders?: readonly Person[];
  /** The digest that the build says it made; absent: the image's own. */
  readonly made?: string;
}

let registry: TestRegistry;
let server: TestServer;

function policy(document: unknown): string {
  return [
    { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'release' }, spec: { identities: [{ key: { data: owner.key.publicKeyPem } }] } },
    { apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'chain' }, spec: { artifacts: [{ image: `${registry.host}/**` }], require: [{ name: 'supply chain', layout: { document: JSON.stringify(document), owners: ['release'] } }] } },
  ].map((one) => JSON.stringify(one)).join('\n---\n');
}

/** Pushes an image with the links of its run, half of them as DSSE is not needed: classic files under their names. */
function pushBuilt(name: string, { fetched = { src: 's' }, builders = [bob, carol], made }: Links = {}): string {
  const digest = pushImage(registry, 'acme/app', name);
  const built = { ...link('build', { src: 's' }, {}), products: { image: { sha256: (made ?? digest).slice(7) } } };
  const files = [[alice, 'fetch', link('fetch', {}, fetched)] as const, ...builders.map((one) => [one, 'build', built] as const)];
  attachReferrer(registry, 'acme/app', digest, {
    artifactType: IN_TOTO,
    layers: files.map(([by, of, content]) => ({ mediaType: IN_TOTO, content: JSON.stringify(signed(content, [by])), annotations: { 'org.opencontainers.image.title': `${of}.${by.keyid.slice(0, 8)}.link` } })),
  });
  return `${registry.host}/acme/app@${digest}`;
}

const ask = (image: string, by: TestServer = server): Promise<AdmissionAnswer> => by.validate(podReview({ images: [image] }));

beforeAll(async () => {
  registry = await startRegistry();
  server = await startTestServer({ 'chain.yaml': policy(signed(body, [owner])) }, { plainHttp: [registry.host] });
});
afterAll(async () => {
  await server.close();
  await registry.close();
});

describe('K13 a signed in-toto layout, through the webhook', () => {
  test('admits the image that came out of the supply chain', async () => {
    const answer = await ask(pushBuilt('good'));
    expect(answer.status?.message).toBeUndefined();
    expect(answer.allowed).toBe(true);
  });

  test.each<[string, Links, string, RegExp]>([
    ['A08 whose links are about another image', { made: `sha256:${'0'.repeat(64)}` }, 'POLICY_LAYOUT_ARTIFACT', /did not come out of the supply chain/],
    ['built from something that was not fetched', { fetched: { src: 'other' } }, 'POLICY_LAYOUT_RULE', /rule DISALLOW \* on materials of step build/],
    ['that only one of two functionaries built', { builders: [bob] }, 'POLICY_LAYOUT_STEP', /links by 2 distinct functionaries/],
    ['that one functionary built twice', { builders: [bob, bob] }, 'POLICY_LAYOUT_STEP', /links by 2 distinct functionaries/],
    ['that somebody else built', { builders: [bob, alice] }, 'POLICY_LAYOUT_STEP', /is not a functionary of the step/],
  ])('denies the image %s', async (name, links, code, message) => {
    const answer = await ask(pushBuilt(name, links));
    expect(answer.allowed).toBe(false);
    expect(codes(answer)).toEqual([code]);
    expect(answer.status?.message).toMatch(message);
  });

  test('denies an image without links', async () => {
    const answer = await ask(`${registry.host}/acme/app@${pushImage(registry, 'acme/app', 'bare')}`);
    expect(codes(answer)).toEqual(['POLICY_LAYOUT_STEP']);
  });

  test.each([
    ['is not signed by its owner', signed(body, [alice]), 'POLICY_LAYOUT_UNPROVEN'],
    ['was changed after signing', { ...signed(body, [owner]), signed: { ...body, readme: 'x' } }, 'POLICY_LAYOUT_UNPROVEN'],
    ['has expired', signed({ ...body, expires: '2020-01-01T00:00:00Z' }, [owner]), 'POLICY_LAYOUT_EXPIRED'],
    ['matches in a circle', signed({ ...body, steps: [
      { ...fetching, expected_materials: [['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', 'build'], ['DISALLOW', '*']], expected_products: [['MATCH', '*', 'WITH', 'PRODUCTS', 'FROM', 'build'], ['DISALLOW', '*']] }, building,
    ] }, [owner]), 'POLICY_LAYOUT_RULE'],
    ['has an inspection', signed({ ...body, inspect: [{ name: 'look', run: ['true'] }] }, [owner]), 'POLICY_LAYOUT_INSPECTION'],
  ])('denies everything when the layout %s', async (name, document, code) => {
    const other = await startTestServer({ 'chain.yaml': policy(document) }, { plainHttp: [registry.host] });
    try {
      expect(codes(await ask(pushBuilt(name), other))).toEqual([code]);
    } finally {
      await other.close();
    }
  });
});
