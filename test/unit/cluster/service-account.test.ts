import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serviceAccountAccess } from '../../../src/cluster/service-account.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-account-'));
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(join(folder, 'ca.crt'), 'the CA');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the service account of the pod', () => {
  test('gives server, CA and token as the kubelet mounts them', async () => {
    const access = await serviceAccountAccess({ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }, folder);
    expect(access.server).toBe('https://10.0.0.1:6443');
    expect(await access.options()).toEqual({ ca: 'the CA', headers: { authorization: 'Bearer first' } });
  });

  test('an IPv6 address stands in brackets', async () => {
    expect((await serviceAccountAccess({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder)).server).toBe('https://[fd00::1]:443');
  });

  test('a renewed token is used with the next request', async () => {
    const access = await serviceAccountAccess({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, folder);
    writeFileSync(join(folder, 'token'), 'second');
    expect((await access.options()).headers).toEqual({ authorization: 'Bearer second' });
  });

  test.each(['token', 'ca.crt'])('without %s it says so at once', async (name) => {
    rmSync(join(folder, name));
    await expect(serviceAccountAccess({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, folder)).rejects.toThrow(/service account of the pod: ENOENT/);
  });

  test('outside a pod it says so', async () => {
    await expect(serviceAccountAccess({}, folder)).rejects.toThrow(/KUBERNETES_SERVICE_HOST is not set/);
  });
});
