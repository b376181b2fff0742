// What a build reads of input that is too much, or not known: doing what the line says gets the same thing admitted. Rules: pipeline-fixes.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_BUILD_SETTINGS } from '../../../src/domain/build/settings.ts';
import { denialText, reasonText } from '../../../src/explain/index.ts';
import { clusterOf, judgedBy } from '../../support/pipelines.ts';
import { codes, startTestServer } from '../../support/server.ts';
import type { TestServer } from '../../support/server.ts';
import { objectReview } from '../../world/review.ts';
import { PIPELINE_INPUT_FIXES } from './pipelines.ts';
import { alice, document, keySigner } from './support.ts';

const REQUESTERS = '{apiVersion: gatehouse.dev/v1alpha1, kind: PipelinePolicy, metadata: {name: other}, spec: {namespaces: {matchLabels: {factory: "no"}}, requesters: {users: [alice]}}}';
const build = { ...DEFAULT_BUILD_SETTINGS, ungatedNamespaces: new Set(['ci']) };

describe('X1: the fix is the fix, for what a build brings along', () => {
  test.each(Object.entries(PIPELINE_INPUT_FIXES))('%s', async (code, { denied, fixed, fix }) => {
    const judge = judgedBy(REQUESTERS, { cluster: clusterOf([]), build });
    const refused = await judge(denied);
    expect([...new Set(refused.findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce').map((one) => one.code))]).toContain(code);
    expect(denialText(refused)).toMatch(fix);
    const obeyed = await judge(fixed);
    expect(obeyed.outcome, denialText(obeyed)).toBe('admit');
  });
});

describe('X1: what a rule about builds rests on is not known', () => {
  const JAILED = '{apiVersion: gatehouse.dev/v1alpha1, kind: PipelinePolicy, metadata: {name: factory}, spec: {images: {deferred: allowIfPodsAreGated}, jail: {}}}';
  const FLAGS = '{apiVersion: v1, kind: ConfigMap, metadata: {name: feature-flags, namespace: tekton-pipelines}, data: {enable-api-fields: alpha}}';
  const RUN = {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata: { name: 'r', namespace: 'ci', annotations: { 'experimental.tekton.dev/execution-mode': 'hermetic' } },
    spec: { podTemplate: { automountServiceAccountToken: false }, taskSpec: { steps: [{ name: 's', image: `r/a@sha256:${'a'.repeat(64)}` }] } },
  };

  test('POLICY_FACT_UNKNOWN', async () => {
    const refused = await judgedBy(JAILED, { cluster: clusterOf([FLAGS], ['object']) })(RUN);
    const told = refused.findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
    expect([refused.outcome, [...new Set(told.map(({ verdict, code }) => `${verdict} ${code}`))]]).toEqual(['deny', ['undetermined POLICY_FACT_UNKNOWN']]);
    expect(denialText(refused)).toMatch(/feature-flags/);
    expect(denialText(refused)).toMatch(/fix: could not verify, retry; when it lasts, .*check that Gatehouse may read what is named/);
    // Whoever may, has let Gatehouse read it.
    const obeyed = await judgedBy(JAILED, { cluster: clusterOf([FLAGS]) })(RUN);
    expect(obeyed.outcome, denialText(obeyed)).toBe('admit');
  });
});

describe('X1: a kind of which nobody said where its images are', () => {
  const WARN = keySigner('alice', alice) + document('ClusterArtifactPolicy', 'p', { mode: 'warn', artifacts: [{ image: '127.0.0.1:1/**' }], require: [{ name: 'r', signature: { by: ['alice'] } }] });
  const object = { apiVersion: 'widgets.example/v1', kind: 'Moose', metadata: { name: 'm', namespace: 'shop' }, spec: { image: `127.0.0.1:1/a@sha256:${'a'.repeat(64)}` } };
  const meese = objectReview(object, 'meese', { namespace: 'shop' });
  let [before, after] = [undefined as unknown as TestServer, undefined as unknown as TestServer];
  beforeAll(async () => {
    before = await startTestServer({ 'p.yaml': WARN }, { unmatched: 'deny' });
    after = await startTestServer({ 'p.yaml': WARN }, { unmatched: 'deny', extractors: [{ group: 'widgets.example', resource: 'meese', images: ['spec.image'] }] });
  });
  afterAll(() => Promise.all([before.close(), after.close()]));

  test('INPUT_IMAGE_UNPLACED', async () => {
    const refused = await before.validate(meese);
    expect([refused.allowed, codes(refused)]).toEqual([false, ['INPUT_IMAGE_UNPLACED']]);
    expect(refused.status?.message).toMatch(/fix: ask an administrator of Gatehouse to add a row for the kind to extractors/);
    expect(reasonText('INPUT_IMAGE_UNPLACED')).toMatch(/^owner {4}add a row to extractors in the configuration: group, resource and the place as images/m);
    const obeyed = await after.validate(meese);
    expect(obeyed.allowed, obeyed.status?.message).toBe(true);
  });
});
