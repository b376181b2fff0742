/** What is shipped for policies as resources, as it is written; what it does is asked of a real API server (test/cluster/suites/own-kinds.test.ts). */
import { describe, expect, test } from 'vitest';
import { MOST_POLICIES } from '../../../src/own/exception/rights.ts';
import { ownKindOf } from '../../../src/own/kinds.ts';
import type { ReviewRequest } from '../../../src/domain/decision/review.ts';
import { jsonSchemas } from '../../../src/policy/index.ts';
import { completeManifest } from '../../../certs/install-manifest.ts';
import { GATES } from '../../../certs/kubectl.ts';
import { readOptions } from '../../../certs/options.ts';
import { documentsOf, only, read } from './support.ts';
import type { Node } from './support.ts';

const FOLDER = 'deploy/resources';
const [webhook] = documentsOf(`${FOLDER}/webhook.yaml`);
const roles = documentsOf(`${FOLDER}/roles.yaml`);
const kindOf = (resource: string, subResource = ''): string | undefined =>
  ownKindOf({ surface: 'webhook', resource: { group: 'gatehouse.dev', version: 'v1alpha1', resource }, subResource } as ReviewRequest);
const texts = (node: Node | undefined): readonly string[] => (node?.list() ?? []).map((one) => one.text());

describe('the webhook', () => {
  const [first, ...others] = webhook?.at('webhooks').list() ?? [];
  test('asks about every kind, created, changed and deleted, and lets through what nobody answers', () => {
    expect(others).toEqual([]);
    expect([first?.at('failurePolicy').value, first?.at('matchPolicy').value, first?.at('sideEffects').value]).toEqual(['Ignore', 'Equivalent', 'None']);
    expect(Number(first?.at('timeoutSeconds').value)).toBeLessThanOrEqual(10);
    const [rule, ...more] = first?.at('rules').list() ?? [];
    expect(more).toEqual([]);
    expect([texts(rule?.at('apiGroups')), texts(rule?.at('operations')), rule?.at('scope').value]).toEqual([['gatehouse.dev'], ['CREATE', 'UPDATE', 'DELETE'], '*']);
    const kinds = texts(rule?.at('resources')).map((resource) => kindOf(resource));
    expect(kinds.toSorted()).toEqual(jsonSchemas().kinds.filter((kind) => kind !== 'PolicyTest').toSorted());
    expect(first?.at('namespaceSelector').value).toBeUndefined();
  });
  test('certs prints it with its CA, and a CA that is rotated is rotated in it', () => {
    expect(readOptions(['--install', '--resources'])?.resources).toBe(true);
    expect(readOptions(['--install'])?.resources).toBe(false);
    expect(() => readOptions(['--secret', '--resources'])).toThrow('--resources goes with --install');
    expect(completeManifest(read(`${FOLDER}/webhook.yaml`), 'PEM')).not.toMatch(/<filled in by/);
    expect(GATES.map(({ name }) => name)).toContain('gatehouse-resources');
  });
  test('a status is nobody’s document, and no other resource is ours', () => {
    expect([kindOf('signers', 'status'), kindOf('gates'), kindOf('constructor')]).toEqual([undefined, undefined, undefined]);
  });
});

describe('inside the API server', () => {
  const validations = only(documentsOf(`${FOLDER}/four-eyes.yaml`), 'ValidatingAdmissionPolicy').at('spec', 'validations').list().map((one) => one.at('expression').text());
  test('there is a right asked for each policy that an exception may name, and one policy more is refused', () => {
    expect(validations.filter((text) => text.includes("check('exempt')"))).toHaveLength(MOST_POLICIES);
    for (let index = 0; index < MOST_POLICIES; index += 1) expect(validations.filter((text) => text.includes(`names.size() <= ${index} ||`) && text.includes(`names[${index}]`))).toHaveLength(1);
    expect(validations.filter((text) => text.includes(`names.size() <= ${MOST_POLICIES})`))).toHaveLength(1);
  });
  test.each(['four-eyes', 'administrators'])('%s fails closed and denies', (name) => {
    const documents = documentsOf(`${FOLDER}/${name}.yaml`);
    expect(only(documents, 'ValidatingAdmissionPolicy').at('spec', 'failurePolicy').value).toBe('Fail');
    expect(only(documents, 'ValidatingAdmissionPolicyBinding').at('spec', 'validationActions').value).toEqual(['Deny']);
  });
});

describe('roles', () => {
  const rights = (name: string): readonly string[] => only(roles, 'ClusterRole', name).at('rules').list().flatMap((rule) =>
    texts(rule.at('resources')).flatMap((resource) => texts(rule.at('verbs')).map((verb) => `${verb} ${resource}`)));
  const writes = (all: readonly string[]): readonly string[] => all.filter((one) => !/^(?:get|list|watch) /.test(one));
  test('who writes in a namespace writes ArtifactPolicies and nothing else, and nobody writes a status', () => {
    expect(new Set(rights('gatehouse-author').map((one) => one.split(' ')[1]))).toEqual(new Set(['artifactpolicies', 'artifactpolicies/status']));
    for (const role of ['gatehouse-author', 'gatehouse-viewer', 'gatehouse-author-viewer', 'gatehouse-security-admin'])
      expect(writes(rights(role)).filter((one) => one.endsWith('/status'))).toEqual([]);
    expect([...writes(rights('gatehouse-viewer')), ...writes(rights('gatehouse-author-viewer'))]).toEqual([]);
  });
  test('the right to except comes with no role of Kubernetes', () => {
    const aggregated = roles.filter((role) => JSON.stringify(role.at('metadata', 'labels').value).includes('aggregate-to'));
    expect(aggregated.map((role) => role.at('metadata', 'name').text())).toEqual(['gatehouse-author', 'gatehouse-author-viewer']);
    for (const role of aggregated) expect(JSON.stringify(role.value)).not.toMatch(/exempt|admissionexceptions|clusterartifactpolicies|"\*"/);
    expect(rights('gatehouse-security-admin')).toEqual(expect.arrayContaining(['exempt clusterartifactpolicies', 'exempt artifactpolicies']));
  });
});
