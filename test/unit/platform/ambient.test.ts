import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('J09 nothing is read from where the process happens to stand', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-ambient-'));
    for (const name of ['gatehouse.yaml', 'config.yaml', '.gatehouse.yaml']) writeFileSync(join(folder, name), 'unmatched: allow\n');
    mkdirSync(join(folder, '.docker'));
    writeFileSync(join(folder, '.docker/config.json'), 'not JSON: whoever reads this fails');
    mkdirSync(join(folder, 'policies'));
    writeFileSync(join(folder, 'policies/broken.yaml'), 'kind: Nonsense\n');
    mkdirSync(join(folder, 'given'));
    writeFileSync(join(folder, 'given/empty.yaml'), '# no policy\n');
    writeFileSync(join(folder, 'review.json'), JSON.stringify({
      apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
      request: { uid: 'u', operation: 'CREATE', kind: { group: '', version: 'v1', kind: 'Pod' }, resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'n', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'registry.example/x@sha256:'.concat('a'.repeat(64)) }] } } },
    }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('configuration, policies and credentials that lie about are not picked up', () => {
    // The command line reads the docker configuration of its user, as docker does; never one that lies in the folder.
    const env = { PATH: process.env['PATH'] ?? '', HOME: join(folder, 'nobody') };
    const run = spawnSync(process.execPath, [join(ROOT, 'bin/gatehouse.js'), 'admit', '-f', 'review.json', '-p', 'given'], { cwd: folder, env, encoding: 'utf8', timeout: 100_000 });
    // `unmatched: allow` of the lying configuration would have admitted; its broken policy would have been usage error 64.
    expect(run.status, run.stderr).toBe(1);
    expect(run.stdout).toContain('SELECT_NO_POLICY');
  });
});

describe('J07 no test depends on the day', () => {
  test('no TUF metadata is stored among the fixtures: repositories are made when a test runs', () => {
    const stored = readdirSync(join(ROOT, 'test/fixtures'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
    const tuf = stored.filter((path) => /"_type"\s*:\s*"(?:root|timestamp|snapshot|targets)"/.test(readFileSync(join(ROOT, 'test/fixtures', path), 'utf8')));
    expect(tuf).toEqual([]);
  });
});
