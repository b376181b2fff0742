import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { makeServingCertificate, serviceNames } from '../../../certs/authority.ts';
import type { ServingCertificate } from '../../../certs/authority.ts';
import { completeManifest } from '../../../certs/install-manifest.ts';
import { read, ROOT } from './support.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
let made: ServingCertificate;
beforeAll(async () => { made = await makeServingCertificate({ names: [...serviceNames('gatehouse', 'gatehouse-system'), '127.0.0.1'], days: 30, now: NOW }); });

const certs = (...args: readonly string[]): { code: number | null; out: string; err: string } => {
  const run = spawnSync(process.execPath, [join(ROOT, 'certs/make.ts'), ...args], { encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
};

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
  test('fills in the CA and puts the Secret before the Deployment that mounts it', () => {
    const shipped = read('deploy/manifests/install.yaml');
    const documents = parseAllDocuments(completeManifest(shipped, made, { name: 'gatehouse-tls', namespace: 'gatehouse-system' })).map((document) => document.toJS() as Record<string, never>);
    const kinds = documents.map((document) => document['kind']);
    expect(kinds.indexOf('Secret' as never)).toBe(kinds.indexOf('Deployment' as never) - 1);
    expect(kinds.length).toBe(parseAllDocuments(shipped).length + 1);
    const gate = documents.at(-1) as unknown as { webhooks: { clientConfig: { caBundle: string } }[] };
    expect(Buffer.from(gate.webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString()).toBe(made.ca);
    const secret = documents[kinds.indexOf('Secret' as never)] as unknown as { type: string; data: Record<string, string> };
    expect(secret.type).toBe('kubernetes.io/tls');
    expect(Buffer.from(secret.data['tls.key'] ?? '', 'base64').toString()).toBe(made.key);
  });
  test('another manifest is refused', () => {
    expect(() => completeManifest('kind: Deployment\n', made, { name: 's', namespace: 'n' })).toThrow(/shipped install.yaml/);
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
    expect(run.out).toContain('kubectl -n gatehouse-system create secret tls gatehouse-tls');
    expect(run.out).toContain('/webhooks/0/clientConfig/caBundle');
  });
  test('--also-trust keeps the previous authority in the bundle', () => {
    writeFileSync(join(folder, 'old.crt'), made.ca);
    const run = certs('--install', '--also-trust', join(folder, 'old.crt'));
    const bundle = Buffer.from(/caBundle: (\S+)/.exec(run.out)?.[1] ?? '', 'base64').toString();
    expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(bundle.endsWith(made.ca)).toBe(true);
  });
  test.each([
    [[]], [['--install', '--out', 'x']], [['--out', 'x', '--days', '0']], [['--out', 'x', '--days', 'many']], [['--install', '--namespace', 'other']], [['--nonsense']],
    [['--install', '--also-trust', 'does-not-exist.crt']],
  ])('%j is wrong usage: exit code 64, and what is wrong', (args) => {
    const run = certs(...args);
    expect(run.code).toBe(64);
    expect(run.err).toMatch(/^gatehouse certs: .+/);
    expect(run.out).toBe('');
  });
});
