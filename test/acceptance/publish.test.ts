// The publish summary of a run by the front door: fetched with a receipt, built, published by a later task, deployed because of it; and whoever
// asks for one that is not due is refused by a code of its own.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inputsOf, publishCodes, startStories } from '../support/build-story.ts';
import type { StoryOptions, StoryWorld } from '../support/build-story.ts';
import type { Json } from '../support/pipelines.ts';

let world: StoryWorld;
beforeAll(async () => { world = await startStories(); });
afterAll(() => world.close());

const pod = (image: string): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'prod' }, spec: { containers: [{ name: 'app', image }] } });

async function deployed(image: string): Promise<string> {
  const answer = await world.gate.ask(pod(image));
  return answer.allowed ? 'admitted' : (/[A-Z]+_[A-Z_]+/.exec(JSON.stringify(answer))?.[0] ?? 'denied');
}

describe('publish: a build from fetch to deployment', () => {
  test('publish: a later task of the run has the summary, which lies beside the image and admits its deployment', async () => {
    const story = await world.build();
    expect(await deployed(story.product)).toBe('POLICY_RUN_UNPROVEN');
    const publication = await story.publish();
    expect(publishCodes(publication)).toEqual([]);
    expect(publication).toMatchObject({ status: 200, decision: 'admit', pushed: true });
    const { payload } = JSON.parse(publication.summary ?? '{}') as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as { subject: unknown; predicate: Record<string, unknown> };
    expect(statement.subject).toEqual([{ digest: { sha256: story.product.split('@sha256:')[1] } }]);
    expect(statement.predicate).toMatchObject({ verifier: { id: 'https://gate.example/publish' }, verificationResult: 'PASSED', gatehouse_run: story.run, inputAttestations: [{}], verifiedLevels: ['SLSA_BUILD_LEVEL_2'] });
    expect(statement.predicate).not.toHaveProperty('gatehouse_expires');
    expect(await deployed(story.product)).toBe('admitted');
  });

  test('publish: the summary holds when the run was pruned, with one look-up of evidence', async () => {
    const story = await world.build();
    await story.publish();
    for (const kind of ['pipelineruns', 'taskruns']) world.gate.api.objects.delete(`/apis/tekton.dev/v1/namespaces/ci/${kind}`);
    expect(await deployed(story.product)).toBe('admitted');
  });

  test('publish: asked twice it is the same summary, and one referrer', async () => {
    const story = await world.build();
    const [first, second] = [await story.publish(), await story.publish()];
    expect(second).toMatchObject({ status: 200, decision: 'admit', pushed: true, summary: first.summary });
    expect(await world.gate.registry.store.referrers(story.product.split('@')[0]?.split('/').slice(1).join('/') ?? '', story.product.split('@')[1] ?? '')).toHaveLength(2);
  });

  test('publish: provenance in the annotations of the run counts, and that of the task that built, which the summary names', async () => {
    const annotated = await world.build({ kept: 'annotations' });
    expect(publishCodes(await annotated.publish())).toEqual([]);
    const ofTask = await world.build({ provenance: { invocation: (_run, task) => task } });
    const publication = await ofTask.publish();
    expect(publishCodes(publication)).toEqual([]);
    expect(Buffer.from((JSON.parse(publication.summary ?? '{}') as { payload: string }).payload, 'base64').toString('utf8')).toContain(`"gatehouse_invocations":["${ofTask.task}"]`);
    expect(await deployed(ofTask.product)).toBe('admitted');
  });

  test('publish: until the provenance is there it is 409 with Retry-After, and then it is given', async () => {
    const story = await world.build({ provenance: 'none' });
    expect(await story.publish()).toMatchObject({ status: 409, code: 'POLICY_PUBLISH_PENDING', retryAfter: '5' });
    await story.sign();
    expect(publishCodes(await story.publish())).toEqual([]);
  });

  test('publish: a dry run is judged, and leaves nothing', async () => {
    const story = await world.build();
    const publication = await story.publish({ dryRun: true });
    expect(publication).toMatchObject({ status: 200, decision: 'admit', pushed: false });
    expect(publication).not.toHaveProperty('summary');
    expect(await deployed(story.product)).toBe('POLICY_RUN_UNPROVEN');
  });

  test('publish: what could not be pushed is given, with the reason', async () => {
    const story = await world.build();
    const mend = world.gate.registry.fault({ path: /blobs\/uploads/, behaviour: { kind: 'status', status: 405 } });
    const publication = await story.publish();
    mend();
    expect(publication).toMatchObject({ status: 200, decision: 'admit', pushed: false, problem: { code: 'FETCH_SERVER_ERROR' } });
    expect(publication.summary).toMatch(/payloadType/);
  });

  test('publish: a receipt of the gate beside the image is no publish summary', async () => {
    const story = await world.build();
    const [name = '', digest = ''] = story.product.split('@');
    besides(name.split('/').slice(1).join('/'), digest, story.receipt);
    expect(await deployed(story.product)).toBe('POLICY_RECEIPT_PURPOSE');
    await story.publish();
    expect(await deployed(story.product)).toBe('admitted');
  });
});

