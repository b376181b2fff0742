import { describe, expect, test } from 'vitest';
import { DEFAULT_BUILD_SETTINGS } from '../../../../src/domain/build/settings.ts';
import { clusterOf, CONTROLLER } from '../../../support/pipelines.ts';
import { saying } from './support.ts';

const TRIGGERS = 'system:serviceaccount:ci:triggers';
const SPEC = { requesters: { serviceAccounts: ['ci/triggers'], groups: ['releasers'], users: ['alice'] } };
const OK = ['POLICY_SATISFIED'];
const NO = ['POLICY_REQUESTER'];
const IMAGE = 'ghcr.io/acme/go@sha256:0000000000000000000000000000000000000000000000000000000000000001';

const RUN = `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: build-7, namespace: ci, uid: r7}
spec: {pipelineRef: {name: build}}
`;
const owned = (kind: string, group = 'tekton.dev'): string => `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata:
  name: build-7-compile
  namespace: ci
  ownerReferences: [{apiVersion: ${group}/v1, kind: ${kind}, name: build-7, uid: r7, controller: true}]
spec: {taskRef: {name: compile}}
`;
const cron = (more: string): string => `
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: nightly, namespace: ci}
spec:
  schedule: "0 1 * * *"
  workflowSpec: {entrypoint: main, serviceAccountName: ${more}, templates: [{name: main, container: {image: "${IMAGE}"}}]}
`;
const TEMPLATE = `
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
metadata: {name: on-push, namespace: ci}
spec:
  resourcetemplates:
    - {apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {generateName: build-}, spec: {pipelineRef: {name: build}}}
`;
const judge = saying('requesters', SPEC, { cluster: clusterOf([RUN]) });

describe('requesters: who may start builds', () => {
  test.each<[string, string, readonly string[], readonly string[]]>([
    ['a service account that is named', TRIGGERS, [], OK],
    ['a user who is named', 'alice', [], OK],
    ['a member of a group that is named', 'bob', ['developers', 'releasers'], OK],
    ['somebody else', 'bob', ['developers'], NO],
    ['a service account of that name elsewhere', 'system:serviceaccount:other:triggers', ['system:serviceaccounts:other'], NO],
    ['a user whose name is that of the group', 'releasers', [], NO],
    ['a group whose name is that of a user', 'bob', ['alice'], NO],
    ['a name in another case', 'Alice', [], NO],
    ['nobody', '', ['releasers'], NO],
    ['the controller of the engine, for itself', CONTROLLER, [], NO],
  ])('%s', async (_, user, groups, expected) => expect(await judge(RUN, { user, groups })).toEqual(expected));

  test('present and empty: nobody may', async () => {
    expect(await saying('requesters', { requesters: {} })(RUN, { user: 'alice' })).toEqual(NO);
    expect(await saying('requesters', { hygiene: ['debug'] })(RUN, { user: 'alice' })).toEqual([]);
  });

  test('a dry run is asked the same', async () => {
    expect(await judge(RUN, { user: 'bob', dryRun: true })).toEqual(NO);
  });

  test('who changes a run that was started is not asked', async () => {
    expect(await judge(RUN, { user: 'bob', operation: 'UPDATE' })).toEqual([]);
  });
});

describe('requesters: what a controller makes for a run', () => {
  test.each<[string, string, string, readonly string[]]>([
    ['its own', owned('PipelineRun'), CONTROLLER, OK],
    ['claimed by somebody else', owned('PipelineRun'), 'bob', NO],
    ['claimed by an account whose name only begins so', owned('PipelineRun'), `${CONTROLLER}2`, NO],
    ['for what is no run', owned('Deployment', 'apps'), CONTROLLER, NO],
    ['for a kind of another group', owned('PipelineRun', 'tekton.example'), CONTROLLER, NO],
    ['by the controller of another engine', owned('Workflow', 'argoproj.io'), CONTROLLER, NO],
    ['by the controller of the engine that owns it', owned('BuildRun', 'shipwright.io'), 'system:serviceaccount:shipwright-build:shipwright-build-controller', OK],
  ])('%s', async (_, object, user, expected) => expect(await judge(object, { user })).toEqual(expected));
});

describe('requesters: a schedule starts builds later', () => {
  test.each<[string, string, Parameters<typeof judge>[1], readonly string[]]>([
    ['written by who may', cron('pipeline'), { user: 'alice' }, OK],
    ['written by somebody else', cron('pipeline'), { user: 'bob' }, NO],
    ['changed by somebody else', cron('pipeline'), { user: 'bob', operation: 'UPDATE', old: cron('other') }, NO],
    ['changed by its controller', cron('pipeline'), { user: 'system:serviceaccount:argo:argo', operation: 'UPDATE', old: cron('pipeline') }, OK],
    ['a template of triggers, by who may', TEMPLATE, { user: 'alice' }, OK],
    ['a template of triggers, by somebody else', TEMPLATE, { user: 'bob' }, NO],
  ])('%s', async (_, object, asking, expected) => expect(await judge(object, asking)).toEqual(expected));
});

test('requesters: a definition may be written by anybody, since it starts nothing', async () => {
  const task = `{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: t, namespace: ci}, spec: {steps: [{name: s, image: "${IMAGE}"}]}}`;
  expect(await judge(task, { user: 'bob' })).toEqual([]);
});

test('requesters: accounts of controllers are those of the configuration', async () => {
  const build = { ...DEFAULT_BUILD_SETTINGS, tekton: { ...DEFAULT_BUILD_SETTINGS.tekton, controllers: new Set(['other']) } };
  const other = saying('requesters', SPEC, { cluster: clusterOf([RUN]), build });
  expect([await other(owned('PipelineRun'), { user: CONTROLLER }), await other(owned('PipelineRun'), { user: 'other' })]).toEqual([NO, OK]);
});

test('requesters: of Shipwright', async () => {
  const buildRun = '{apiVersion: shipwright.io/v1beta1, kind: BuildRun, metadata: {name: b, namespace: ci}, spec: {build: {name: app}}}';
  expect([await judge(buildRun, { user: 'alice' }), await judge(buildRun, { user: 'bob' })]).toEqual([OK, NO]);
});
