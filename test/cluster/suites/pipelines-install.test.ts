/** The gate of pipelines is installed, upgraded, rotated and taken away as the page says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { commandsOf, installAsDocumented, shell } from '../installed.ts';

const PAGE = 'docs/operate/pipelines.md';
const INSTALL = commandsOf(PAGE, '## Install');
const UNINSTALL = commandsOf(PAGE, '## Uninstall');

describe('the documented installation of the gate of pipelines', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane();
    for (const name of ['tekton-pipelines', 'tekton-chains', 'ci']) await cluster.must(['create', 'namespace', name]);
    await installAsDocumented(cluster);
  }, 120_000);
  afterAll(() => cluster?.stop());
  const run = (command: string): ReturnType<typeof shell> => shell(command, cluster.kubeconfig);
  const bundles = async (name: string): Promise<string[]> =>
    (await cluster.must(['get', 'validatingwebhookconfiguration', name, '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}'])).split(' ');

  test('every line of the page runs without an error or a warning', async () => {
    expect(INSTALL.length).toBeGreaterThanOrEqual(4);
    for (const command of INSTALL) expect({ command, ...(await run(command)) }).toMatchObject({ command, code: 0, stderr: '' });
    const [gate = ''] = await bundles('gatehouse');
    const ofPipelines = await bundles('gatehouse-pipelines');
    expect([gate.length > 100, ofPipelines.length, new Set(ofPipelines)]).toEqual([true, 8, new Set([gate])]);
  });

  test('what the API server holds is what the files say, strictly read; a second time nothing changes', async () => {
    const all = 'npm run --silent certs -- --install --pipelines';
    expect(await run(`${all} | kubectl apply --validate=strict -f -`)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(`${all} | kubectl diff -f -`)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('kubectl diff -f deploy/pipelines/rbac.yaml -f deploy/pipelines/tekton-settings.yaml -f deploy/pipelines/guard.yaml')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('npm run --silent certs -- --pipelines')).toMatchObject({ code: 64 });
  });

  test('Gatehouse may read what it asks for, and nothing more', async () => {
    const may = async (...args: string[]): Promise<string> => (await cluster.kubectl(['auth', 'can-i', ...args, '--as=system:serviceaccount:gatehouse-system:gatehouse'])).stdout.trim();
    expect(await may('watch', 'networkpolicies.networking.k8s.io', '-A')).toBe('yes');
    expect(await may('list', 'pods', '-n', 'ci')).toBe('yes');
    expect(await may('get', 'configmaps/feature-flags', '-n', 'tekton-pipelines')).toBe('yes');
    expect(await may('get', 'configmaps/feature-flags', '-n', 'ci')).toBe('no');
    expect(await may('get', 'secrets', '-n', 'tekton-chains')).toBe('no');
    expect(await may('delete', 'networkpolicies.networking.k8s.io', '-n', 'ci')).toBe('no');
  });

  test('rotation has both gates trust the new CA, and the guard keeps others from touching either', async () => {
    const before = await bundles('gatehouse-pipelines');
    expect(await run('npm run --silent certs -- --rotate --wait 0')).toMatchObject({ code: 0 });
    const after = await bundles('gatehouse-pipelines');
    expect(after[0]).not.toBe(before[0]);
    expect(new Set(after)).toEqual(new Set(await bundles('gatehouse')));
    await cluster.must(['create', 'clusterrole', 'hooks', '--verb=*', '--resource=validatingwebhookconfigurations.admissionregistration.k8s.io']);
    await cluster.must(['create', 'clusterrolebinding', 'hooks', '--clusterrole=hooks', '--user=mallory']);
    const denied = await cluster.kubectl(['--as=mallory', 'delete', 'validatingwebhookconfiguration', 'gatehouse-pipelines']);
    expect([denied.code, denied.stderr]).toEqual([1, expect.stringContaining('belongs to Gatehouse')]);
  });

  test('with cert-manager: the overlay renders, and the API server takes it', async () => {
    const rendered = await run('kubectl kustomize deploy/cert-manager-pipelines');
    expect(rendered).toMatchObject({ code: 0, stderr: '' });
    expect(rendered.stdout).not.toContain('caBundle');
    expect(await run('kubectl kustomize deploy/cert-manager-pipelines | kubectl apply --dry-run=server --validate=strict -f -')).toMatchObject({ code: 0, stderr: '' });
  });

  test('taken away as documented, nothing of it is left', async () => {
    for (const command of UNINSTALL) expect({ command, ...(await run(command)) }).toMatchObject({ command, code: 0, stderr: '' });
    const left = await cluster.must(['get', 'validatingwebhookconfigurations,validatingadmissionpolicies,clusterroles,clusterrolebindings', '-o', 'name']);
    expect(left.split('\n').filter((name) => /gatehouse-(?:pipelines|factories)/.test(name))).toEqual([]);
  });
});
