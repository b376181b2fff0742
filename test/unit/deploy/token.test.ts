import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { nextStep, newToken, readTokens, usedToken, withToken, writeTokens } from '../../../certs/rotation.ts';
import { fingerprintOf, parseTokens } from '../../../src/platform/tokens.ts';
import { documentsOf, read, ROOT } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-token-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const KUBECTL = join(folder, 'kubectl');
/** A kubectl over one file: Secret, webhooks, pods and their metrics; it writes down how it was called. */
const FAKE = `#!${process.execPath}
const fs = require('node:fs');
const file = ${JSON.stringify(join(folder, 'cluster.json'))};
const cluster = JSON.parse(fs.readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
const stdin = args.includes('-') ? fs.readFileSync(0, 'utf8') : '';
cluster.calls.push({ args, stdin });
const say = (value) => { fs.writeFileSync(file, JSON.stringify(cluster)); process.stdout.write(typeof value === 'string' ? value : JSON.stringify(value)); };
const fail = (text) => { fs.writeFileSync(file, JSON.stringify(cluster)); process.stderr.write(text); process.exit(1); };
const raw = args[args.indexOf('--raw') + 1];
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
if (args.includes('get') && args.includes('--raw')) {
  const metrics = cluster.metrics[/pods\\/([^/]+):\\d+\\/proxy/.exec(raw)?.[1]];
  if (metrics === undefined) fail('not reachable'); else say(metrics);
} else if (args.includes('create') || args.includes('replace')) {
  const object = JSON.parse(stdin);
  // As the API server does: every segment of a Service's path is an RFC 1123 subdomain; in a URL it may be anything.
  const segments = (object.webhooks ?? []).flatMap(({ clientConfig }) => clientConfig.service?.path.split('/').slice(1) ?? []);
  const wrong = segments.find((segment) => !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(segment));
  if (cluster.fail?.[object.kind] !== undefined) fail(cluster.fail[object.kind] + stdin);
  else if (wrong !== undefined) fail('clientConfig.service.path: Invalid value: ' + wrong + ': a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters');
  else {
    // As kubectl does: a copy that is there is renewed, unless the object is sent as it is.
    if (args.includes('replace') && !args.includes('--raw') && object.metadata.annotations?.[APPLIED] !== undefined) object.metadata.annotations[APPLIED] = stdin;
    cluster[object.kind] = { ...object, metadata: { ...object.metadata, resourceVersion: String(Number(object.metadata.resourceVersion ?? 0) + 1) } }; say('ok'); }
} else if (args.includes('secret')) say(cluster.Secret ?? '');
else if (args.includes('validatingwebhookconfiguration')) say(cluster.ValidatingWebhookConfiguration);
else if (args.includes('pods')) say({ items: Object.keys(cluster.pods).map((name) => ({ metadata: { name } })) });
else fail('unknown command');
`;

interface Cluster {
  calls: { args: string[]; stdin: string }[];
  Secret?: { metadata: { annotations?: Record<string, string>; resourceVersion?: string }; data: Record<string, string> };
  ValidatingWebhookConfiguration: { webhooks: { name: string; clientConfig: { url?: string; service?: { path: string } } }[] };
  pods: Record<string, unknown>;
  metrics: Record<string, string>;
  fail?: Record<string, string>;
}

const load = (): Cluster => JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8')) as Cluster;
const save = (cluster: Cluster): void => writeFileSync(join(folder, 'cluster.json'), JSON.stringify(cluster));
const change = (edit: (cluster: Cluster) => void): void => { const cluster = load(); edit(cluster); save(cluster); };
const paths = (): string[] => load().ValidatingWebhookConfiguration.webhooks.map(({ clientConfig }) => clientConfig.url ?? clientConfig.service?.path ?? '');
const held = (): readonly { token: string; madeAt: string }[] => readTokens(Buffer.from(load().Secret?.data['tokens'] ?? '', 'base64').toString('utf8'));

function run(...args: string[]): { code: number | null; told: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'certs/token.ts'), ...args, '--kubectl', KUBECTL, '--wait', '0'], { encoding: 'utf8' });
  return { code: status, told: stdout + stderr };
}