function besides(repository: string, digest: string, text: string): void {
  const { registry } = world.gate;
  const [config, layer] = ['{}', text].map((content) => ({ digest: registry.pushBlob(repository, content), size: Buffer.byteLength(content) }));
  const body = {
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: 'application/vnd.in-toto+json',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...config }, layers: [{ mediaType: 'application/vnd.dsse.envelope.v1+json', ...layer }],
    subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: registry.getManifest(repository, digest)?.length ?? 0 },
  };
  const bytes = Buffer.from(JSON.stringify(body));
  registry.pushManifest(repository, `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes);
}

const foreign = `sha256:${'7'.repeat(64)}`;

describe('publish: what is not due', () => {
  test.each<[string, StoryOptions, string]>([
    ['a digest that is no result', { results: (url) => [{ name: 'IMAGE_URL', value: url }, { name: 'IMAGE_DIGEST', value: foreign }] }, 'POLICY_PUBLISH_RESULT'],
    ['a digest under another name', { results: (_url, digest) => [{ name: 'IMAGE_URL', value: 'ghcr.io/acme/other' }, { name: 'IMAGE_DIGEST', value: digest }] }, 'POLICY_PUBLISH_RESULT'],
    ['a digest that is a parameter only', { results: () => [], built: withParams('IMAGE_DIGEST') }, 'POLICY_PUBLISH_RESULT'],
    ['a result by a name that Chains does not look for', { results: (url, digest) => [{ name: 'URL', value: url }, { name: 'DIGEST', value: digest }] }, 'POLICY_PUBLISH_RESULT'],
    ['a TaskRun that has failed', { built: withStatus({ conditions: [{ type: 'Succeeded', status: 'False' }] }) }, 'POLICY_PUBLISH_RESULT'],
    ['a TaskRun that has not ended', { built: withStatus({ conditions: [{ type: 'Succeeded', status: 'Unknown' }], completionTime: undefined }) }, 'POLICY_PUBLISH_RESULT'],
    ['a TaskRun that ended after the one that asks began', { built: withStatus({ completionTime: '2036-01-01T00:00:00Z' }) }, 'POLICY_PUBLISH_RESULT'],
    ['a TaskRun that only carries the label', { listed: false }, 'POLICY_PUBLISH_RESULT'],
    ['a TaskRun of another owner in its place', { built: withOwner('another-uid') }, 'POLICY_FACT_UNKNOWN'],
    ['a task of class build that asks', { asks: 'compile' }, 'POLICY_CALLER_JAILED'],
    ['a task of class fetch that asks', { asks: 'fetch-source' }, 'POLICY_PUBLISH_CALLER'],
    ['an input without a receipt', { inputs: (_receipt, good) => inputsOf('', good) }, 'POLICY_PUBLISH_INPUT'],
    ['an input of another digest than its receipt', { inputs: (receipt, good) => inputsOf(receipt, `${good.split('@')[0]}@${foreign}`) }, 'POLICY_PUBLISH_INPUT'],
    ['an input with a receipt that is none', { inputs: (_receipt, good) => inputsOf('{}', good) }, 'POLICY_PUBLISH_INPUT'],
    ['an input with a receipt that was changed', { inputs: (receipt, good) => inputsOf(tampered(receipt), good) }, 'POLICY_PUBLISH_INPUT'],
    ['a commit without a receipt', { built: withResults([{ name: 'CHAINS-GIT_URL', value: 'https://github.com/acme/app' }, { name: 'CHAINS-GIT_COMMIT', value: 'a'.repeat(40) }]) }, 'POLICY_PUBLISH_INPUT'],
    ['provenance by somebody else', { provenance: { by: 'stranger' } }, 'POLICY_PUBLISH_PENDING'],
    ['provenance of another run', { provenance: { invocation: () => 'another-run' } }, 'POLICY_PUBLISH_PENDING'],
    ['provenance that names no run', { provenance: { invocation: () => '' } }, 'POLICY_PUBLISH_PENDING'],
    ['provenance of another builder', { provenance: { builder: 'https://evil.example' } }, 'POLICY_PUBLISH_PENDING'],
  ])('publish: %s', async (_, options, code) => {
    const story = await world.build(options);
    const publication = await story.publish();
    expect([...new Set(publishCodes(publication))]).toEqual([code]);
    expect(publication).not.toHaveProperty('summary');
    expect(await deployed(story.product)).not.toBe('admitted');
  });

  test('publish: the digest of another run, by whoever may publish for his own', async () => {
    const [mine, theirs] = [await world.build(), await world.build()];
    expect(publishCodes(await mine.publish({}, theirs.publisher))).toEqual(['POLICY_PUBLISH_RESULT']);
  });

  test('publish: an input with a receipt of another run', async () => {
    const other = await world.build();
    const story = await world.build({ inputs: (_receipt, good) => inputsOf(other.receipt, good) });
    expect(publishCodes(await story.publish())).toEqual(['POLICY_PUBLISH_INPUT']);
  });

  test('publish: a summary in the place of a receipt', async () => {
    const { summary = '' } = await (await world.build()).publish();
    const story = await world.build({ inputs: (_receipt, good) => inputsOf(summary, good) });
    const { findings = [] } = await story.publish();
    expect(findings.find(({ code }) => code === 'POLICY_PUBLISH_INPUT')?.found?.[0]).toContain('POLICY_RECEIPT_PURPOSE');
  });

  test('publish: somebody of no run, and somebody in a namespace of no such policy', async () => {
    const story = await world.build();
    expect(publishCodes(await story.publish({}, world.gate.pod()))).toEqual(['POLICY_PUBLISH_CALLER']);
    expect(publishCodes(await story.publish({}, world.gate.pod({ namespace: 'elsewhere' })))).toEqual(['POLICY_PUBLISH_CALLER']);
  });

  test('publish: without a digest, or with a use, it is no question', async () => {
    const story = await world.build();
    const [name = ''] = story.product.split('@');
    expect(await story.publish({ artifact: { kind: 'image', uri: `${name}:v1` } })).toMatchObject({ status: 400, code: 'INPUT_DIGEST_MISSING' });
    expect(await story.publish({ artifact: { kind: 'image', uri: story.product, usedAs: 'publish' } })).toMatchObject({ status: 400, code: 'INPUT_QUESTION_INVALID' });
  });
});

test.each<[string, Json]>([
  ['only warns', { mode: 'warn' }],
  ['names nobody whose provenance counts', { publish: { results: 'off', provenance: 'off' } }],
])('publish: a policy that %s gives no summary', async (_, policy) => {
  const other = await startStories({ policy });
  const publication = await (await other.build()).publish();
  await other.close();
  expect(publication).toMatchObject({ status: 200, decision: 'deny', pushed: false });
  expect(publishCodes(publication)).toContain('POLICY_PUBLISH_CALLER');
  expect(publication).not.toHaveProperty('summary');
});

type Parts = { metadata: Json; spec: { params: readonly Json[] }; status: { results: readonly Json[] } & Json };
const parts = (taskRun: Json): Parts => taskRun as unknown as Parts;

function withStatus(status: Json): (taskRun: Json) => Json {
  return (taskRun) => ({ ...taskRun, status: { ...parts(taskRun).status, ...status } });
}

function withResults(results: readonly Json[]): (taskRun: Json) => Json {
  return (taskRun) => ({ ...taskRun, status: { ...parts(taskRun).status, results: [...parts(taskRun).status.results, ...results] } });
}

function withParams(name: string): (taskRun: Json) => Json {
  return (taskRun) => ({ ...taskRun, spec: { ...parts(taskRun).spec, params: [{ name, value: foreign }] } });
}

function withOwner(uid: string): (taskRun: Json) => Json {
  return (taskRun) => {
    const [owner] = parts(taskRun).metadata['ownerReferences'] as readonly Json[];
    return { ...taskRun, metadata: { ...parts(taskRun).metadata, ownerReferences: [{ ...owner, uid }] } };
  };
}

function tampered(receipt: string): string {
  const envelope = JSON.parse(receipt) as { payload: string };
  const payload = Buffer.from(envelope.payload, 'base64').toString('utf8').replace('"baseImage"', '"dependency"');
  return JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') });
}
