/** S7: `npm run token` and `npm run certs -- --rotate` on the gate as it is shipped, which names a Service, with the guard in force. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { PRIVILEGED } from '../guard-acts.ts';
import { commandsOf, installAsDocumented, OWN, person, shell } from '../installed.ts';

const [UPGRADE = ''] = commandsOf('docs/operate/install.md', '## Upgrade');
const ROTATE = 'npm run --silent token -- --rotate --wait 0';
const FINISH = 'npm run --silent token -- --finish';

let cluster: ControlPlane;
let admin: string;
let pipeline: string;
let joe: string;

beforeAll(async () => {
  cluster = await startControlPlane();
  await installAsDocumented(cluster);
  await cluster.must(['apply', '-f', '-'], PRIVILEGED);
  admin = await person(cluster, 'admin', 'cluster-admin');
  pipeline = await person(cluster, 'pipeline', 'powerful', 'gatehouse-administrator');
  joe = await person(cluster, 'joe', 'powerful');
  await vi.waitFor(async () => expect((await shell('kubectl delete validatingwebhookconfiguration gatehouse --dry-run=server', joe)).stderr).toContain('gatehouse-guard'), { timeout: 20_000, interval: 200 });
});
afterAll(() => cluster?.stop());

const gate = (field: string): Promise<string> => cluster.must(['get', 'validatingwebhookconfiguration', 'gatehouse', '-o', `jsonpath={.webhooks[0].clientConfig.${field}}`]);
const path = (): Promise<string> => gate('service.path');
const secret = (): Promise<string> => cluster.must(['-n', OWN, 'get', 'secret', 'gatehouse-path-tokens', '--ignore-not-found', '-o', 'jsonpath={.data.tokens}']);
async function done(command: string, kubeconfig: string): Promise<string> {
  const run = await shell(command, kubeconfig);
  expect(run.code, `${command}\n${run.stdout}${run.stderr}`).toBe(0);
  return run.stdout + run.stderr;
}

describe('S7: a token in the path of the shipped gate', () => {
  test('S7: somebody who is no administrator makes none: the guard refuses', async () => {
    const run = await shell(ROTATE, joe);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("ValidatingAdmissionPolicy 'gatehouse-guard'");
    expect([await path(), await secret()]).toEqual(['/validate', '']);
  });

  test('S7: the API server takes the path that the command gives the gate; the Secret holds that token, and nobody is told it', async () => {
    const told = await done(ROTATE, admin);
    const token = (await path()).replace('/validate/', '');
    expect(token).toMatch(/^[0-9a-z]{22,64}$/);
    expect(Buffer.from(await secret(), 'base64').toString()).toContain(token);
    expect(told).not.toContain(token);
  });

  test.each([['an upgrade', [UPGRADE]], ['an emergency', ['kubectl delete validatingwebhookconfiguration gatehouse', UPGRADE]]])('S7: after %s the same token is put back', async (_what, commands) => {
    const [before, held] = [await path(), await secret()];
    for (const command of commands) await done(command, admin);
    expect([await path(), await secret()]).toEqual(['/validate', held]);
    await done(ROTATE, pipeline);
    expect([await path(), await secret()]).toEqual([before, held]);
  });

  test('S7: a pipeline that is administrator rotates and finishes; the CA stays', async () => {
    const [before, bundle] = [await path(), await gate('caBundle')];
    await done(ROTATE, pipeline);
    expect(await path()).not.toBe(before);
    await done(FINISH, pipeline);
    const left = Buffer.from(await secret(), 'base64').toString().trim().split('\n').map((line) => line.split(' ')[0]);
    expect(left).toEqual([(await path()).replace('/validate/', '')]);
    expect(await gate('caBundle')).toBe(bundle);
  });

  test.each([['the admin', () => admin], ['a pipeline that is administrator', () => pipeline]])('S9: %s rotates the certificate; the token stays', async (_who, kubeconfig) => {
    const [before, bundle] = [await path(), await gate('caBundle')];
    await done('npm run --silent certs -- --rotate --wait 0', kubeconfig());
    await done('npm run --silent certs -- --rotate --finish --wait 0', kubeconfig());
    expect(await path()).toBe(before);
    expect(await gate('caBundle')).not.toBe(bundle);
  });

  test('S9: somebody who is no administrator rotates no certificate', async () => {
    const bundle = await gate('caBundle');
    const run = await shell('npm run --silent certs -- --rotate --wait 0', joe);
    expect([run.code, run.stderr.includes('gatehouse-guard')]).toEqual([1, true]);
    expect(await gate('caBundle')).toBe(bundle);
  });
});