beforeEach(() => {
  writeFileSync(KUBECTL, FAKE);
  chmodSync(KUBECTL, 0o755);
  const webhook = (clientConfig: object, name = 'validate.gatehouse.dev') => ({ name, clientConfig });
  save({
    calls: [], pods: {}, metrics: {},
    ValidatingWebhookConfiguration: {
      kind: 'ValidatingWebhookConfiguration', metadata: { name: 'gatehouse', resourceVersion: '1', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"path":"/validate"}' } },
      webhooks: [webhook({ service: { name: 'gatehouse', namespace: 'gatehouse-system', path: '/validate', port: 443 } }), webhook({ url: 'https://elsewhere.example/other' }, 'other')],
    } as never,
  });
});

describe('S7: npm run token', () => {
  test('rotates, finishes, and does nothing a second time', () => {
    expect(run('--rotate').code).toBe(0);
    const [first] = held();
    expect(held()).toHaveLength(1);
    expect(paths()).toEqual([`/validate/${first?.token}`, 'https://elsewhere.example/other']);

    expect(run('--rotate').code).toBe(0);
    const [second, beside] = held();
    expect([beside, second?.token === first?.token]).toEqual([first, false]);
    expect(paths()[0]).toBe(`/validate/${second?.token}`);

    expect(run('--rotate')).toMatchObject({ code: 0, told: expect.stringContaining('Rotated already') as string });
    expect(held()).toEqual([second, first]);
    expect(run('--finish').code).toBe(0);
    expect(held()).toEqual([second]);
    expect(run('--finish')).toMatchObject({ code: 0, told: expect.stringContaining('nothing to drop') as string });
    // What the server reads.
    expect(parseTokens(writeTokens(held()), 0).accept(second?.token ?? '')).toBe(true);
  });

  test('shows no token: not in what it prints, not in an argument, not by apply', () => {
    const told = [run('--rotate'), run('--rotate'), run('--status'), run('--finish'), run('--status')].map((one) => one.told).join('');
    const { calls } = load();
    const tokens = calls.flatMap(({ stdin }) => [...stdin.matchAll(/"tokens":"([^"]+)"/g)]).flatMap(([, data = '']) => readTokens(Buffer.from(data, 'base64').toString('utf8'))).map(({ token }) => token);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) {
      expect(told).not.toContain(token);
      expect(calls.flatMap(({ args }) => args).join(' ')).not.toContain(token);
      expect(told).toContain(fingerprintOf(token));
    }
    expect(calls.some(({ args }) => args.includes('apply') || args.includes('annotate'))).toBe(false);
    expect(JSON.stringify(load().ValidatingWebhookConfiguration)).toContain('"{\\"path\\":\\"/validate\\"}"');
  });

  test('a failure of kubectl is told without the token that it may repeat', () => {
    run('--rotate');
    change((cluster) => { cluster.fail = { ValidatingWebhookConfiguration: 'The ValidatingWebhookConfiguration is invalid: ' }; });
    const { code, told } = run('--rotate');
    expect(code).toBe(1);
    expect(told).toContain('<token>');
    for (const { token } of held()) expect(told).not.toContain(token);
    // The next run takes it up where it stopped, and makes no third token.
    const before = held();
    change((cluster) => { delete cluster.fail; });
    expect(run('--rotate').code).toBe(0);
    expect(held()).toEqual(before);
    expect(paths()[0]).toBe(`/validate/${before[0]?.token}`);
  });

  test.each<[string, (fingerprint: string) => string | undefined, number]>([
    ['a server that has it', (fingerprint) => `gatehouse_build_info 1\ngatehouse_path_token_age_seconds{place="newest",fingerprint="${fingerprint}"} 1\n`, 0],
    ['a server that has another', () => 'gatehouse_build_info 1\ngatehouse_path_token_age_seconds{place="newest",fingerprint="00000000"} 1\n', 1],
    ['a server that cannot be asked', () => undefined, 0],
  ])('switches only when no server is known to lack the token: %s', (_name, metrics, code) => {
    // A rotation that stopped before the switch.
    const [made, old] = [newToken(Date.now()), newToken(0)];
    change((cluster) => {
      cluster.Secret = { kind: 'Secret', metadata: {}, data: { tokens: Buffer.from(writeTokens([made, old])).toString('base64') } } as never;
      (cluster.ValidatingWebhookConfiguration.webhooks[0]?.clientConfig.service as { path: string }).path = `/validate/${old.token}`;
      cluster.pods = { 'gatehouse-1': {} };
      const answer = metrics(fingerprintOf(made.token));
      if (answer !== undefined) cluster.metrics['https:gatehouse-1'] = answer;
    });
    expect(run('--finish').code).toBe(1);
    expect(run('--rotate').code).toBe(code);
    expect(paths()[0]).toBe(`/validate/${code === 0 ? made.token : old.token}`);
    expect(held()).toEqual([made, old]);
  });

  test('after an apply that took the token out of the path, puts the same one back', () => {
    run('--rotate');
    const [token] = held();
    change((cluster) => { (cluster.ValidatingWebhookConfiguration.webhooks[0]?.clientConfig.service as { path: string }).path = '/validate'; });
    expect(run('--status').told).toContain('uses no token');
    expect(run('--rotate').code).toBe(0);
    expect(held()).toEqual([token]);
    expect(paths()[0]).toBe(`/validate/${token?.token}`);
  });

  test.each<[string, string | undefined, number]>([['nobody uses it', undefined, 1], ['an older one is used', newToken(0).token, 2]])(
    'S7: a token that the API server lets stand in no path is replaced by one that it does, and what is in use stays valid: %s', (_name, used, count) => {
      const refused = { token: 'AbC_dEf-GhIjKlMnOpQrStUvWxYz0123', madeAt: '2026-11-24T10:00:00Z' };
      const tokens = [refused, ...(used === undefined ? [] : [{ token: used, madeAt: '' }])];
      change((cluster) => {
        cluster.Secret = { kind: 'Secret', metadata: {}, data: { tokens: Buffer.from(writeTokens(tokens)).toString('base64') } } as never;
        (cluster.ValidatingWebhookConfiguration.webhooks[0]?.clientConfig.service as { path: string }).path = used === undefined ? '/validate' : `/validate/${used}`;
      });
      expect(run('--rotate')).toMatchObject({ code: 0 });
      expect(paths()[0]).toBe(`/validate/${held()[0]?.token}`);
      expect(held().map(({ token }) => token)).not.toContain(refused.token);
      expect(held()).toHaveLength(count);
      expect(held().at(-1)?.token === used).toBe(used !== undefined);
    },
  );

  test('S7: in the URL of a webhook such a token may stand, and stays valid while it is rotated', () => {
    const token = 'AbC_dEf-GhIjKlMnOpQrStUvWxYz0123';
    change((cluster) => {
      cluster.Secret = { kind: 'Secret', metadata: {}, data: { tokens: Buffer.from(writeTokens([{ token, madeAt: '' }])).toString('base64') } } as never;
      cluster.ValidatingWebhookConfiguration.webhooks = [{ name: 'validate.gatehouse.dev', clientConfig: { url: `https://10.0.0.1:8443/validate/${token}` } }];
    });
    expect(run('--rotate').code).toBe(0);
    expect(held().map((one) => one.token === token)).toEqual([false, true]);
  });

  test('takes away the copy that an apply of the Secret has left', () => {
    const old = newToken(0);
    change((cluster) => {
      cluster.Secret = { kind: 'Secret', metadata: { resourceVersion: '7', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': old.token, kept: 'yes' } }, data: { tokens: Buffer.from(writeTokens([old])).toString('base64') } } as never;
    });
    run('--rotate');
    run('--rotate');
    expect(load().Secret?.metadata.annotations).toEqual({ kept: 'yes' });
  });

  test.each([[29, 0], [31, 2]])('--status of a token of %s days ends with %s', (days, code) => {
    const token = newToken(Date.now() - days * 86_400_000);
    change((cluster) => { cluster.Secret = { kind: 'Secret', metadata: {}, data: { tokens: Buffer.from(writeTokens([token])).toString('base64') } } as never; });
    expect(run('--status').code).toBe(code);
  });

  test.each([[[]], [['--rotate', '--finish']], [['--rotate', '--wait', 'x']], [['--rotate', 'x']]])('wrong usage %j', (args) => {
    expect(spawnSync(process.execPath, [join(ROOT, 'certs/token.ts'), ...args]).status).toBe(64);
  });
});

describe('steps of a rotation', () => {
  const [a, b] = [newToken(0), newToken(1)];
  test.each<[string, Parameters<typeof nextStep>[0], ReturnType<typeof nextStep>]>([
    ['no token', { tokens: [], used: [undefined] }, { kind: 'make' }],
    ['one, in use', { tokens: [a], used: [a.token] }, { kind: 'make' }],
    ['one, not in use', { tokens: [a], used: [undefined] }, { kind: 'switch', to: a }],
    ['two, the older in use', { tokens: [b, a], used: [a.token] }, { kind: 'switch', to: b }],
    ['two, the newer in use', { tokens: [b, a], used: [b.token] }, { kind: 'done' }],
    ['one that no path of a service can hold, not in use', { tokens: [{ token: 'AbC_1', madeAt: '' }, a], used: [a.token] }, { kind: 'make' }],
    ['one that no path of a service can hold, in use by a URL', { tokens: [{ token: 'AbC_1', madeAt: '' }, a], used: ['AbC_1'] }, { kind: 'done' }],
    ['two, the newer in use by one of two webhooks', { tokens: [b, a], used: [b.token, a.token] }, { kind: 'switch', to: b }],
  ])('%s', (_name, state, step) => expect(nextStep(state)).toEqual(step));

  test.each([['/validate', '/validate/t'], ['/validate/old', '/validate/t'], ['https://h:8443/validate', 'https://h:8443/validate/t'], ['https://h/x/validate/old', 'https://h/x/validate/t'], ['/other', undefined], ['/validate/a/b', undefined]])('%s becomes %s', (path, expected) => {
    expect(withToken(path, 't')).toBe(expected);
    if (expected !== undefined) expect(usedToken(expected)).toBe('t');
  });
});

describe('S7 S8: ready files', () => {
  test('the API server\'s configuration leads to what it shows the shipped Service', () => {
    const [admission] = documentsOf('deploy/api-server/admission.yaml');
    const [webhooks] = documentsOf('deploy/api-server/webhooks.yaml');
    const plugin = admission?.at('plugins', 0);
    expect([plugin?.at('name').value, plugin?.at('configuration', 'kind').value]).toEqual(['ValidatingAdmissionWebhook', 'WebhookAdmissionConfiguration']);
    expect(plugin?.at('configuration', 'kubeConfigFile').text()).toMatch(/webhooks\.yaml$/);
    const service = documentsOf('deploy/manifests/install.yaml').find((one) => one.at('kind').value === 'ValidatingWebhookConfiguration')?.at('webhooks', 0, 'clientConfig', 'service');
    expect(webhooks?.at('users', 0, 'name').value).toBe(`${service?.at('name').text()}.${service?.at('namespace').text()}.svc`);
    expect(webhooks?.at('users', 0, 'user', 'client-key').text()).not.toBe('');
  });

  test('rights for decisions are in a file of their own, bind the server to reviews alone, and nobody to reading', () => {
    const documents = documentsOf('deploy/manifests/decisions-access.yaml');
    const rules = documents.flatMap((one) => one.at('rules').list().map((rule) => [one.at('metadata', 'name').value, rule.value]));
    expect(rules).toEqual([
      ['gatehouse-decisions-access', { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
      ['gatehouse-decisions-access', { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] }],
      ['gatehouse-decisions-reader', { apiGroups: ['gatehouse.dev'], resources: ['decisions'], verbs: ['get'] }],
    ]);
    expect(documents.filter((one) => one.at('kind').text().endsWith('Binding')).map((one) => one.at('roleRef', 'name').value)).toEqual(['gatehouse-decisions-access']);
    expect(read('deploy/manifests/install.yaml')).not.toMatch(/tokenreviews|subjectaccessreviews/);
  });

  test('no file that is shipped holds a token or switches decisions on', () => {
    for (const path of ['deploy/manifests/install.yaml', 'deploy/api-server/webhooks.yaml', 'deploy/imagepolicywebhook/kubeconfig.yaml']) {
      expect(read(path)).not.toMatch(/\/validate\/\S|^\s*token:\s*[A-Za-z0-9]/m);
    }
    expect(read('deploy/manifests/install.yaml')).not.toMatch(/decisions:\s*\n?\s*\{?\s*enabled: true/);
  });

  test('a client certificate is for clients, of the CA beside it, whose key is nowhere', () => {
    const out = join(folder, 'client');
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'certs/client.ts'), '--out', out], { encoding: 'utf8' });
    expect(status).toBe(0);
    const [ca, leaf] = ['client-ca.crt', 'client.crt'].map((name) => new X509Certificate(readFileSync(join(out, name))));
    expect(leaf?.verify(ca?.publicKey as never)).toBe(true);
    expect(leaf?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(leaf?.subject).toBe('CN=kube-apiserver');
    expect(readdirSync(out).sort()).toEqual(['client-ca.crt', 'client.crt', 'client.key']);
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(spawnSync(process.execPath, [join(ROOT, 'certs/client.ts')]).status).toBe(64);
  });
});
