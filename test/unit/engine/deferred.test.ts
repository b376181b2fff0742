import { describe, expect, test } from 'vitest';
import { DEFAULT_BUILD_SETTINGS } from '../../../src/domain/build/settings.ts';
import type { BuildSettings } from '../../../src/domain/build/settings.ts';
import { judgedBy } from '../../support/pipelines.ts';

const RUN = `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: b, namespace: ci}
spec: {taskSpec: {params: [{name: image}], steps: [{name: s, image: $(params.image)}]}}
`;
const AT = 'spec.taskSpec.steps[0].image';

const policy = (mode = 'enforce', images = '{deferred: allowIfPodsAreGated}', name = 'factory'): string => `
apiVersion: gatehouse.dev/v1alpha1
kind: PipelinePolicy
metadata: {name: ${name}}
spec: {mode: ${mode}, namespaces: {matchLabels: {factory: "true"}}, images: ${images}, requesters: {users: [alice]}}
`;
const UNGATED: BuildSettings = { ...DEFAULT_BUILD_SETTINGS, ungatedNamespaces: new Set(['ci']) };

/** The outcome, and every code about the image with its mode. */
async function judged(policies: string, gated: boolean, factory = true): Promise<readonly string[]> {
  const judge = judgedBy(policies, { labels: factory ? { factory: 'true' } : {}, ports: { unmatched: 'warn' }, ...(gated ? {} : { build: UNGATED }) });
  const { outcome, findings } = await judge(RUN);
  return [outcome, ...findings.filter(({ path }) => path === AT).map(({ code, mode }) => `${code} ${mode}`)];
}

describe('K06: an image that is known only later is left to the pods, and they are judged', () => {
  test.each<[string, string, boolean, boolean, readonly string[]]>([
    ['no policy of the namespace, pods judged', policy(), true, false, ['warn', 'INPUT_IMAGE_DEFERRED warn']],
    ['no policy of the namespace, pods not judged', policy(), false, false, ['deny', 'INPUT_IMAGE_DEFERRED enforce']],
    ['a policy, pods judged', policy(), true, true, ['admit']],
    ['a policy, pods not judged', policy(), false, true, ['deny', 'POLICY_IMAGE_DEFERRED enforce']],
    ['a policy that denies, pods judged', policy('enforce', '{deferred: deny}'), true, true, ['deny', 'POLICY_IMAGE_DEFERRED enforce']],
    ['a policy that warns, pods judged', policy('warn', '{deferred: deny}'), true, true, ['warn', 'POLICY_IMAGE_DEFERRED warn']],
    ['a policy that warns, pods not judged', policy('warn'), false, true, ['warn', 'POLICY_IMAGE_DEFERRED warn']],
  ])('K06: %s', async (_, policies, gated, factory, expected) => {
    expect(await judged(policies, gated, factory)).toEqual(expected);
  });

  test('K06: a policy on trial (audit) takes nothing away from what holds without it', async () => {
    expect(await judged(policy('audit'), true)).toEqual(['warn', 'INPUT_IMAGE_DEFERRED warn']);
    expect(await judged(policy('audit'), false)).toEqual(['deny', 'INPUT_IMAGE_DEFERRED enforce', 'POLICY_IMAGE_DEFERRED audit']);
    const both = `${policy('audit')}\n---\n${policy('enforce', '{deferred: allowIfPodsAreGated}', 'other')}`;
    expect(await judged(both, true)).toEqual(['admit']);
  });

  test('K06: nor does one of which nobody knows whether it applies', async () => {
    const unknown = async (mode: string, build = UNGATED): Promise<readonly string[]> => {
      const { outcome, findings } = await judgedBy(policy(mode), { build, ports: { unmatched: 'warn', namespaces: { labels: async () => undefined } } })(RUN);
      return [outcome, ...findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code, mode: own }) => `${code} ${own}`)];
    };
    expect(await unknown('audit')).toEqual(['deny', 'INPUT_IMAGE_DEFERRED enforce', 'SELECT_LABELS_UNKNOWN audit']);
    expect(await unknown('audit', DEFAULT_BUILD_SETTINGS)).toEqual(['warn', 'INPUT_IMAGE_DEFERRED warn', 'SELECT_LABELS_UNKNOWN audit']);
    expect(await unknown('warn')).toEqual(['deny', 'SELECT_LABELS_UNKNOWN enforce']);
    expect(await unknown('warn', DEFAULT_BUILD_SETTINGS)).toEqual(['warn', 'SELECT_LABELS_UNKNOWN warn']);
  });
});
