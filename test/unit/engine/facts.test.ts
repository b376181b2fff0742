import { describe, expect, test } from 'vitest';
import type { QuestionOf } from '../../../src/domain/build/facts.ts';
import type { ClusterFacts } from '../../../src/domain/ports.ts';
import type { Context } from '../../../src/engine/context.ts';
import { createFactBook } from '../../../src/engine/facts/index.ts';
import { clusterOf, CONTROLLER, judgedBy } from '../../support/pipelines.ts';

const RUN = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'build-1', namespace: 'ci', uid: 'uid-1' }, spec: { taskSpec: { steps: [{ name: 's', image: 'a' }] } } };
const POD = {
  apiVersion: 'v1', kind: 'Pod',
  metadata: { name: 'p', namespace: 'ci', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'TaskRun', name: 'build-1', uid: 'uid-1', controller: true }] },
  spec: { containers: [{ name: 'step-s', image: 'a' }] },
};

/** The cluster, and the objects that it was asked for. */
function watched(cluster: ClusterFacts): { readonly cluster: ClusterFacts; readonly asked: string[] } {
  const asked: string[] = [];
  return { asked, cluster: { ...cluster, object: (question, signal) => { asked.push(`${question.namespace}/${question.name}`); return cluster.object(question, signal); } } };
}

describe('facts of one request', () => {
  test('an object that two rules ask for in different ways is looked up once: both are told of the same one', async () => {
    const { cluster, asked } = watched(clusterOf([RUN]));
    const policy = 'apiVersion: gatehouse.dev/v1alpha1\nkind: PipelinePolicy\nmetadata: {name: factory}\nspec: {jail: {networkPolicy: required, hermetic: off}}\n';
    const { findings } = await judgedBy(policy, { cluster })(POD, { user: CONTROLLER });
    expect(findings.map(({ code }) => code)).toContain('POLICY_JAIL_NETWORK');
    expect(findings.map(({ code }) => code)).not.toContain('POLICY_OWNER');
    expect(asked).toEqual(['ci/build-1']);
  });

  test.each<[string, Partial<QuestionOf<'object'>>, Partial<QuestionOf<'object'>>]>([
    ['a slash in the namespace', { namespace: 'a/b', name: 'c' }, { namespace: 'a', name: 'b/c' }],
    ['a blank in the group', { group: 'g', resource: 'r x', namespace: 'n' }, { group: 'g', resource: 'r', namespace: 'x n' }],
    ['a slash in the resource', { group: 'g/r', resource: 's' }, { group: 'g', resource: 'r/s' }],
  ])('names cannot run into each other: %s', async (_, one, other) => {
    const question = (more: Partial<QuestionOf<'object'>>): QuestionOf<'object'> => ({ kind: 'object', group: 'g', resource: 'r', namespace: 'n', name: 'x', ...more });
    const facts = { object: async (asked: unknown) => ({ known: true, value: { asked } }) };
    const deadline = { work: new AbortController().signal, race: <T>(promise: Promise<T>) => promise };
    const book = createFactBook({ ports: { facts }, deadline } as unknown as Context);
    book.ask(question(one));
    await book.answer();
    expect(book.ask(question(one))).toEqual({ known: true, value: { asked: question(one) } });
    expect(book.ask(question(other))).toBeUndefined();
  });
});
