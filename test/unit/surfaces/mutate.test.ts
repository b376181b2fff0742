import { afterEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/domain/artifact/digest.ts';
import { createCallers } from '../../../src/surfaces/http/callers.ts';
import type { Admit, SurfaceDeps } from '../../../src/surfaces/http/deps.ts';
import { httpSurfaces } from '../../../src/surfaces/index.ts';
import type { MutateOptions } from '../../../src/surfaces/index.ts';
import { admission, podReview, serveSurfaces } from './support.ts';
import type { TestServer } from './support.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;
const running: TestServer[] = [];
afterEach(async () => { for (const server of running.splice(0)) { server.app.server.closeAllConnections(); await server.app.close(); } });

async function serve(admit: Admit, over: Partial<SurfaceDeps> = {}, options: Partial<MutateOptions> = {}): Promise<TestServer> {
  const server = await serveSurfaces(admit, { surfaces: httpSurfaces({ pinTags: 'pods', label: true, ...options }), ...over });
  running.push(server);
  return server;
}

const post = async (server: TestServer, review: unknown = podReview()) => (await server.post(review, { path: '/mutate?timeout=5s' })).json();
const labelled = podReview({ object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { 'gatehouse.dev/verified': 'true' } }, spec: { containers: [] } } });
const steps = ({ response }: { response: { patch?: string } }): unknown => JSON.parse(Buffer.from(response.patch ?? 'W10=', 'base64').toString());

describe('part 7: POST /mutate', () => {
  it.each<[string, Admit]>([
    ['throws', () => { throw new Error('broken'); }], ['rejects', () => Promise.reject(new Error('broken'))],
    ['denies', (review) => admission(review, { outcome: 'deny', verdict: 'undetermined' })],
  ])('part 7: the engine %s: allowed, nothing pinned, and no label stays', async (_how, admit) => {
    const server = await serve(admit);
    const answer = await post(server);
    expect(answer.response).toMatchObject({ uid: 'uid-1', allowed: true });
    expect([answer.response.patch, answer.response.status, answer.response.warnings]).toEqual([undefined, undefined, undefined]);
    expect(steps(await post(server, labelled))).toEqual([{ op: 'remove', path: '/metadata/labels/gatehouse.dev~1verified' }]);
  });

  it('part 7: what is pinned and labelled is what the decision says, after a wait as well', async () => {
    const artifact = { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: 'ghcr.io/acme/app:1', name: 'ghcr.io/acme/app', tag: '1', digest: DIGEST, resolvedFromTag: true } as const;
    const finding = { verdict: 'satisfied', code: 'POLICY_SATISFIED', path: artifact.path, artifact: artifact.raw, mode: 'enforce', policy: 'p' } as const;
    for (const wait of [false, true]) {
      const server = await serve((review) => {
        const decision = admission(review, { artifacts: [artifact], findings: [finding], verified: 'satisfied' });
        return wait ? new Promise((resolve) => { setTimeout(() => resolve(decision), 5); }) : decision;
      });
      expect(steps(await post(server))).toEqual([
        { op: 'replace', path: '/spec/containers/0/image', value: `${artifact.raw}@${artifact.digest}` },
        { op: 'add', path: '/metadata/labels', value: {} }, { op: 'add', path: '/metadata/labels/gatehouse.dev~1verified', value: 'true' },
        { op: 'add', path: '/metadata/annotations', value: {} }, { op: 'add', path: '/metadata/annotations/gatehouse.dev~1policy-generation', value: 'g' },
      ]);
    }
  });

  it('part 7: a tag that no policy which acts speaks of, one that was not resolved, and one of a digest are left', async () => {
    const artifact = { kind: 'image', usage: 'container', path: 'spec.containers[0].image', raw: 'a:1', name: 'docker.io/library/a', digest: DIGEST, resolvedFromTag: true } as const;
    const finding = { verdict: 'satisfied', code: 'POLICY_SATISFIED', path: artifact.path, artifact: artifact.raw, mode: 'enforce', policy: 'p' } as const;
    for (const [one, findings] of [
      [artifact, [{ ...finding, mode: 'audit' as const }]], [artifact, []], [artifact, [{ ...finding, path: 'spec.containers[1].image' }]],
      [{ ...artifact, resolvedFromTag: false }, [finding]], [{ ...artifact, raw: `a@${artifact.digest}` }, [finding]], [{ ...artifact, unchanged: true as const }, [finding]],
    ] as const) expect(steps(await post(await serve((review) => admission(review, { artifacts: [one], findings, verified: 'violated' }))))).toEqual([]);
  });

  it('part 7: objects of which nothing is changed are answered without being judged, and leave no record', async () => {
    let asked = 0;
    const server = await serve((review) => { asked += 1; return admission(review); });
    const deployment = podReview({ kind: { group: 'apps', version: 'v1', kind: 'Deployment' }, resource: { group: 'apps', version: 'v1', resource: 'deployments' } });
    for (const review of [deployment, podReview({ operation: 'DELETE', object: null }), podReview({ subResource: 'status' }), podReview({ object: null })])
      expect((await post(server, review)).response).toMatchObject({ allowed: true });
    expect([asked, server.recorded.length]).toEqual([0, 0]);
  });

  it.each([['not JSON', '{', 'INPUT_JSON_INVALID'], ['no uid', JSON.stringify(podReview({ uid: '' })), 'INPUT_UID_MISSING']])('part 7: %s is refused as at /validate', async (_name, body, code) => {
    const server = await serve((review) => admission(review));
    const answer = await server.post(body, { path: '/mutate' });
    expect([answer.status, answer.json().code]).toEqual([400, code]);
  });

  it('part 7: a token in its path counts as at /validate, and a wrong one is no path', async () => {
    const proofs: unknown[] = [];
    const token = 'a'.repeat(48);
    const callers = createCallers({ clock: Date, authorities: () => undefined, provable: true, pathTokens: () => ({ all: [{ token, fingerprint: 'f', madeAt: 0 }], accept: (text: string) => text === token }) as never });
    const server = await serve((review) => { proofs.push(review.caller?.proof, review.surface); return admission(review); }, { callers });
    expect((await server.post(podReview(), { path: `/mutate/${token}` })).status).toBe(200);
    expect((await server.post(podReview(), { path: `/mutate/${'b'.repeat(48)}` })).status).toBe(404);
    expect(proofs).toEqual(['pathToken', 'mutate']);
  });
});
