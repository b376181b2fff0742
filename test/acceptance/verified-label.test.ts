// The label that says verified: /validate admits it exactly where its own verdict on the final object is that.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOWN, LABEL, podOf, startMutate, VERIFIED_METADATA } from '../support/mutate.ts';
import type { Json, MutateServer } from '../support/mutate.ts';

let it_: MutateServer;
beforeAll(async () => { it_ = await startMutate({ enabled: false }); });
afterAll(() => it_.close());

const LIE = { allowed: false, status: 403, codes: ['POLICY_VERIFIED_LABEL'] };
const ADMITTED = { allowed: true, status: 200, codes: [] };
const labelled = (images: readonly string[], spec: Json = {}) => podOf(images, VERIFIED_METADATA, spec);

describe('part 7: the verified label at /validate, when a pod is made', () => {
  it('part 7: stands where every image is satisfied under an enforcing policy of the cluster', async () => {
    const { good, extra } = it_.images;
    expect(await it_.validate(labelled([good.pinned, extra.pinned]))).toEqual(ADMITTED);
  });

  it.each(['warned', 'warnedToo', 'audited', 'ofNamespace', 'other'] as const)('part 7: is a lie beside an image that is %s; the twin without the label is admitted', async (name) => {
    const { [name]: image, good } = it_.images;
    expect(await it_.validate(labelled([good.pinned, image.pinned]))).toEqual(expect.objectContaining({ allowed: false, codes: expect.arrayContaining(['POLICY_VERIFIED_LABEL']) as unknown }));
    expect(await it_.validate(podOf([good.pinned, image.pinned]))).toEqual(ADMITTED);
  });

  it('part 7: a policy on trial beside one that enforces takes nothing away', async () => {
    expect(await it_.validate(labelled([it_.images.auditedToo.pinned]))).toEqual(ADMITTED);
  });

  it('part 7: a tag is not what was judged: the kubelet resolves it again', async () => {
    expect(await it_.validate(labelled([it_.images.good.tag]))).toEqual(LIE);
    expect(await it_.validate(podOf([it_.images.good.tag]))).toEqual(ADMITTED);
  });

  it('part 7: an unsigned image is denied for what it is, and for the label', async () => {
    const answer = await it_.validate(labelled([it_.images.evil.pinned]));
    expect([answer.status, [...answer.codes].sort()]).toEqual([403, ['FETCH_NONE_FOUND', 'POLICY_VERIFIED_LABEL']]);
  });

  it('part 7: what is only undetermined is undetermined: another try may help', async () => {
    const image = `${DOWN}/app@${it_.images.good.digest}`;
    const answer = await it_.validate(labelled([image]));
    expect([answer.status, answer.codes]).toEqual([503, ['POLICY_VERIFIED_LABEL', 'FETCH_UNREACHABLE']]);
    expect((await it_.validate(labelled([image, it_.images.other.pinned]))).status).toBe(403);
    expect((await it_.validate(podOf([image]))).codes).toEqual(['FETCH_UNREACHABLE']);
  });

  it.each(['false', '', 'True', '1', 'yes'])('part 7: the value %j is refused, verified or not', async (value) => {
    expect(await it_.validate(podOf([it_.images.good.pinned], { labels: { [LABEL]: value } }))).toEqual(LIE);
  });

  it.each<[string, (image: string) => Json]>([
    ['init container', (image) => ({ initContainers: [{ name: 'i', image }] })],
    ['native sidecar', (image) => ({ initContainers: [{ name: 'i', image, restartPolicy: 'Always' }] })],
    ['ephemeral container', (image) => ({ ephemeralContainers: [{ name: 'e', image }] })],
    ['image volume', (image) => ({ volumes: [{ name: 'v', image: { reference: image } }] })],
  ])('part 7: an image of a %s counts like any other', async (_name, spec) => {
    const { good, extra, other } = it_.images;
    expect(await it_.validate(labelled([good.pinned], spec(other.pinned)))).toEqual(LIE);
    expect(await it_.validate(labelled([good.pinned], spec(extra.pinned)))).toEqual(ADMITTED);
  });

  it('part 7: what is remembered from a moment ago is looked at for the label all the same', async () => {
    const { good, other } = it_.images;
    for (let time = 0; time < 4; time += 1) expect(await it_.validate(podOf([good.pinned]))).toEqual(ADMITTED);
    expect(await it_.validate(podOf([good.pinned], { labels: { [LABEL]: 'false' } }))).toEqual(LIE);
    expect(await it_.validate(labelled([good.pinned]))).toEqual(ADMITTED);
    expect(await it_.validate(labelled([good.pinned, other.pinned]))).toEqual(LIE);
  });

  it('part 7: a mirror pod is not judged, so its label proves nothing', async () => {
    const asked = { user: 'system:node:n1', groups: ['system:nodes'] };
    const mirror = (labels: Json) => podOf([it_.images.good.pinned], { labels, annotations: { 'kubernetes.io/config.mirror': 'x' } }, { nodeName: 'n1' });
    expect(await it_.validate(mirror({ [LABEL]: 'true' }), asked)).toEqual({ ...LIE, codes: expect.arrayContaining(['POLICY_VERIFIED_LABEL']) as unknown });
    expect(await it_.validate(mirror({}), asked)).toEqual(ADMITTED);
  });

  it('part 7: a template may carry it: the pods that come of it are judged', async () => {
    const template = { metadata: { labels: { app: 'x', [LABEL]: 'true' } }, spec: podOf([it_.images.other.pinned])['spec'] };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace: 'shop', labels: { [LABEL]: 'true' } }, spec: { selector: { matchLabels: { app: 'x' } }, template } };
    expect(await it_.validate(deployment)).toEqual(ADMITTED);
  });
});

