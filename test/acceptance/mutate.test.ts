// POST /mutate: tags become the digests that were judged, the label says what is true, and nothing is ever denied.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DOWN, GENERATION, LABEL, labelOf, noteOf, podOf, startMutate, VERIFIED_METADATA } from '../support/mutate.ts';
import type { Json, MutateServer, Standing } from '../support/mutate.ts';

let it_: MutateServer;
beforeAll(async () => { it_ = await startMutate(); });
afterAll(() => it_.close());

const ALLOWED = { allowed: true, status: 200, codes: [] };
const imagesOf = (object: Json): unknown[] => ((object['spec'] as { containers: { image: string }[] }).containers).map(({ image }) => image);
const template = (kind: string, image: string, labels: Json = { app: 'x' }): Json => {
  const inner = { metadata: { labels }, spec: podOf([image])['spec'] as Json };
  const spec = kind === 'CronJob' ? { schedule: '0 * * * *', jobTemplate: { spec: { template: inner } } } : { selector: { matchLabels: { app: 'x' } }, template: inner };
  return { apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1', kind, metadata: { name: 'app', namespace: 'shop' }, spec };
};

describe('part 7: /mutate, when a pod is made', () => {
  it('part 7: pins the tag to what was judged and sets label and annotation, which /validate then admits', async () => {
    const { good } = it_.images;
    const { object, steps, response } = await it_.mutate(podOf([good.tag]));
    expect([imagesOf(object), labelOf(object), noteOf(object)]).toEqual([[good.pinned], 'true', expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]);
    expect(steps.map(({ op, path }) => `${op} ${path}`)).toEqual([
      'replace /spec/containers/0/image', 'add /metadata/labels', 'add /metadata/labels/gatehouse.dev~1verified',
      'add /metadata/annotations', 'add /metadata/annotations/gatehouse.dev~1policy-generation',
    ]);
    expect(response.auditAnnotations['decision']).toBe('admit');
    expect(await it_.validate(object)).toEqual(ALLOWED);
  });

  it('part 7: what it made it leaves as it is', async () => {
    const { object } = await it_.mutate(podOf([it_.images.good.tag, it_.images.extra.tag], { labels: { a: 'b' }, annotations: { c: 'd' } }));
    expect((await it_.mutate(object)).steps).toEqual([]);
    expect((object['metadata'] as Json)['labels']).toEqual({ a: 'b', [LABEL]: 'true' });
  });

  it.each<[string, (image: string) => Json, string]>([
    ['container', () => ({}), 'containers/0'],
    ['init container', (image) => ({ initContainers: [{ name: 'i', image }] }), 'initContainers/0'],
    ['native sidecar', (image) => ({ initContainers: [{ name: 'n', image: 'x@sha256:' + '0'.repeat(64) }, { name: 'i', image, restartPolicy: 'Always' }] }), 'initContainers/1'],
    ['ephemeral container', (image) => ({ ephemeralContainers: [{ name: 'e', image }] }), 'ephemeralContainers/0'],
  ])('part 7: pins the image of a %s', async (_name, spec, at) => {
    const { good } = it_.images;
    const { steps } = await it_.mutate(podOf([good.tag], {}, spec(good.tag)));
    expect(steps).toContainEqual({ op: 'replace', path: `/spec/${at}/image`, value: good.pinned });
  });

  it('part 7: pins the image of a volume, and two digits of an index', async () => {
    const { good, extra } = it_.images;
    const volumes = Array.from({ length: 12 }, (_, index) => ({ name: `v${index}`, ...(index === 11 ? { image: { reference: extra.tag } } : { emptyDir: {} }) }));
    const { steps, object } = await it_.mutate(podOf([good.tag], {}, { volumes }));
    expect(steps).toContainEqual({ op: 'replace', path: '/spec/volumes/11/image/reference', value: extra.pinned });
    expect(await it_.validate(object)).toEqual(ALLOWED);
  });

  it('part 7: an index is pinned as the index that was judged, not as one of its platforms; a reference with tag and digest stays', async () => {
    const { index } = it_.images;
    const { object } = await it_.mutate(podOf([index.tag]));
    expect([imagesOf(object), labelOf(object), await it_.validate(object)]).toEqual([[index.pinned], 'true', ALLOWED]);
    // The tag beside a digest is for people, even where it was never pushed.
    const other = index.pinned.replace(':1@', ':gone@');
    expect([imagesOf((await it_.mutate(podOf([other]))).object), labelOf((await it_.mutate(podOf([other]))).object)]).toEqual([[other], 'true']);
  });

  it.each(['warned', 'warnedToo', 'audited', 'ofNamespace', 'other'] as const)('part 7: sets no label beside an image that is %s, and takes away one that others set', async (name) => {
    const { good, [name]: image } = it_.images;
    const plain = await it_.mutate(podOf([good.tag, image.tag]));
    expect(labelOf(plain.object)).toBeUndefined();
    const forged = await it_.mutate(podOf([good.tag, image.tag], { labels: { [LABEL]: 'true', a: 'b' }, annotations: { [GENERATION]: 'x' } }));
    expect([(forged.object['metadata'] as Json)['labels'], noteOf(forged.object)]).toEqual([{ a: 'b' }, undefined]);
    expect(await it_.validate(forged.object)).toEqual(ALLOWED);
  });

  it('part 7: pins what warns, and nothing that was not resolved and judged for the answer', async () => {
    const { warned, audited, other } = it_.images;
    const { object } = await it_.mutate(podOf([warned.tag, audited.tag, other.tag]));
    expect(imagesOf(object)).toEqual([warned.pinned, audited.tag, other.tag]);
  });

  it('part 7: a policy on trial beside one that enforces takes nothing away', async () => {
    expect(labelOf((await it_.mutate(podOf([it_.images.auditedToo.tag]))).object)).toBe('true');
  });

  it('part 7: what is denied is allowed here, unchanged but for a label that lies, and denied by /validate', async () => {
    const { evil, good } = it_.images;
    expect((await it_.mutate(podOf([good.tag, evil.tag]))).steps).toEqual([]);
    const { object, steps } = await it_.mutate(podOf([good.tag, evil.tag], VERIFIED_METADATA));
    expect(steps).toEqual([{ op: 'remove', path: '/metadata/labels/gatehouse.dev~1verified' }]);
    expect(await it_.validate(object)).toEqual({ allowed: false, status: 403, codes: ['FETCH_NONE_FOUND'] });
  });

  it('part 7: what cannot be looked up is allowed here without a label, and undetermined at /validate', async () => {
    const pod = podOf([`${DOWN}/app:1`], VERIFIED_METADATA);
    const { object, steps } = await it_.mutate(pod);
    expect([labelOf(object), steps.length]).toEqual([undefined, 1]);
    expect((await it_.validate(object)).status).toBe(503);
  });

  it('part 7: an object that cannot be read is allowed here: /validate denies it', async () => {
    for (const pod of [podOf([]), podOf(['NOT A REFERENCE']), { ...podOf(['x']), spec: { containers: [{ name: 'a' }] } }]) {
      expect((await it_.mutate(pod)).steps).toEqual([]);
      expect((await it_.validate(pod)).allowed).toBe(false);
    }
  });

  it('part 7: a wrong value of the label becomes the true one where it is true', async () => {
    const { good } = it_.images;
    const { object } = await it_.mutate(podOf([good.tag], { labels: { [LABEL]: 'no' } }));
    expect([labelOf(object), await it_.validate(object)]).toEqual(['true', ALLOWED]);
  });

  it('part 7: the tag moves between the two: what runs is what was judged first', async () => {
    const moving: Standing = it_.images.extra;
    const { object } = await it_.mutate(podOf([moving.tag]));
    await it_.move(moving);
    expect(await it_.validate(object)).toEqual(ALLOWED);
    expect((await it_.validate(podOf([moving.tag]))).allowed).toBe(false);
  });

  it('part 7: a webhook that changes the image afterwards is found out by /validate', async () => {
    const { good, evil, warned } = it_.images;
    const { object } = await it_.mutate(podOf([good.tag]));
    const changed = (image: string): Json => ({ ...object, spec: { containers: [{ name: 'c0', image }] } });
    expect((await it_.validate(changed(evil.pinned))).codes).toContain('FETCH_NONE_FOUND');
    for (const image of [warned.pinned, good.tag]) expect((await it_.validate(changed(image))).codes).toEqual(['POLICY_VERIFIED_LABEL']);
    const again = await it_.mutate(changed(warned.tag));
    expect([labelOf(again.object), imagesOf(again.object)]).toEqual([undefined, [warned.pinned]]);
  });
});

describe('part 7: the set of policies changes between the two', () => {
  it('part 7: what was labelled under the old one is a lie under a new one that warns, whatever the annotation says; the twin without the label is admitted', async () => {
    const { good, auditedToo } = it_.images;
    const [before, twin] = [await it_.mutate(podOf([good.tag])), await it_.mutate(podOf([auditedToo.tag]))];
    expect([labelOf(before.object), labelOf(twin.object)]).toEqual(['true', 'true']);
    const file = join(it_.server.policyFolder, 'more.yaml');
    const spec = { artifacts: [{ image: good.tag.replace(/:1$/, '') }], mode: 'warn', require: [{ name: 'signed', signature: { by: ['bob'] } }] };
    writeFileSync(file, JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'later' }, spec }));
    await vi.waitFor(async () => expect((await it_.validate(before.object)).codes).toContain('POLICY_VERIFIED_LABEL'), { timeout: 30_000, interval: 200 });
    const plain = { ...before.object, metadata: { ...(before.object['metadata'] as Json), labels: {} } };
    expect([await it_.validate(plain), await it_.validate(twin.object)]).toEqual([ALLOWED, ALLOWED]);
    // Asked again, it is taken away; of the twin the annotation says the new set.
    const again = await it_.mutate(before.object);
    expect([labelOf(again.object), noteOf(again.object), await it_.validate(again.object)]).toEqual([undefined, undefined, ALLOWED]);
    expect((await it_.mutate(twin.object)).steps.map(({ op, path }) => `${op} ${path}`)).toEqual(['add /metadata/annotations/gatehouse.dev~1policy-generation']);
    rmSync(file);
    await vi.waitFor(async () => expect(await it_.validate(before.object)).toEqual(ALLOWED), { timeout: 30_000, interval: 200 });
  });
});

