/** The rights over the record of signed policies, as they are written; what the guard does is asked of a real API server (test/cluster/suites/guard.test.ts). */
import { expect, test } from 'vitest';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { RECORD_KEY } from '../../../src/wiring/signed/record.ts';
import { documentsOf, only, read } from './support.ts';

const RECORD = 'gatehouse-policy-record';
const documents = documentsOf('deploy/signed-policies/record.yaml');
const rights = (name: string): unknown => only(documents, 'Role', name).at('rules').value;
const subjects = (name: string): string[] => only(documents, 'RoleBinding', name).at('subjects').list().map((one) => one.at('name').text());

test('replicas read one Secret, the controller updates it, nobody makes or deletes it', () => {
  const one = { apiGroups: [''], resources: ['secrets'], resourceNames: [RECORD] };
  expect([rights(RECORD), subjects(RECORD)]).toEqual([[{ ...one, verbs: ['get'] }], ['gatehouse', 'gatehouse-controller']]);
  expect([rights(`${RECORD}-writer`), subjects(`${RECORD}-writer`)]).toEqual([[{ ...one, verbs: ['update'] }], ['gatehouse-controller']]);
  expect(documents).toHaveLength(4);
});

test('the guard lets the controller alone update it, and cert-manager neither it nor its key', () => {
  const variable = (name: string): string => only(documentsOf('deploy/manifests/guard.yaml'), 'ValidatingAdmissionPolicy', 'gatehouse-guard')
    .at('spec', 'variables').list().find((one) => one.at('name').value === name)?.at('expression').text() ?? '';
  expect(variable('raisesRecord')).toMatch(new RegExp(`gatehouse-controller'\\s+&& variables.name == '${RECORD}' && request.operation == 'UPDATE'`));
  expect(variable('issuesCertificates')).toContain(`'${RECORD}', '${RECORD}-key'`);
});

test('the page says what is shipped: names, mounts, and a configuration that is one', () => {
  const page = read('docs/operate/signed-policies.md');
  const config = /```yaml\n(policySignatures:\n  signers: \[\/etc\/gatehouse\/config[^`]+)```/.exec(page)?.[1] ?? '';
  const written = checkConfig(config, '/etc/gatehouse/config/config.yaml');
  if (!written.ok) throw new Error(JSON.stringify(written.problems));
  const { policySignatures, controller } = written.config;
  expect(policySignatures?.record).toEqual({ secret: `gatehouse-system/${RECORD}`, publicKey: '/etc/gatehouse/config/record.pub' });
  for (const name of [RECORD, `${RECORD}-key`]) expect(page).toContain(`create secret generic ${name} `);
  expect(page).toContain(`--from-file=${RECORD_KEY}\n`);
  const pod = only(documentsOf('deploy/controller/controller.yaml'), 'Deployment').at('spec', 'template', 'spec');
  const mount = pod.at('containers', 0, 'volumeMounts').list().map((one) => one.value as { name: string; mountPath: string }).find(({ name }) => name === 'policy-record-key');
  expect(controller.recordKey).toBe(`${mount?.mountPath}/record.pem`);
  expect(pod.at('volumes').list().map((one) => one.value)).toContainEqual({ name: 'policy-record-key', secret: { secretName: `${RECORD}-key`, optional: true, defaultMode: 440 } });
});

test.each([
  ['without a record', 'controller: {recordKey: /k.pem}\n', false],
  ['beside a key that every replica has', 'policySignatures: {signers: [/s.yaml], record: {file: /r.json, key: /k.pem}}\ncontroller: {recordKey: /k.pem}\n', false],
  ['with the public key for replicas', 'policySignatures: {signers: [/s.yaml], record: {file: /r.json, publicKey: /k.pub}}\ncontroller: {recordKey: /k.pem}\n', true],
])('controller.recordKey %s', (_, text, taken) => {
  const read_ = checkConfig(text, '/etc/gatehouse/config.yaml');
  expect([read_.ok, read_.ok ? [] : read_.problems.map(({ path }) => path)]).toEqual([taken, taken ? [] : ['controller.recordKey']]);
});
