// `receipts: required`: a TaskRun is denied unless what its parameters carry has receipts of the gate, for that digest and that run.
import { describe, expect, test } from 'vitest';
import type { AskedArtifact } from '../../../../../src/intake/gate-artifacts.ts';
import { orderOf } from '../../../../../src/surfaces/gate/orders.ts';
import type { ReceiptOrder } from '../../../../../src/domain/gate/receipt.ts';
import type { Json } from '../../../../support/pipelines.ts';
import { clusterOf, CONTROLLER } from '../../../../support/pipelines.ts';
import { file, HOUR, keyPair, NOW, resigned, scene, textOf, VERIFIER } from '../../../vouch/support.ts';
import { pod } from '../jail/support.ts';
import { artifactPolicy, gateOf, OF_RUN, PIN } from '../questions.ts';
import { pipelinePolicy, said } from '../support.ts';

const OTHER = `sha256:${'2'.repeat(64)}`;
const COMMIT = 'c'.repeat(40);
const KEY = keyPair();
const POLICIES = [artifactPolicy(), pipelinePolicy({ receipts: 'required', images: { unpinned: 'allow' } })];
const BASE: AskedArtifact = { kind: 'image', uri: `ghcr.io/acme/base@${PIN}` };
const LIB: AskedArtifact = { kind: 'image', uri: `ghcr.io/acme/lib@${OTHER}`, usedAs: 'baseImage' };