describe('part 7: whatever the pod', () => {
  it('part 7: the label is set exactly where everything is verified, the second call changes nothing, and /validate never finds it a lie', async () => {
    const { good, auditedToo, evil, warned, warnedToo, audited, ofNamespace, other } = it_.images;
    const verified = new Set([good, auditedToo].flatMap(({ tag, pinned }) => [tag, pinned]));
    const all = [good, auditedToo, evil, warned, warnedToo, audited, ofNamespace, other].flatMap(({ tag, pinned }) => [tag, pinned]);
    const images = (pool: readonly string[]) => {
      const image = fc.constantFrom(...pool);
      return fc.tuple(fc.array(image, { minLength: 1, maxLength: 3 }), fc.array(image, { maxLength: 2 }), fc.array(image, { maxLength: 1 }));
    };
    // Every second pod has nothing but what is verified.
    const pods = fc.boolean().chain((isVerified) => images(isVerified ? [...verified] : all));
    const metadata = fc.record({
      labels: fc.constantFrom({}, { a: 'b' }, { [LABEL]: 'true' }, { [LABEL]: 'no', 'x/y~z': '1' }), annotations: fc.constantFrom({}, { [GENERATION]: 'old' }),
    }, { requiredKeys: [], noNullPrototype: true });
    const counted = { labelled: 0, plain: 0 };
    await fc.assert(fc.asyncProperty(pods, metadata, async ([own, init, volumes], meta) => {
      const pod = podOf(own, meta, {
        initContainers: init.map((one, index) => ({ name: `i${index}`, image: one })), volumes: volumes.map((one, index) => ({ name: `v${index}`, image: { reference: one } })),
      });
      const { object } = await it_.mutate(pod);
      const expected = [...own, ...init, ...volumes].every((one) => verified.has(one)) ? 'true' : undefined;
      expect(labelOf(object)).toBe(expected);
      counted[expected === undefined ? 'plain' : 'labelled'] += 1;
      expect((await it_.mutate(object)).steps).toEqual([]);
      expect((await it_.validate(object)).codes).not.toContain('POLICY_VERIFIED_LABEL');
    }), { numRuns: 80 });
    expect(Math.min(counted.labelled, counted.plain)).toBeGreaterThan(5);
  });
});

