// Stores of evidence on the command line, and of artifacts that are no images.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../support/command-line.ts';
import { keyBundle } from '../../world/bundle.ts';
import { asDigest } from '../../world/encode.ts';
import { makeSigned } from '../../world/evidence.ts';
import { makeStatement } from '../../world/statement.ts';
import { startArchivista } from '../../world/stores/archivista.ts';
import type { FakeStore } from '../../world/stores/fake.ts';
import { startFolder } from '../../world/stores/folder.ts';
import { startGithub } from '../../world/stores/github.ts';
import { createWorld } from '../../world/world.ts';

const world = createWorld({ now: Date.UTC(2026, 2, 1) });
const [release, stranger] = [world.key(), world.key()];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-stores-'));
const file = join(folder, 'app.tar');
const digest = asDigest(`sha256:${createHash('sha256').update('app').digest('hex')}`);
let stores: Record<string, FakeStore> = {};
const evidence = (kind: string, key = release): Buffer => {
  const statement = makeStatement(digest, { predicateType: 'https://acme.example/scan/v1', predicate: {} });
  return kind === 'github' ? keyBundle(world, { key, statement }) : Buffer.from(JSON.stringify(makeSigned(world, { statement }, { key }).envelope));
};

beforeAll(async () => {
  stores = { archivista: await startArchivista(), folder: await startFolder(), github: await startGithub() };
  writeFileSync(file, 'app');
  const document = (kind: string, name: string, spec: unknown): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec });
  writeFileSync(join(folder, 'policy.yaml'), [
    document('Signer', 'release', { identities: [{ key: { data: release.publicKeyPem } }] }),
    document('ClusterArtifactPolicy', 'scanned', { artifacts: [{ blob: 'app.tar' }, { package: 'pkg:generic/*' }], require: [{ name: 'scanned', attestation: { type: 'https://acme.example/scan/v1', by: ['release'] } }] }),
  ].join('\n---\n'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  for (const store of Object.values(stores)) await store.close();
});
const verify = (what: readonly string[], ...more: string[]): ReturnType<typeof commandLine> =>
  commandLine('verify', ...what, '-p', join(folder, 'policy.yaml'), '--plain-http', '127.0.0.1', ...more);
const flag = (kind: string): string => `${kind}=${stores[kind]?.url ?? ''}${kind === 'github' ? '/orgs/acme' : ''}`;

describe.each(['archivista', 'folder', 'github'])('--evidence-store %s=URL', (kind) => {
  test('a file is judged by what the store has about its digest', async () => {
    expect(await verify([file], '--evidence-store', flag(kind))).toEqual([1, expect.stringContaining('FETCH_NONE_FOUND')]);
    stores[kind]?.put('', digest, evidence(kind, stranger));
    const told = await verify([file], '--evidence-store', flag(kind), '-o', 'json');
    expect(told).toEqual([1, expect.stringMatching(new RegExp(`"source": "${kind} 127\\.0\\.0\\.1:`))]);
    expect(told[1]).toContain('VERIFY_SIGNER_UNTRUSTED');
    stores[kind]?.put('', digest, evidence(kind));
    expect(await verify([file], '--evidence-store', flag(kind))).toEqual([0, expect.stringMatching(/admit: satisfied/)]);
  });

  test('so is a package, besides its ecosystem', async () => {
    expect((await verify(['pkg:generic/app@1'], '--digest', digest, '--evidence-store', flag(kind)))[0]).toBe(0);
    expect((await verify(['pkg:generic/app@1'], '--digest', digest))[0]).not.toBe(0);
  });

  test('offline nobody is asked', async () => {
    const before = stores[kind]?.asked.length;
    expect((await verify([file], '--offline', '--evidence-store', flag(kind)))[0]).not.toBe(0);
    expect(stores[kind]?.asked).toHaveLength(before ?? 0);
  });
});

test('a store that is down leaves it open, and one beside it that has the evidence decides', async () => {
  const down = `archivista=http://127.0.0.1:${await closedPort()}`;
  expect(await verify([file], '--evidence-store', down)).toEqual([3, expect.stringContaining('FETCH_UNREACHABLE')]);
  expect((await verify([file], '--evidence-store', down, '--evidence-store', flag('folder')))[0]).toBe(0);
});

test.each(['archivista', 'witness=https://x.example', 'archivista=ftp://x.example', 'grafeas=https://x.example', 'github=https://x.example', 'folder=https://user@x.example'])(
  '--evidence-store %s is wrong usage', async (text) => {
    const [code, told] = await verify([file], '--evidence-store', text);
    expect(code).toBe(64);
    expect(told).not.toMatch(/Unrecognized|Invalid input/);
  });

/** A port on which nobody listens. */
async function closedPort(): Promise<string> {
  const store = await startFolder();
  await store.close();
  return new URL(store.url).port;
}
