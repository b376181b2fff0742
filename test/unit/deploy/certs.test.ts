import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { makeServingCertificate, serviceNames } from '../../../certs/authority.ts';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { completeManifest } from '../../../certs/install-manifest.ts';
import { documentsOf, read, ROOT } from './support.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
let made: ServingCertificate;
beforeAll(async () => { made = await makeServingCertificate({ names: [...serviceNames('gatehouse', 'gatehouse-system'), '127.0.0.1'], days: 30, now: NOW }); });

const certs = (...args: readonly string[]): { code: number | null; out: string; err: string } => {
  // No kubectl: a cluster that this machine happens to know is nobody's business here.
  const run = spawnSync(process.execPath, [join(ROOT, 'certs/make.ts'), ...args], { encoding: 'utf8', cwd: ROOT, env: { PATH: '/nonexistent' } });
  return { code: run.status, out: run.stdout, err: run.stderr };
};

describe('on a fresh clone', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  const named = [...new Set(pages.flatMap((page) => [...read(page).matchAll(/npm run (?:--silent )?([a-z:-]+)/g)].map((match) => match[1] ?? '')))];
  test('the pages name the commands of an installation', () => expect(named).toEqual(expect.arrayContaining(['certs', 'token', 'client-certificate'])));
  test.each(named)('npm run %s installs what is missing first, and says so on standard error alone', (name) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(scripts[name]).toBeDefined();
    expect(scripts[`pre${name}`]).toBe('node scripts/bootstrap.mjs');
    expect(read('scripts/bootstrap.mjs')).not.toMatch(/stdout\.write|console\.log|'inherit'/);
  });
});

describe('makeServingCertificate', () => {
  test('the certificate is issued under the authority, for the names asked for', () => {
    const [ca, leaf] = [new X509Certificate(made.ca), new X509Certificate(made.certificate)];
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.checkHost('gatehouse.gatehouse-system.svc')).toBeDefined();
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkHost('gatehouse.other.svc')).toBeUndefined();
  });
  test('validity: from a little before the present, for the days asked for', () => {
    const leaf = new X509Certificate(made.certificate);
    expect(leaf.validFromDate.getTime()).toBe(NOW - 5 * 60_000);
    expect(leaf.validToDate.getTime()).toBe(NOW + 30 * 86_400_000);
  });
  test('two calls share neither key nor authority', async () => {
    const other = await makeServingCertificate({ names: ['localhost'], days: 1, now: NOW });
    expect(new X509Certificate(other.certificate).verify(new X509Certificate(made.ca).publicKey)).toBe(false);
    expect(other.key).not.toBe(made.key);
  });
  test('no name is refused', async () => {
    await expect(makeServingCertificate({ names: [], days: 1, now: NOW })).rejects.toThrow(/at least one name/);
  });
  test('serves HTTPS to a client that trusts only the authority, and to no other', async () => {
    const serving = await makeServingCertificate({ names: ['localhost'], days: 1, now: Date.now() });
    const server = createServer({ cert: serving.certificate, key: serving.key }, (_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const ask = (ca: string): Promise<number | string> => new Promise((resolve) => {
      get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername: 'localhost', ca, agent: false }, (response) => { response.resume(); resolve(response.statusCode ?? 0); })
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    try {
      expect(await ask(serving.ca)).toBe(200);
      expect(await ask(made.ca)).not.toBe(200);
    } finally {
      server.close();
    }
  });
});

describe('completeManifest', () => {
  test('fills in the CA, changes nothing else, and brings no Secret', () => {
    const shipped = read('deploy/manifests/install.yaml');
    const objects = (text: string): Record<string, unknown>[] => parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
    const completed = objects(completeManifest(shipped, made.ca));
    const gate = completed.at(-1) as { webhooks: { clientConfig: { caBundle: string } }[] };
    expect(Buffer.from(gate.webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()).toBe(made.ca);
    expect(completed.slice(0, -1)).toEqual(objects(shipped).slice(0, -1));
  });
  test('every webhook gets it', () => {
    const placeholder = /^ *caBundle: .*$/m.exec(read('deploy/manifests/install.yaml'))?.[0] ?? '';
    expect(completeManifest(`a:\n${placeholder}\nb:\n${placeholder}\n`, made.ca).match(/caBundle: [A-Za-z0-9+/=]+$/gm)).toHaveLength(2);
  });
  test('another manifest is refused, and one that holds what an upgrade must not touch', () => {
    expect(() => completeManifest('kind: Deployment\n', made.ca)).toThrow(/shipped install.yaml/);
    expect(() => completeManifest(`${read('deploy/manifests/install.yaml')}---\nkind: ConfigMap\n`, made.ca)).toThrow(/no ConfigMap and no Secret/);
  });
});

describe('npm run certs', () => {
  let folder: string;
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'gatehouse-certs-')); });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('--out writes the files, the key for its owner only, and prints the commands', () => {
    const run = certs('--out', join(folder, 'a'), '--name', 'localhost');
    expect(run.code).toBe(0);
    expect(statSync(join(folder, 'a/tls.key')).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(readFileSync(join(folder, 'a/tls.crt'))).checkHost('localhost')).toBe('localhost');
    expect(run.out).toContain('kubectl -n gatehouse-system create secret generic gatehouse-tls');
  });
  test('--secret prints a Secret to be created, with the CA beside certificate and key', () => {
    const run = certs('--secret', '--name', 'localhost');
    expect(run.code).toBe(0);
    const secret = parse(run.out) as { kind: string; type: string; data: Record<string, string> };
    expect(secret).toMatchObject({ kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'gatehouse-tls', namespace: 'gatehouse-system' } });
    const [ca, leaf] = ['ca.crt', 'tls.crt'].map((name) => new X509Certificate(Buffer.from(secret.data[name] ?? '', 'base64')));
    expect(ca !== undefined && leaf?.verify(ca.publicKey)).toBe(true);
    expect(leaf?.checkHost('gatehouse.gatehouse-system.svc')).toBeDefined();
    expect(leaf?.checkHost('localhost')).toBe('localhost');
  });
  test('--install --ca prints what is applied: the manifest with this CA, and the guard', () => {
    writeFileSync(join(folder, 'own.crt'), made.ca);
    const run = certs('--install', '--ca', join(folder, 'own.crt'));
    expect(run.code).toBe(0);
    expect(Buffer.from(/caBundle: (\S+)/.exec(run.out)?.[1] ?? '', 'base64').toString()).toBe(made.ca);
    expect([...run.out.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1])).toEqual(
      ['install', 'guard'].flatMap((name) => documentsOf(`deploy/manifests/${name}.yaml`).map((document) => document.at('kind').text())));
  });
  test('S9: --install without a cluster makes no certificate up: it fails, and prints nothing to apply', () => {
    const run = certs('--install');
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/^gatehouse certs: kubectl/);
    expect(run.out).toBe('');
  });
  test.each([
    [[]], [['--install', '--out', 'x']], [['--secret', '--rotate']], [['--out', 'x', '--days', '0']], [['--out', 'x', '--days', 'many']], [['--install', '--namespace', 'other']],
    [['--nonsense']], [['--install', '--ca', 'does-not-exist.crt']], [['--install', '--ca', 'package.json']], [['--finish']], [['--secret', '--ca', 'package.json']], [['--rotate', '--wait', 'x']],
  ])('%j is wrong usage: exit code 64, and what is wrong', (args) => {
    const run = certs(...args);
    expect(run.code).toBe(64);
    expect(run.err).toMatch(/^gatehouse certs: .+/);
    expect(run.out).toBe('');
  });
});
