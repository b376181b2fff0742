import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKubeApi } from '../../../src/cluster/api.ts';
import { createPullSecrets } from '../../../src/cluster/pull-secrets.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import type { DockerAuths } from '../../../src/domain/artifact/registry.ts';
import { onBehalfOf } from '../../../src/flow/asker.ts';
import { until } from '../../support/patience.ts';
import { FakeKube } from '../platform/support/kube-server.ts';

const ANY = new AbortController().signal;
let kube: FakeKube;
beforeEach(async () => { kube = await new FakeKube().start(); });
afterEach(() => kube.stop());

/** Keys of the config, so that a test sees which secret was read. */
function readAuths(text: string): DockerAuths | undefined {
  const { auths } = JSON.parse(text) as { auths?: Record<string, { username?: string }> };
  return auths === undefined ? undefined : { auths: new Map(Object.entries(auths)), credHelpers: new Map() };
}

const open = (ttlMs = 60_000, clock?: Clock) => createPullSecrets(createKubeApi({ server: `http://127.0.0.1:${kube.port}`, options: () => Promise.resolve({}) }), { readAuths, ttlMs, ...(clock === undefined ? {} : { clock }) });
const secret = (host: string, field = '.dockerconfigjson') => {
  const auths = { [host]: { username: 'u', password: 'hunter2' } };
  const text = JSON.stringify(field === '.dockercfg' ? auths : { auths });
  return { status: 200, body: { kind: 'Secret', data: { [field]: Buffer.from(text).toString('base64') } } };
};
const at = (path: string): string => `/api/v1/namespaces/team/${path}`;

describe('S3: many secrets of one tenant', () => {
  it.each([['team', 200], ['evil', 200], ['team', 1]])('S3: do not keep the API server from answering others: %s, behind %i pods', async (namespace, pods) => {
    const held: (() => void)[] = [];
    let most = 0;
    const get = (path: string) => new Promise<{ status: number; body: unknown }>((resolve) => {
      const answer = (): void => resolve({ status: path.includes('/serviceaccounts/') ? 200 : 404, body: {} });
      if (!path.includes('/evil/secrets/')) return answer();
      most = Math.max(most, held.push(answer));
    });
    const secrets = createPullSecrets({ get, watch: () => Promise.resolve() }, { readAuths });
    const by = (name: string, pullSecrets: readonly string[], signal = ANY) => onBehalfOf({ namespace: name, caller: 'somebody' }, () => secrets.read({ namespace: name, serviceAccount: '', pullSecrets }, signal));
    const flood = Array.from({ length: pods }, (_, pod) => by('evil', Array.from({ length: 32 }, (__, index) => `s-${pod}-${index}`)));
    await until(() => held.length >= 24);
    const asked = by(namespace, ['mine'], AbortSignal.timeout(namespace === 'team' ? 60_000 : 50));
    expect((await asked).problems[0]?.cause).toBe(namespace === 'team' ? 'it does not exist' : 'time ran out');
    expect(most).toBe(24);
    const done = Promise.all(flood);
    while (held.length > 0 || !(await Promise.race([done.then(() => true), new Promise((next) => setImmediate(next, false))]))) for (const answer of held.splice(0)) answer();
  });
});

describe('pull secrets', () => {
  it('reads those of the service account and those of the pod, the pod\'s last', async () => {
    kube.objects.set(at('serviceaccounts/builder'), { status: 200, body: { imagePullSecrets: [{ name: 'of-account' }] } });
    kube.objects.set(at('secrets/of-account'), secret('one.example'));
    kube.objects.set(at('secrets/of-pod'), secret('two.example', '.dockercfg'));
    const { auths, problems } = await open().read({ namespace: 'team', serviceAccount: 'builder', pullSecrets: ['of-pod'] }, ANY);
    expect(auths.map(({ auths: map }) => [...map.keys()])).toEqual([['one.example'], ['two.example']]);
    expect(problems).toEqual([]);
  });

  it('asks once per minute and never serves one namespace from another', async () => {
    kube.objects.set(at('serviceaccounts/default'), { status: 200, body: {} });
    kube.objects.set(at('secrets/s'), secret('one.example'));
    const secrets = open();
    const scope = { namespace: 'team', serviceAccount: '', pullSecrets: ['s'] };
    await Promise.all([secrets.read(scope, ANY), secrets.read(scope, ANY)]);
    await secrets.read(scope, ANY);
    expect(kube.requests).toHaveLength(2);
    const other = await secrets.read({ ...scope, namespace: 'other' }, ANY);
    expect(other.auths).toEqual([]);
    expect(other.problems.map(({ code, source }) => `${code} ${source}`)).toContain('FETCH_CREDENTIALS secret other/s');
  });

  it.each([
    ['is not there', undefined, 'does not exist'],
    ['may not be read', { status: 403, body: {} }, 'may not read'],
    ['is of another type', { status: 200, body: { data: { password: 'aHVudGVyMg==' } } }, 'not of type'],
    ['holds no docker config', { status: 200, body: { data: { '.dockerconfigjson': Buffer.from('hunter2').toString('base64') } } }, 'not a docker config'],
  ])('names a secret that %s, and never its content', async (_name, object, cause) => {
    kube.objects.set(at('serviceaccounts/default'), { status: 200, body: {} });
    if (object !== undefined) kube.objects.set(at('secrets/s'), object);
    const { auths, problems } = await open().read({ namespace: 'team', serviceAccount: 'default', pullSecrets: ['s'] }, ANY);
    expect(auths).toEqual([]);
    expect(problems).toMatchObject([{ code: 'FETCH_CREDENTIALS', source: 'secret team/s' }]);
    expect(problems[0]?.cause).toContain(cause);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('M4: that a secret is not there is believed for seconds, what it holds for a minute', async () => {
    const time = { ms: 1000 };
    kube.objects.set(at('serviceaccounts/default'), { status: 200, body: {} });
    const secrets = open(60_000, { now: () => time.ms });
    const ask = () => secrets.read({ namespace: 'team', serviceAccount: 'default', pullSecrets: ['s'] }, ANY);
    expect((await ask()).problems).toHaveLength(1);
    kube.objects.set(at('secrets/s'), secret('one.example'));
    time.ms += 4000;
    expect((await ask()).problems).toHaveLength(1);
    time.ms += 2000;
    expect(await ask()).toMatchObject({ auths: [{}], problems: [] });
    kube.objects.delete(at('secrets/s'));
    time.ms += 54_000;
    expect((await ask()).auths).toHaveLength(1);
    time.ms += 7000;
    expect((await ask()).auths).toHaveLength(0);
  });

  it.each(['../../x', 'a/b', 'A', 'a\0', ''])('L11 asks for nothing when a name is %j', async (name) => {
    const { problems } = await open().read({ namespace: 'team', serviceAccount: 'default', pullSecrets: [name] }, ANY);
    expect(problems.some((problem) => problem.code === 'FETCH_CREDENTIALS')).toBe(true);
    expect(kube.requests.every((path) => path.endsWith('/serviceaccounts/default'))).toBe(true);
  });

  it('a caller that leaves gets an answer at once', async () => {
    const { problems } = await open().read({ namespace: 'team', serviceAccount: 'default', pullSecrets: [] }, AbortSignal.abort());
    expect(problems).toMatchObject([{ code: 'FETCH_CREDENTIALS' }]);
  });
});