const run = (uid = 'run-1', name = 'release'): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name, namespace: 'ci', uid }, spec: { pipelineRef: { name: 'p' } } });
const task = (params: readonly Json[] = []): Json => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'build', namespace: 'ci' }, spec: { params, steps: [{ name: 's', image: 'x' }] } });
/** A TaskRun as the controller makes it for the run. */
function taskRun(params: Readonly<Record<string, unknown>>, { owner = { name: 'release', uid: 'run-1' }, spec = { taskRef: { name: 'build' } } }: { owner?: { name: string; uid: string } | null; spec?: Json } = {}): Json {
  return {
    apiVersion: 'tekton.dev/v1', kind: 'TaskRun',
    metadata: {
      name: 'release-build', namespace: 'ci', labels: { 'tekton.dev/pipelineTask': 'build' },
      ...(owner === null ? {} : { ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', controller: true, ...owner }] }),
    },
    spec: { ...spec, params: Object.entries(params).map(([name, value]) => ({ name, value })) },
  };
}

const receipts = scene([file('k.pem', KEY.pem)]);
const ports = { receipts: receipts.reader, clock: { now: () => receipts.time } };
const cluster = (...more: readonly Json[]) => clusterOf([run(), task(), ...more]);
const gate = (policies = POLICIES, objects: readonly Json[] = []) => gateOf(policies, { cluster: cluster(...objects), ports });

/** The receipt that the gate gives for these, in this run. */
async function receiptFor(artifacts: readonly AskedArtifact[], more: Partial<ReceiptOrder> = {}, policies = POLICIES): Promise<string> {
  const decision = await gate(policies).ask(artifacts, { run: OF_RUN });
  const order = orderOf(decision, decision.artifacts, { caller: 'system:serviceaccount:ci:fetcher', uid: 'run-1' });
  if (decision.outcome !== 'admit' || order === undefined) throw new Error(JSON.stringify(decision.findings));
  return textOf(receipts, { ...order, at: receipts.time, ...more });
}

async function codes(it: Json, policies = POLICIES, objects: readonly Json[] = [], user = CONTROLLER): Promise<string[]> {
  return said(await gate(policies, objects).make(it, { user }), 'receipts');
}
const AT = 'spec.params[0]';
const HOLDS = ['POLICY_SATISFIED'];

describe('receipts: required', () => {
  test('receipts: the receipt beside the digest, for that digest and run, is let through; without it the task is denied', async () => {
    const receipt = await receiptFor([BASE]);
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base', BASE_RECEIPT: receipt }))).toEqual(HOLDS);
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base' }))).toEqual([`POLICY_RECEIPT_MISSING ${AT}`]);
    expect(await codes(taskRun({ name: 'x' }))).toEqual([]);
    expect(await codes(taskRun({ BASE_DIGEST: PIN }), [artifactPolicy(), pipelinePolicy({ receipts: 'off' })])).toEqual([]);
  });

  test('receipts: a TaskRun that is written anew before it starts is judged again; what else is written is not', async () => {
    const receipt = await receiptFor([BASE]);
    const params = { BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base', BASE_RECEIPT: receipt };
    const updated = async (old: Json, it: Json, user = CONTROLLER): Promise<string[]> =>
      said(await gate().make(it, { user, operation: 'UPDATE', old }), 'receipts');
    const [good, evil] = [taskRun(params), taskRun({ ...params, BASE_DIGEST: OTHER })];
    expect(await updated(good, evil)).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect(await updated(evil, good)).toEqual(HOLDS);
    // Whoever is not the engine writes for no run.
    expect(await updated(evil, good, 'alice')).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
    const marked = { ...evil, metadata: { ...(evil['metadata'] as Json), finalizers: ['chains.tekton.dev/x'] } };
    expect(await updated(evil, marked)).toEqual([]);
    expect(await updated(evil, { ...evil, spec: { ...(evil['spec'] as Json), status: 'TaskRunCancelled' } })).toEqual([]);
  });

  test('receipts: also objects, trusted artifacts in lists, sources', async () => {
    const receipt = await receiptFor([BASE]);
    const source = await receiptFor([{ kind: 'git', uri: `git+https://git.test/acme/app@${COMMIT}` }]);
    expect(await codes(taskRun({ BASE_ARTIFACT_INPUTS: { uri: 'ghcr.io/acme/base', digest: PIN, receipt } }))).toEqual(HOLDS);
    expect(await codes(taskRun({ BASE_ARTIFACT_INPUTS: { uri: 'ghcr.io/acme/base', digest: PIN } }))).toEqual([`POLICY_RECEIPT_MISSING ${AT}`]);
    expect(await codes(taskRun({ FILES: [`oci:ghcr.io/acme/base@${PIN}=/work`], FILES_RECEIPT: [receipt] }))).toEqual(HOLDS);
    expect(await codes(taskRun({ FILES: [`oci:ghcr.io/acme/base@${PIN}=/work`, `oci:ghcr.io/acme/base@${OTHER}`], FILES_RECEIPT: [receipt] }))).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect(await codes(taskRun({ 'CHAINS-GIT_COMMIT': COMMIT, 'CHAINS-GIT_URL': 'https://git.test/acme/app.git', 'CHAINS-GIT_RECEIPT': source }))).toEqual(HOLDS);
    expect(await codes(taskRun({ 'CHAINS-GIT_COMMIT': COMMIT, 'CHAINS-GIT_URL': 'https://git.test/evil/app', 'CHAINS-GIT_RECEIPT': source }))).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
  });

  test.each<[string, string, string, string[]]>([
    ['an image, beside an image', 'oci://ghcr.io/acme/base', 'ghcr.io/acme/base', HOLDS],
    ['an image, beside a mirror of it', 'oci://ghcr.io/acme/base', 'mirror.test:5000/acme/base', HOLDS],
    ['a file of the same bytes, beside an image', 'base.tgz', 'ghcr.io/acme/base', [`POLICY_RECEIPT_DIGEST ${AT}`]],
    ['a file that is called as the image is', 'ghcr.io/acme/base', 'ghcr.io/acme/base', [`POLICY_RECEIPT_DIGEST ${AT}`]],
    ['a file, beside an address of the OCI scheme', 'base', 'oci://base', [`POLICY_RECEIPT_DIGEST ${AT}`]],
    ['a package of the same bytes, beside an image', 'pkg:npm/left-pad@1.3.0', 'localhost/acme/base', [`POLICY_RECEIPT_DIGEST ${AT}`]],
  ])('receipts: for %s', async (_what, resource, url, expected) => {
    const receipt = await receiptFor([BASE], { resource, subjects: [{ name: resource, digest: PIN }] });
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_URL: url, BASE_RECEIPT: receipt }))).toEqual(expected);
  });

  test('receipts: a receipt for a file beside the URL of a file is none of another kind', async () => {
    const receipt = await receiptFor([BASE], { resource: 'base.tgz', subjects: [{ name: 'base.tgz', digest: PIN }] });
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_URL: 'https://files.test/base.tgz', BASE_RECEIPT: receipt }))).not.toContain(`POLICY_RECEIPT_DIGEST ${AT}`);
  });

  test('receipts: each attack is refused by its own code', async () => {
    const receipt = await receiptFor([BASE]);
    const beside = (params: Readonly<Record<string, unknown>>, of = {}): Promise<string[]> => codes(taskRun({ BASE_DIGEST: PIN, ...params }, of));
    const stranger = scene([file('k.pem', keyPair().pem)]);
    const order: ReceiptOrder = {
      purpose: 'gate', id: 'ID', at: NOW, subjects: [{ name: 'oci://ghcr.io/acme/base', digest: PIN }], resource: 'oci://ghcr.io/acme/base',
      usage: 'baseImage', caller: 'system:serviceaccount:ci:fetcher', run: 'run-1', policies: 'ab'.repeat(32), inputs: [], levels: [],
    };
    const publish = textOf(receipts, { ...order, purpose: 'publish' });
    expect.soft(await beside({ BASE_RECEIPT: receipt })).toEqual(HOLDS);
    expect.soft(await beside({ BASE_RECEIPT: await receiptFor([BASE], { run: 'run-2' }) })).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: textOf(receipts, (({ run: _, ...rest }) => rest)(order)) })).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: await receiptFor([LIB]) })).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: await receiptFor([BASE], { usage: 'publish' }) })).toEqual([`POLICY_RECEIPT_USAGE ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: await receiptFor([BASE], { usage: 'definition' }) })).toEqual([`POLICY_RECEIPT_USAGE ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: publish })).toEqual([`POLICY_RECEIPT_PURPOSE ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: await receiptFor([BASE], { at: NOW - 7 * HOUR }) })).toEqual([`POLICY_RECEIPT_EXPIRED ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: textOf(stranger, order) })).toEqual([`VERIFY_RECEIPT_UNTRUSTED ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: receipt.replace(/"sig":"..../, '"sig":"AAAA') })).toEqual([`VERIFY_RECEIPT_INVALID ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: 'yes' })).toEqual([`VERIFY_RECEIPT_MALFORMED ${AT}`]);
    expect.soft(await beside({ OTHER_RECEIPT: receipt })).toEqual([`POLICY_RECEIPT_MISSING ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: receipt, base_receipt: receipt })).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect.soft(await beside({ BASE_RECEIPT: receipt, base_digest: OTHER })).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`, 'POLICY_RECEIPT_DIGEST spec.params[2]']);
    expect.soft(await beside({ BASE_RECEIPT: resigned(receipt, KEY, ({ subject }) => void subject.push({ digest: { sha256: OTHER.slice(7) } })) })).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect.soft(await codes(taskRun({ BASE_DIGEST: 'sha256:abc', BASE_RECEIPT: receipt }))).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect(VERIFIER).toContain('verifier');
  });

  test('receipts: one of another run is refused wherever the TaskRun belongs', async () => {
    const params = { BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE]) };
    expect(await codes(taskRun(params))).toEqual(HOLDS);
    expect(await codes(taskRun(params, { owner: { name: 'other', uid: 'run-2' } }), POLICIES, [run('run-2', 'other')])).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
    expect(await codes(taskRun(params, { owner: { name: 'release', uid: 'run-3' } }))).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
    expect(await codes(taskRun(params, { owner: null }))).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
    // Whoever claims the run by hand stands for himself.
    expect(await codes(taskRun(params), POLICIES, [], 'alice')).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
  });

  test('receipts: of pipelines in pipelines the outermost run counts, as for whoever asks', async () => {
    const inner = { ...run('run-9', 'inner'), metadata: { name: 'inner', namespace: 'ci', uid: 'run-9', ownerReferences: [{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', name: 'release', uid: 'run-1', controller: true }] } };
    const of = { owner: { name: 'inner', uid: 'run-9' } };
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE]) }, of), POLICIES, [inner])).toEqual(HOLDS);
    expect(await codes(taskRun({ BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE], { run: 'run-9' }) }, of), POLICIES, [inner])).toEqual([`POLICY_RECEIPT_RUN ${AT}`]);
  });

  test('receipts: defaults of the definition are artifacts too, and given values take their place', async () => {
    const receipt = await receiptFor([BASE]);
    const defaults = [{ name: 'BASE_DIGEST', default: OTHER }, { name: 'BASE_RECEIPT', default: receipt }];
    const inline = { taskSpec: { params: defaults, steps: [{ name: 's', image: 'x' }] } };
    expect(await codes(taskRun({}, { spec: inline }))).toEqual(['POLICY_RECEIPT_DIGEST spec.taskSpec.params[0]']);
    expect(await codes(taskRun({ BASE_DIGEST: PIN }, { spec: inline }))).toEqual(HOLDS);
    const stored = clusterOf([run(), task([{ name: 'BASE_DIGEST', default: PIN }])]);
    const judged = await gateOf(POLICIES, { cluster: stored, ports }).make(taskRun({}), { user: CONTROLLER });
    expect(said(judged, 'receipts')).toEqual(['POLICY_RECEIPT_MISSING spec.taskRef']);
  });

  test('receipts: the pod is judged by its live TaskRun, with what the engine fetched', async () => {
    const live = (params: Readonly<Record<string, unknown>>, status: Json = {}): Json => {
      const it = taskRun(params);
      return { ...it, metadata: { ...(it['metadata'] as Json), name: 'build-1', uid: 'uid-1' }, status };
    };
    const fetched = { taskSpec: { params: [{ name: 'LIB_DIGEST', default: OTHER }], steps: [{ name: 's', image: 'x' }] } };
    const params = { BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE]) };
    expect(await codes(pod(), POLICIES, [live(params)])).toEqual(HOLDS);
    expect(await codes(pod(), POLICIES, [live({ BASE_DIGEST: PIN })])).toEqual(['POLICY_RECEIPT_MISSING']);
    expect(await codes(pod(), POLICIES, [live(params, fetched)])).toEqual(['POLICY_RECEIPT_MISSING']);
    expect(await codes(pod(), POLICIES, [live({})])).toEqual([]);
    expect(await codes(pod(), POLICIES, [])).toEqual(['POLICY_OWNER metadata.ownerReferences[0]']);
  });

  test('receipts: one for a list is for the whole list', async () => {
    const receipt = await receiptFor([BASE, LIB]);
    const both = { BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base', BASE_RECEIPT: receipt, LIB_DIGEST: OTHER, LIB_URL: 'ghcr.io/acme/lib', LIB_RECEIPT: receipt };
    const { LIB_RECEIPT: _r, LIB_DIGEST: _d, ...one } = both;
    expect(await codes(taskRun(both))).toEqual(HOLDS);
    expect(await codes(taskRun(one))).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`]);
    expect(await codes(taskRun({ ...both, LIB_URL: 'ghcr.io/evil/lib' }))).toEqual([`POLICY_RECEIPT_DIGEST ${AT}`, 'POLICY_RECEIPT_DIGEST spec.params[3]']);
    const wider = { ...both, MORE_DIGEST: `sha256:${'3'.repeat(64)}`, MORE_URL: 'ghcr.io/acme/more', MORE_RECEIPT: receipt };
    expect((await codes(taskRun(wider))).map((code) => code.split(' ')[0])).toEqual(['POLICY_RECEIPT_DIGEST', 'POLICY_RECEIPT_DIGEST', 'POLICY_RECEIPT_DIGEST']);
  });

  test('receipts: of a list each has the use by which it was asked about', async () => {
    const source: AskedArtifact = { kind: 'git', uri: `git+https://git.test/acme/app@${COMMIT}` };
    const lib: AskedArtifact = { kind: 'package', uri: 'pkg:npm/left-pad@1.3.0', digest: OTHER };
    const receipt = await receiptFor([source, lib, BASE]);
    const all = {
      'CHAINS-GIT_COMMIT': COMMIT, 'CHAINS-GIT_URL': 'https://git.test/acme/app', 'CHAINS-GIT_RECEIPT': receipt,
      LIB_DIGEST: OTHER, LIB_URI: 'pkg:npm/left-pad@1.3.0', LIB_RECEIPT: receipt, BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base', BASE_RECEIPT: receipt,
    };
    expect(await codes(taskRun(all))).toEqual(HOLDS);
    const stricter = [artifactPolicy({ require: [{ name: 'signed', signature: { by: ['other-team'] } }] }), POLICIES[1] ?? ''];
    expect((await codes(taskRun(all), stricter))[0]).toBe(`VERIFY_SIGNER_UNTRUSTED ${AT}`);
    const asDependency = await receiptFor([{ ...source, usedAs: 'dependency' }, lib]);
    const { BASE_DIGEST: _d, BASE_URL: _u, BASE_RECEIPT: _r, ...two } = all;
    const params = { ...two, 'CHAINS-GIT_RECEIPT': asDependency, LIB_RECEIPT: asDependency };
    expect(await codes(taskRun(params))).toEqual([`POLICY_RECEIPT_USAGE ${AT}`]);
  });

  test('receipts: a list falls with each of its artifacts that is revoked', async () => {
    const receipt = await receiptFor([BASE, LIB]);
    const both = { BASE_DIGEST: PIN, BASE_URL: 'ghcr.io/acme/base', BASE_RECEIPT: receipt, LIB_DIGEST: OTHER, LIB_URL: 'ghcr.io/acme/lib', LIB_RECEIPT: receipt };
    const revoking = (digest: string): string[] => [...POLICIES, JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'RevocationList', metadata: { name: 'incident' }, spec: { revocations: [{ digest, reason: 'malware' }] } })];
    expect(await codes(taskRun(both), revoking(`sha256:${'9'.repeat(64)}`))).toEqual(HOLDS);
    expect(await codes(taskRun(both), revoking(OTHER))).toEqual([`POLICY_REVOKED ${AT}`, 'POLICY_REVOKED spec.params[3]']);
  });

  test('receipts: where policies have changed since, today\'s count', async () => {
    const params = { BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE]) };
    const stricter = [artifactPolicy({ require: [{ name: 'signed', signature: { by: ['other-team'] } }] }), POLICIES[1] ?? ''];
    const wider = [artifactPolicy({ artifacts: [{ image: 'ghcr.io/**' }, { image: 'quay.io/**' }] }), POLICIES[1] ?? ''];
    const gone = [artifactPolicy({ artifacts: [{ image: 'quay.io/**' }] }), POLICIES[1] ?? ''];
    expect(await codes(taskRun(params), stricter)).toEqual([`VERIFY_SIGNER_UNTRUSTED ${AT}`]);
    expect(await codes(taskRun(params), wider)).toEqual(HOLDS);
    expect(await codes(taskRun(params), gone)).toEqual([`SELECT_NO_POLICY ${AT}`]);
    // Nothing is looked up while the policies are the same; with others the artifact is.
    const [same, other] = [gate(), gate(wider)];
    await same.make(taskRun(params), { user: CONTROLLER });
    await other.make(taskRun(params), { user: CONTROLLER });
    expect([same.lookedUp.opened, other.lookedUp.opened].map((opened) => opened.filter((raw) => raw.includes('acme/base')).length)).toEqual([0, 1]);
    const audited = await gate(stricter).make(taskRun(params), { user: CONTROLLER });
    expect(audited.findings.find(({ requirement }) => requirement === 'receipts')?.cause).toContain('policies have changed');
  });

  test('receipts: without a reader of receipts nothing is known, which is no admission', async () => {
    const params = { BASE_DIGEST: PIN, BASE_RECEIPT: await receiptFor([BASE]) };
    const judged = await gateOf(POLICIES, { cluster: cluster() }).make(taskRun(params), { user: CONTROLLER });
    expect(judged.outcome).toBe('deny');
    expect(said(judged, 'receipts')).toEqual([`POLICY_FACT_UNKNOWN ${AT}`]);
  });
});
