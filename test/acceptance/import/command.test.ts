/** gatehouse policy import as a command: streams, folders, exit codes. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ranCommandLine } from '../../support/command-line.ts';
import { sharedData } from '../../support/shared.ts';

const FIXTURES = new URL('../../fixtures/import/', import.meta.url).pathname;
const folder = (): string => mkdtempSync(join(tmpdir(), 'import-'));
const WHOLE = sharedData('cluster-image-policies/e2e/cip-key-with-attestations-no-rekor.yaml');
const PARTIAL = sharedData('cluster-image-policies/valid/valid-policy.yaml');
const INVALID = sharedData('cluster-image-policies/invalid/invalid-mode.yaml');

test('I5: a folder is written that lints, and not overwritten', async () => {
  const out = join(folder(), 'policies');
  const first = await ranCommandLine('policy', 'import', PARTIAL, join(FIXTURES, 'connaisseur.yaml'), '-o', out);
  expect([first.code, first.stdout]).toEqual([2, '']);
  expect(readdirSync(out).sort()).toEqual(['policies.yaml', 'signers.yaml']);
  expect((await ranCommandLine('policy', 'lint', out)).code).toBe(0);
  const before = readFileSync(join(out, 'policies.yaml'), 'utf8');
  expect((await ranCommandLine('policy', 'import', PARTIAL, join(FIXTURES, 'connaisseur.yaml'), '-o', out)).code).toBe(2);
  const other = await ranCommandLine('policy', 'import', WHOLE, '-o', out);
  expect([other.code, other.stderr]).toEqual([64, expect.stringContaining('--force')]);
  expect(readFileSync(join(out, 'policies.yaml'), 'utf8')).toBe(before);
  expect((await ranCommandLine('policy', 'import', WHOLE, '-o', out, '--force')).code).toBe(0);
  expect(readFileSync(join(out, 'policies.yaml'), 'utf8')).not.toBe(before);
});

test('I5: 0 where all is said, 2 where not, 64 for what its project refuses; then nothing is written', async () => {
  const whole = await ranCommandLine('policy', 'import', WHOLE);
  expect([whole.code, whole.stdout.includes('kind: ClusterArtifactPolicy')]).toEqual([0, true]);
  expect((await ranCommandLine('policy', 'import', PARTIAL)).code).toBe(2);
  const out = join(folder(), 'policies');
  const invalid = await ranCommandLine('policy', 'import', WHOLE, INVALID, '-o', out);
  expect([invalid.code, invalid.stdout]).toEqual([64, '']);
  expect(invalid.stderr).toMatch(/invalid-mode\.yaml:21: refused: spec\.mode: /);
  expect(() => readdirSync(out)).toThrow();
});

test.each([
  ['a file that does not exist', ['/nowhere/cip.yaml']], ['a file with nothing to import', [sharedData('cluster-image-policies/e2e/test-deployment.yaml')]], ['standard input without a document', ['-']],
])('I5: %s is wrong usage', async (_, args) => {
  const { code, stdout } = await ranCommandLine('policy', 'import', ...args);
  expect([code, stdout]).toEqual([64, '']);
});

test('I5: where nothing is imported no folder is made', async () => {
  const out = join(folder(), 'policies');
  expect((await ranCommandLine('policy', 'import', sharedData('cluster-image-policies/e2e/test-deployment.yaml'), '-o', out)).code).toBe(64);
  expect(() => readdirSync(out)).toThrow();
});

test('I5: the report as JSON names documents and places, and stands where the documents do not', async () => {
  const stream = await ranCommandLine('policy', 'import', PARTIAL, '--report', 'json');
  const report = JSON.parse(stream.stderr) as { kind: string; documents: { kind: string }[]; remarks: { level: string; line: number; path: string }[] };
  expect(report.kind).toBe('ImportReport');
  expect(report.remarks.filter(({ level }) => level === 'unsaid').map(({ path }) => path)).toContain('spec.authorities[6].key.kms');
  const written = await ranCommandLine('policy', 'import', PARTIAL, '--report', 'json', '-o', join(folder(), 'p'));
  expect([written.code, JSON.parse(written.stdout)]).toEqual([2, report]);
  expect(parse((await ranCommandLine('policy', 'import', PARTIAL, '--report', 'yaml')).stderr)).toEqual(report);
});

test('I5: a list as kubectl prints it is opened; a folder is read; other kinds are told', async () => {
  const at = folder();
  const items = [
    { apiVersion: 'policy.sigstore.dev/v1beta1', kind: 'ClusterImagePolicy', metadata: { name: 'p', uid: 'x', managedFields: [] }, spec: { images: [{ glob: 'ghcr.io/acme/**' }], authorities: [{ static: { action: 'fail' } }] } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
  ];
  writeFileSync(join(at, 'list.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items }, null, 1));
  const { code, stdout, stderr } = await ranCommandLine('policy', 'import', at);
  expect([code, stdout.includes('name: p\n')]).toEqual([0, true]);
  expect(stderr).toMatch(/list\.json:\d+: skipped: items\[1\]: ConfigMap of v1/);
});

test('I5: a trust root whose content is none is refused, not written', async () => {
  const at = join(folder(), 'root.yaml');
  writeFileSync(at, JSON.stringify({ apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'r' }, spec: { remote: { root: 'e30=', mirror: 'https://tuf.acme.example' } } }));
  const { code, stdout, stderr } = await ranCommandLine('policy', 'import', at);
  expect([code, stdout, stderr]).toEqual([64, '', expect.stringContaining('spec.sigstore.tuf.root')]);
});
