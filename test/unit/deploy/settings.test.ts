/** S1: settings that are missing or empty are said, and never make a server that is ready. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { documentsOf, only, ROOT } from './support.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-settings-'));
  const serving = await makeServingCertificate({ names: ['localhost'], days: 1, now: Date.now() });
  writeFileSync(join(folder, 'tls.crt'), serving.certificate);
  writeFileSync(join(folder, 'tls.key'), serving.key);
  mkdirSync(join(folder, 'policies'));
  const files = only(documentsOf('deploy/manifests/settings.yaml'), 'ConfigMap', 'gatehouse-policies').at('data').value as Record<string, string>;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'policies', name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the server with the arguments of the manifest, and gives how it ended and what it printed. */
function serve(config: string, certificate: string): Promise<{ code: number | null; text: string }> {
  const args = ['--config', join(folder, config), '-p', join(folder, 'policies'), '--port', '0', '--ops-port', '0', '--tls-cert', join(folder, certificate), '--tls-key', join(folder, 'tls.key')];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/gatehouse.js'), 'serve', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

test.each([
  ['the configuration is missing', 'config.yaml', 'tls.crt', 'config.yaml'],
  ['the certificate is missing', 'good.yaml', 'missing.crt', 'missing.crt'],
])('S1: %s: the server ends, and says which file', async (_what, config, certificate, named) => {
  writeFileSync(join(folder, 'good.yaml'), only(documentsOf('deploy/manifests/settings.yaml'), 'ConfigMap', 'gatehouse-config').at('data', 'config.yaml').text());
  const ended = await serve(config, certificate);
  expect(ended.code).not.toBe(0);
  expect(ended.text).toContain(named);
});
