import { describe, expect, it } from 'vitest';
import type { FactAnswer, FactKind, QuestionOf } from '../../../../../src/domain/build/facts.ts';
import type { GateRun } from '../../../../../src/domain/gate/caller.ts';
import type { Receipt } from '../../../../../src/domain/gate/receipt.ts';
import { judgeInputs } from '../../../../../src/evaluate/request/publishing/summary-inputs.ts';
import { taskOutputs } from '../../../../../src/evaluate/request/publishing/summary-outputs.ts';
import { tasksOfRun } from '../../../../../src/evaluate/request/publishing/summary-run.ts';
import type { RunTask } from '../../../../../src/evaluate/request/publishing/summary-run.ts';
import { namedValues } from '../../../../../src/evaluate/request/receipts/values.ts';

const RUN: GateRun = { kind: 'PipelineRun', namespace: 'ci', name: 'release', uid: 'run-uid' };
const [A, B] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
const values = (all: Readonly<Record<string, unknown>>) => namedValues(Object.entries(all).map(([name, value]) => ({ name, value })), 'spec.params');

type Ask = <K extends FactKind>(question: QuestionOf<K>) => FactAnswer<K> | undefined;

/** A receipt as text is the digest that it is for; it holds from 100 to 200. */
function reading(asked: (number | undefined)[] = []): Ask {
  return ((question: QuestionOf<'receipt'>) => {
    // The policies are those of then.
    if ((question.kind as string) === 'artifacts') return { known: true, value: [] };
    const { text, at = 1000 } = question;
    asked.push(question.at);
    const receipt = { purpose: 'gate', id: 'x', at: 100, subjects: [{ name: 'oci://ghcr.io/acme/dep', digest: text }], resource: 'oci://ghcr.io/acme/dep', usage: 'dependency', caller: 'c', run: 'run-uid', policies: '', levels: [], keyId: 'k', expiresAt: 200 } satisfies Receipt;
    return { known: true, value: at < 200 ? { ok: true, receipt } : { ok: false, code: 'POLICY_RECEIPT_EXPIRED' } };
  }) as unknown as Ask;
}

const task = (more: Partial<RunTask>): RunTask => ({ name: 't', uid: 'u', params: [], results: [], createdAt: 150, succeededAt: 160, ...more });
const codes = (tasks: readonly RunTask[], ask = reading()): string[] => judgeInputs(RUN, tasks, [], { ask }).map(({ code }) => code);

describe('inputs of a run', () => {
  it('publish: a receipt must have held when the task was made, whatever has ended since', () => {
    const params = values({ DEP_URL: 'ghcr.io/acme/dep', DEP_DIGEST: A, DEP_RECEIPT: A });
    expect(codes([task({ params })])).toEqual([]);
    expect(codes([task({ params, createdAt: 250 })])).toEqual(['POLICY_PUBLISH_INPUT']);
  });

  it('publish: one among results must have held when the task ended, and where it has not ended, now', () => {
    const results = values({ ARTIFACT_INPUTS: { uri: 'ghcr.io/acme/dep', digest: A }, ARTIFACT_INPUTS_RECEIPT: A });
    expect(codes([task({ results, createdAt: 50 })])).toEqual([]);
    expect(codes([task({ results, succeededAt: 250 })])).toEqual(['POLICY_PUBLISH_INPUT']);
    const { succeededAt: _, ...running } = task({ results });
    expect(codes([running])).toEqual(['POLICY_PUBLISH_INPUT']);
  });

  it('publish: what another task of the run had made before needs none', () => {
    const params = values({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: B });
    const by = task({ name: 'b', uid: 'b', results: values({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: B }) });
    const of = (taker: Partial<RunTask>): string[] =>
      judgeInputs(RUN, [task({ params, ...taker })], [{ output: { uri: 'ghcr.io/acme/app', digest: B }, by, since: 160 }], { ask: reading() }).map(({ code }) => code);
    expect(of({ createdAt: 160 })).toEqual([]);
    expect(of({ createdAt: 159 })).toEqual(['POLICY_PUBLISH_INPUT']);
    expect(of({ createdAt: NaN })).toEqual(['POLICY_PUBLISH_INPUT']);
    const named = { params: [], results: values({ IMAGE_ARTIFACT_INPUTS: { uri: 'ghcr.io/acme/app', digest: B } }) };
    expect([of({ ...named, createdAt: 160 }), of({ ...named, createdAt: 159 })]).toEqual([[], ['POLICY_PUBLISH_INPUT']]);
    // Whoever hands on what he was given has not made it.
    expect(of({ uid: 'b', createdAt: 170 })).toEqual(['POLICY_PUBLISH_INPUT']);
    expect(of({ params: values({ IMAGE_URL: 'ghcr.io/acme/app', IMAGE_DIGEST: A }), createdAt: 170 })).toEqual(['POLICY_PUBLISH_INPUT']);
  });

  it('publish: where nobody reads receipts nothing is known of them', () => {
    const ask = (() => ({ known: false, cause: 'no keys' })) as unknown as Ask;
    expect(codes([task({ params: values({ DEP_DIGEST: A, DEP_RECEIPT: A }) })], ask)).toEqual(['POLICY_FACT_UNKNOWN']);
  });
});