describe('part 7: /mutate, when something is changed', () => {
  const update = (after: Json, old: Json, sub?: string) => it_.mutate(after, { operation: 'UPDATE', old, ...(sub === undefined ? {} : { sub }) });

  it('part 7: pins what comes new, leaves what stood, and sets no label', async () => {
    const { good, auditedToo } = it_.images;
    const { object } = await update(podOf([good.tag, auditedToo.tag]), podOf([good.tag, 'x:1']));
    expect([imagesOf(object), labelOf(object)]).toEqual([[good.tag, auditedToo.pinned], undefined]);
  });

  it('part 7: a label stays where it stays true, and goes where it does not', async () => {
    const { good, auditedToo, warned } = it_.images;
    const before = podOf([good.pinned], VERIFIED_METADATA);
    expect(labelOf((await update(podOf([auditedToo.tag], VERIFIED_METADATA), before)).object)).toBe('true');
    const gone = await update(podOf([warned.tag], VERIFIED_METADATA), before);
    expect([labelOf(gone.object), imagesOf(gone.object)]).toEqual([undefined, [warned.pinned]]);
    expect((await update(before, before)).steps).toEqual([]);
  });

  it('part 7: a label that somebody adds goes unless it is true of every image as it stands', async () => {
    const { good, auditedToo } = it_.images;
    const add = async (image: string) => labelOf((await update(podOf([image], VERIFIED_METADATA), podOf([image]))).object);
    expect([await add(auditedToo.pinned), await add(auditedToo.tag), await add(good.pinned)]).toEqual(['true', undefined, 'true']);
  });

  it('part 7: a debug container is pinned on its subresource, where no labels are taken', async () => {
    const { good } = it_.images;
    const before = podOf([good.pinned], { labels: { a: 'b' } });
    const { steps } = await update(podOf([good.pinned], { labels: { a: 'b' } }, { ephemeralContainers: [{ name: 'd', image: good.tag }] }), before, 'ephemeralcontainers');
    expect(steps).toEqual([{ op: 'replace', path: '/spec/ephemeralContainers/0/image', value: good.pinned }]);
  });

  it('part 7: templates, runs of builds, deletions and other ways to a pod are left alone', async () => {
    const { good } = it_.images;
    const run = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'shop' }, spec: { taskSpec: { steps: [{ name: 's', image: good.tag }] } } };
    for (const [object, asked] of [
      [template('Deployment', good.tag), {}], [template('CronJob', good.tag), {}], [run, {}], [run, { operation: 'UPDATE' }],
      [podOf([good.tag]), { operation: 'DELETE' }], [podOf([good.tag]), { operation: 'UPDATE', sub: 'status' }],
      [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, { resource: 'configmaps' }],
    ] as const) expect((await it_.mutate(object, asked)).steps).toEqual([]);
  });

  it('part 7: what is changed is counted, and decisions have a surface of their own', async () => {
    const { text } = await it_.server.ops('/metrics');
    for (const what of ['pinned', 'labelled', 'unlabelled']) expect(text).toMatch(new RegExp(`^gatehouse_mutations_total\\{what="${what}"\\} [1-9]`, 'm'));
    const [, unsigned = '0'] = /^gatehouse_findings_total\{policy="images",requirement="signed",code="FETCH_NONE_FOUND"\} (\d+)$/m.exec(text) ?? [];
    const [, denied = '0'] = /^gatehouse_admission_decisions_total\{surface="webhook",decision="deny",verdict="violated",kind="Pod"\} (\d+)$/m.exec(text) ?? [];
    expect(Number(unsigned)).toBeLessThanOrEqual(Number(denied));
    expect(text).toMatch(/^gatehouse_admission_decisions_total\{surface="mutate",decision="admit",verdict="satisfied",kind="Pod"\} [1-9]/m);
  });
});

