/** What `serve` does with folders of policies that are missing, empty, or hold none: it ends, or stays up unready and says why. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/platform/config/config.ts';
import { startServer } from '../../../src/wiring/server.ts';
import { ranCommandLine } from '../../support/command-line.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-serve-folders-'));
  folders.push(made);
  return made;
};
afterAll(() => { for (const made of folders) rmSync(made, { recursive: true, force: true }); });

const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: mine}
spec: {artifacts: [{image: "ghcr.io/acme/*"}], require: [{name: signed, signature: {by: [we]}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: we}
spec: {identities: [{keyless: {issuer: "https://accounts.google.com", subject: we@acme.example}}]}
`;
const SIGNER = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: us}
spec: {identities: [{keyless: {issuer: "https://accounts.google.com", subject: us@acme.example}}]}
`;

interface Line { readonly level: string; readonly msg: string }
interface Readiness { readonly ready: boolean; readonly conditions: readonly { readonly name: string; readonly reason?: string }[] }

/** A server over a folder, with what it logs. */
async function serving(policies: string): Promise<{ lines: () => readonly Line[]; ready: () => Promise<Readiness>; close: () => Promise<void> }> {
  const result = loadConfig(undefined, { policies: [policies], host: '127.0.0.1', port: 0, drain: '0s', 'log.level': 'info' });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  let text = '';
  const logStream = new Writable({ write(chunk, _encoding, done) { text += String(chunk); done(); } });
  const server = await startServer(result.config, { devCert: [], anyOpsPort: true, pollMs: 30, logStream });
  return {
    lines: () => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line),
    ready: async () => (await fetch(`http://127.0.0.1:${String(server.opsPort)}/readyz`)).json() as Promise<Readiness>,
    close: () => server.close(),
  };
}

describe('serve on a folder of policies', () => {
  test.each([
    ['an empty folder', {}],
    ['a folder of signers alone', { 'signers.yaml': SIGNER }],
    ['a folder of other files', { 'README.md': '# none' }],
  ] as const)('N47 %s: stays up, unready, says at warn why, and becomes ready when a policy arrives', async (_, files) => {
    const at = folder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
    const server = await serving(at);
    try {
      expect(await server.ready()).toMatchObject({ ready: false, conditions: expect.arrayContaining([expect.objectContaining({ name: 'policies', reason: expect.stringContaining('no policy is there') })]) });
      await vi.waitFor(() => expect(server.lines()).toContainEqual(expect.objectContaining({ level: 'warn', msg: expect.stringContaining(`no policy in ${at}:`) })), { timeout: 10_000 });
      expect(server.lines().filter(({ level }) => level === 'error')).toEqual([]);
      writeFileSync(join(at, 'policy.yaml'), POLICY);
      await vi.waitFor(async () => expect(await server.ready()).toMatchObject({ ready: true }), { timeout: 20_000, interval: 100 });
    } finally {
      await server.close();
    }
  }, 40_000);

  test('its good twin with a broken policy is refused at error, and does not say that there is none', async () => {
    const at = folder();
    writeFileSync(join(at, 'policy.yaml'), POLICY.replace('artifacts', 'artefacts'));
    const server = await serving(at);
    try {
      expect(JSON.stringify(await server.ready())).toContain('no valid set of policies');
      await vi.waitFor(() => expect(server.lines().some(({ level }) => level === 'error')).toBe(true), { timeout: 10_000 });
      expect(JSON.stringify(server.lines())).not.toContain('no policy in');
    } finally {
      await server.close();
    }
  }, 40_000);

  test('N48 one that is missing ends with 64, and is named; of two the one that is', async () => {
    const at = folder();
    for (const given of [['-p', join(at, 'typo')], ['-p', at, '-p', join(at, 'typo')]]) {
      const { code, stderr } = await ranCommandLine('serve', '--dev-cert', ...given);
      expect([code, stderr]).toEqual([64, expect.stringContaining(`${join(at, 'typo')}: there is no such policy folder`)]);
    }
    const { code } = await ranCommandLine('serve', '--dev-cert', '-p', at);
    expect(code, 'the folder is accepted; this test has no server to start').toBe(3);
  });
});