describe('part 7: the verified label at /validate, when a pod is changed', () => {
  const update = (after: Json, before: Json, sub?: string) => it_.validate(after, { operation: 'UPDATE', old: before, ...(sub === undefined ? {} : { sub }) });

  it('part 7: adding it has every image judged, though none changes', async () => {
    const { good, other } = it_.images;
    expect(await update(labelled([good.pinned]), podOf([good.pinned]))).toEqual(ADMITTED);
    expect(await update(labelled([good.pinned, other.pinned]), podOf([good.pinned, other.pinned]))).toEqual(LIE);
    expect(await update(labelled([good.tag]), podOf([good.tag]))).toEqual(LIE);
  });

  it('part 7: keeping it while an image changes has every image judged; keeping it while nothing changes none', async () => {
    const { good, extra, other } = it_.images;
    expect(await update(labelled([extra.pinned]), labelled([good.pinned]))).toEqual(ADMITTED);
    expect(await update(labelled([other.pinned]), labelled([good.pinned]))).toEqual(LIE);
    expect(await update(labelled([extra.pinned, other.pinned]), labelled([good.pinned, other.pinned]))).toEqual(LIE);
    expect(await update(labelled([other.pinned]), labelled([other.pinned]))).toEqual(ADMITTED);
  });

  it('part 7: whoever takes it away claims nothing', async () => {
    const { good, other } = it_.images;
    expect(await update(podOf([other.pinned]), labelled([good.pinned]))).toEqual(ADMITTED);
  });

  it('part 7: a debug container that is not verified comes into a verified pod only after the label is gone', async () => {
    const { good, extra, other } = it_.images;
    const debug = (image: string) => labelled([good.pinned], { ephemeralContainers: [{ name: 'debug', image }] });
    expect(await update(debug(other.pinned), labelled([good.pinned]), 'ephemeralcontainers')).toEqual(LIE);
    expect(await update(debug(extra.pinned), labelled([good.pinned]), 'ephemeralcontainers')).toEqual(ADMITTED);
  });

  it.each(['status', 'resize'])('part 7: a label that comes with %s is judged like any other', async (sub) => {
    const { good } = it_.images;
    const answer = await update(labelled([good.tag]), podOf([good.tag]), sub);
    expect(answer).toEqual({ ...LIE, codes: expect.arrayContaining(['POLICY_VERIFIED_LABEL']) as unknown });
    expect(await update(podOf([good.tag]), podOf([good.tag]), sub)).toEqual(ADMITTED);
  });
});