describe('part 7: /mutate, as it is configured', () => {
  it('part 7: there is none unless it is enabled', async () => {
    const off = await startMutate({ enabled: false });
    await expect(off.mutate(podOf([off.images.good.tag]))).rejects.toThrow('404');
    await off.close();
  });

  it('part 7: pinTags none: a pod by tag gets no label, since it is not known what runs; one by digest does', async () => {
    const one = await startMutate({ pinTags: 'none' });
    expect((await one.mutate(podOf([one.images.good.tag]))).steps).toEqual([]);
    const { object } = await one.mutate(podOf([one.images.good.pinned]));
    expect([labelOf(object), await one.validate(object)]).toEqual(['true', ALLOWED]);
    await one.close();
  });

  it('part 7: label false: tags are pinned, labels are nobody’s but whoever wrote them', async () => {
    const one = await startMutate({ label: false });
    const { steps } = await one.mutate(podOf([one.images.good.tag], { labels: { [LABEL]: 'no' } }));
    expect(steps).toEqual([{ op: 'replace', path: '/spec/containers/0/image', value: one.images.good.pinned }]);
    await one.close();
  });

  it.each(['Deployment', 'StatefulSet', 'Job', 'CronJob'])('part 7: pinTags templates: a %s as well, only what comes new, and never a label', async (kind) => {
    const one = await startMutate({ pinTags: 'templates' });
    const { good, auditedToo } = one.images;
    const { object, steps } = await one.mutate(template(kind, good.tag));
    expect(steps).toEqual([{ op: 'replace', path: `${kind === 'CronJob' ? '/spec/jobTemplate' : ''}/spec/template/spec/containers/0/image`, value: good.pinned }]);
    expect((await one.mutate(object)).steps).toEqual([]);
    const old = template(kind, auditedToo.tag);
    expect((await one.mutate({ ...old, metadata: { name: 'app', namespace: 'shop', labels: { a: 'b' } } }, { operation: 'UPDATE', old })).steps).toEqual([]);
    expect((await one.mutate(podOf([good.tag]))).steps.length).toBeGreaterThan(1);
    const run = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'shop' }, spec: { taskSpec: { steps: [{ name: 's', image: good.tag }] } } };
    expect((await one.mutate(run)).steps).toEqual([]);
    await one.close();
  });

  // A controller that compares what it made with what it asked for would make it anew without end (ReplicaSets of a Deployment).
  it.each([['ReplicaSet', 'Deployment'], ['Job', 'CronJob'], ['StatefulSet', 'Database']])('part 7: pinTags templates: a %s that a %s controls is left as it was made; its pods are pinned', async (kind, owner) => {
    const one = await startMutate({ pinTags: 'templates' });
    const { good } = one.images;
    const owned = (controller: Json): Json => {
      const plain = template(kind, good.tag);
      return { ...plain, metadata: { ...(plain['metadata'] as Json), ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'app', uid: 'u', ...controller }] } };
    };
    for (const operation of ['CREATE', 'UPDATE'] as const) {
      const asked = { operation, old: template(kind, 'x:1') };
      expect((await one.mutate(owned({ controller: true }), asked)).steps).toEqual([]);
      for (const twin of [owned({}), owned({ controller: false })])
        expect((await one.mutate(twin, asked)).steps).toEqual([{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: good.pinned }]);
    }
    const pod = owned({ controller: true })['metadata'] as Json;
    expect(imagesOf((await one.mutate(podOf([good.tag], pod))).object)).toEqual([good.pinned]);
    await one.close();
  });
});