describe('outputs of a task', () => {
  it.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['IMAGE_URL and IMAGE_DIGEST', { IMAGE_URL: 'ghcr.io/a:v1', IMAGE_DIGEST: A }, [A]],
    ['the same with a prefix', { base_IMAGE_URL: 'ghcr.io/a', base_IMAGE_DIGEST: A }, [A]],
    ['IMAGES, by commas and lines', { IMAGES: `ghcr.io/a@${A}, ghcr.io/b@${B}\n` }, [A, B]],
    ['ARTIFACT_URI and ARTIFACT_DIGEST', { ARTIFACT_URI: 'pkg:npm/a@1', ARTIFACT_DIGEST: A }, [A]],
    ['an object ARTIFACT_OUTPUTS', { first_ARTIFACT_OUTPUTS: { uri: 'ghcr.io/a', digest: A, isBuildArtifact: 'true' } }, [A]],
    ['a digest in the address that is another', { IMAGE_URL: `ghcr.io/a@${B}`, IMAGE_DIGEST: A }, []],
    ['an address without digest', { IMAGE_URL: 'ghcr.io/a', IMAGE_DIGEST: '' }, []],
    ['a digest in upper case', { IMAGE_URL: 'ghcr.io/a', IMAGE_DIGEST: A.toUpperCase() }, []],
    ['a digest of another prefix', { IMAGE_URL: 'ghcr.io/a', other_IMAGE_DIGEST: A }, []],
    ['IMAGES without digests', { IMAGES: 'ghcr.io/a,ghcr.io/b:v1' }, []],
  ])('publish: %s', (_, results, digests) => expect(taskOutputs(values(results)).map(({ digest }) => digest)).toEqual(digests));
});

describe('tasks of a run', () => {
  const child = (name: string, kind = 'TaskRun') => ({ kind, name });
  const run = (children: readonly unknown[], uid = 'run-uid') => ({ metadata: { name: 'release', uid }, status: { childReferences: children } });
  const taskRun = (name: string, more: object = {}) => ({
    metadata: { name, uid: `uid-${name}`, labels: { 'tekton.dev/pipelineRun': 'release' }, ownerReferences: [{ kind: 'PipelineRun', uid: 'run-uid', controller: true }], ...more },
  });
  const standing = (...objects: readonly { readonly metadata: { readonly name: string } }[]): Ask =>
    (({ name }: QuestionOf<'object'>) => ({ known: true, value: objects.find(({ metadata }) => metadata.name === name) ?? null })) as unknown as Ask;
  const read = (ask: Ask): unknown => {
    const tasks = tasksOfRun(RUN, { ask });
    return tasks.ok ? tasks.tasks.map(({ name }) => name) : tasks.outcomes.map(({ code }) => code);
  };

  it('publish: are those that it lists and owns', () => {
    expect(read(standing(run([child('a'), child('b')]), taskRun('a'), taskRun('b'), taskRun('c')))).toEqual(['a', 'b']);
  });

  it.each<[string, Ask, readonly string[]]>([
    ['another run of its name', standing(run([], 'another')), ['POLICY_CALLER_RUN']],
    ['no run', standing(), ['POLICY_CALLER_RUN']],
    ['a child that is gone', standing(run([child('a')])), ['POLICY_FACT_UNKNOWN']],
    ['a child of another owner', standing(run([child('a')]), taskRun('a', { ownerReferences: [{ kind: 'PipelineRun', uid: 'another', controller: true }] })), ['POLICY_FACT_UNKNOWN']],
    ['a child that is owned and not controlled', standing(run([child('a')]), taskRun('a', { ownerReferences: [{ kind: 'PipelineRun', uid: 'run-uid' }] })), ['POLICY_FACT_UNKNOWN']],
    ['a child without the label', standing(run([child('a')]), taskRun('a', { labels: {} })), ['POLICY_FACT_UNKNOWN']],
    ['a child of another kind', standing(run([child('a', 'CustomRun')])), ['POLICY_FACT_UNKNOWN']],
    ['a pipeline in the pipeline', standing(run([child('a', 'PipelineRun')])), ['POLICY_FACT_UNKNOWN']],
    ['more children than are looked at', standing(run(Array.from({ length: 501 }, (_, index) => child(`a${index}`)))), ['POLICY_FACT_UNKNOWN']],
    ['an API server that does not say', (() => ({ known: false, cause: 'silent' })) as unknown as Ask, ['POLICY_FACT_UNKNOWN']],
  ])('publish: are not known with %s', (_, ask, expected) => expect(read(ask)).toEqual(expected));
});
