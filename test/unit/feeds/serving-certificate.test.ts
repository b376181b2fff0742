import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { developmentCertificate } from '../../../src/platform/tls/development.ts';
import { openCertificate } from '../../../src/feeds/serving-certificate.ts';
import type { ServingCertificate } from '../../../src/feeds/serving-certificate.ts';
import { writeCertificate } from '../platform/support/certificates.ts';
import { until } from '../../support/patience.ts';

const closers: (() => void)[] = [];
afterEach(() => { for (const close of closers.splice(0)) close(); });

async function serving(pollMs = 50) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const first = await writeCertificate(files);
  const events: string[] = [];
  const certificate: ServingCertificate = await openCertificate(files, { loaded: ({ serial }) => void events.push(`loaded ${serial}`), refused: (problem) => void events.push(`refused ${problem}`) }, pollMs);
  const server: Server = createServer(certificate.current(), (_request, response) => response.end('ok'));
  certificate.attach(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => { certificate.close(); server.closeAllConnections(); server.close(); });
  const port = (server.address() as AddressInfo).port;
  return { files, first, events, port, certificate };
}

function servedSerial(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('serving certificate', () => {
  it('L09 R09 is replaced under load without a failed request, and new connections get the new one', async () => {
    const { files, port } = await serving();
    let stop = false;
    const failures: unknown[] = [];
    let count = 0;
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) {
        await new Promise<void>((done) => {
          const call = httpsRequest({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: count % 2 === 0 ? false : undefined }, (response) => {
            response.resume().on('end', () => { count += 1; done(); });
          });
          call.on('error', (cause) => { failures.push(cause); done(); });
          call.end();
        });
      }
    });
    for (let round = 0; round < 3; round += 1) {
      const next = await writeCertificate(files);
      const wanted = new X509Certificate(next.cert).serialNumber;
      await until(async () => (await servedSerial(port)) === wanted);
    }
    await until(() => count > 20);
    stop = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
  });

  it.each([
    ['is no certificate', (_old: string, files: { cert: string }) => writeFileSync(files.cert, 'nonsense')],
    ['belongs to another key', async (_old: string, files: { cert: string }) => writeFileSync(files.cert, (await developmentCertificate()).cert)],
    ['has expired', async (_old: string, files: { cert: string; key: string }) => {
      const old = await developmentCertificate([], Date.now() - 60 * 86_400_000);
      writeFileSync(files.key, old.key);
      writeFileSync(files.cert, old.cert);
    }],
  ])('keeps the old one when the new one %s, and says so', async (_name, breakIt) => {
    const { files, first, events, port, certificate } = await serving();
    const before = new X509Certificate(first.cert).serialNumber;
    await breakIt(first.cert, files);
    await until(() => events.some((event) => event.startsWith('refused')));
    await certificate.refresh();
    const refused = events.filter((event) => event.startsWith('refused')).length;
    await certificate.refresh();
    expect(events.filter((event) => event.startsWith('refused')).length).toBe(refused);
    expect(await servedSerial(port)).toBe(before);
    const next = await writeCertificate(files);
    await until(async () => (await servedSerial(port)) === new X509Certificate(next.cert).serialNumber);
  });

  it('throws when the first one cannot be used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    const opening = (): Promise<unknown> => openCertificate(files, { loaded: () => undefined, refused: () => undefined });
    await expect(opening()).rejects.toThrow(/tls\.(?:crt|key): file cannot be read \(ENOENT\)/);
    await writeCertificate(files);
    for (const [name, path] of [['tls.crt', files.cert], ['tls.key', files.key]] as const) {
      const good = readFileSync(path);
      writeFileSync(path, 'no PEM');
      await expect(opening()).rejects.toThrow(new RegExp(`${name}: expected .* in PEM`));
      writeFileSync(path, good);
    }
    writeFileSync(files.key, (await developmentCertificate()).key);
    await expect(opening()).rejects.toThrow(/tls\.key: .* does not belong .*tls\.crt/);
  });

  it.each([
    ['TLS 1.0', { maxVersion: 'TLSv1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-SHA256:AES128-SHA' }],
    ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
  ] as const)('L08 refuses %s', async (_name, options) => {
    const { port } = await serving();
    await expect(servedSerial(port, options)).rejects.toThrow(/alert|protocol|handshake|cipher/i);
  });

  it.each([
    ['TLS 1.2 with an AEAD cipher', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ] as const)('L08 accepts %s', async (_name, options) => {
    const { port } = await serving();
    await expect(servedSerial(port, options)).resolves.toMatch(/^[0-9A-F]+$/);
  });

  it('the development certificate is valid for the names given, and for no others', async () => {
    const { cert } = await developmentCertificate(['gatehouse.gatehouse.svc', '192.0.2.7']);
    const leaf = new X509Certificate(cert);
    expect(['localhost', 'gatehouse.gatehouse.svc'].map((name) => leaf.checkHost(name))).toEqual(['localhost', 'gatehouse.gatehouse.svc']);
    expect(['127.0.0.1', '192.0.2.7'].map((ip) => leaf.checkIP(ip))).toEqual(['127.0.0.1', '192.0.2.7']);
    expect(leaf.checkHost('evil.example')).toBeUndefined();
    expect(leaf.validToDate.getTime()).toBeGreaterThan(Date.now());
  });
});
