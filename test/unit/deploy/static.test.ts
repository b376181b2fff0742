// Gate and guard as files of the API server say what the shipped manifests say.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { staticPolicies, staticWebhooks } from '../../support/static-manifests.ts';

const FOLDER = '../../../deploy/api-server/static';
type Any = { kind: string; metadata: { name: string }; webhooks?: { clientConfig: object }[]; spec?: { paramKind?: object; policyName?: string; variables?: { name: string; expression: string }[] } };
const read = (text: string): Any[] => parseAllDocuments(text).map((one) => one.toJS() as Any);

test('the files are those made from the manifests (after a change: npx vitest run test/unit/deploy/static.test.ts -u)', async () => {
  await expect(staticWebhooks()).toMatchFileSnapshot(`${FOLDER}/validating-webhooks/gatehouse.yaml`);
  await expect(staticPolicies()).toMatchFileSnapshot(`${FOLDER}/validating-policies/gatehouse.yaml`);
});

test('they keep to what such files may be: names of their own, URLs, no parameters', () => {
  const [webhooks, policies] = [read(staticWebhooks()), read(staticPolicies())];
  for (const { metadata } of [...webhooks, ...policies]) expect(metadata.name).toMatch(/^gatehouse.*\.static\.k8s\.io$/);
  for (const { clientConfig } of webhooks.flatMap((one) => one.webhooks ?? [])) expect(Object.keys(clientConfig)).toEqual(['url', 'caBundle']);
  for (const { kind, spec } of policies) {
    expect(spec?.paramKind).toBeUndefined();
    if (kind === 'ValidatingAdmissionPolicyBinding') expect(policies.map(({ metadata }) => metadata.name)).toContain(spec?.policyName);
  }
  expect(policies.flatMap(({ spec }) => spec?.variables ?? []).filter(({ name, expression }) => name === 'ours' && expression.includes('validatingadmissionpolicybindings'))).toHaveLength(1);
  expect(readFileSync(new URL(`${FOLDER}/admission.yaml`, import.meta.url), 'utf8')).toContain('staticManifestsDir');
});
