import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { makeKey } from '../world/keys.ts';

/** What nobody has configured is not loaded: each thread of a server would carry it for as long as the server lives. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOOK = new URL('../support/loaded-modules.ts', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-unloaded-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The modules that a program of ours loads until it ends, or has written `until`: of ours by their path, of libraries by their name. */
async function loadedBy(name: string, words: readonly string[], until?: string): Promise<readonly string[]> {
  const file = join(folder, `${name}.txt`);
  const env = { ...process.env, LOADED_MODULES: file, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['--import', HOOK, ...words], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (until !== undefined && said.includes(until)) child.kill();
    });
  }
  await once(child, 'close');
  if (until !== undefined && !said.includes(until)) throw new Error(said);
  return [...new Set(readFileSync(file, 'utf8').trim().split('\n').map((url) =>
    url.includes('/node_modules/') ? (/\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url) : url.replace(/^.*\/src\//, '')))];
}

const among = (loaded: readonly string[], names: RegExp): readonly string[] => loaded.filter((one) => names.test(one));

describe('a server for which nothing of it is configured', () => {
  const policies = join(folder, 'policies.yaml');
  const config = join(folder, 'config.json');
  writeFileSync(policies, JSON.stringify({
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'signed' },
    spec: { artifacts: [{ image: 'registry.example/**' }], require: [{ name: 'signed', signature: { by: [{ key: { data: makeKey('p256').publicKeyPem } }] } }] },
  }));
  writeFileSync(config, JSON.stringify({ host: '127.0.0.1', port: 0, opsPort: 0, drain: '0s', kubernetes: { enabled: false }, workers: 1 }));
  const serve = ['bin/gatehouse.js', 'serve', '--config', config, '-p', policies, '--dev-cert'];

  test('carries no verification in its main thread, no gate, no stores, no readers of revocation, no libraries for any of it', async () => {
    const loaded = await loadedBy('server', serve, '"serving"');
    expect(loaded).toContain('wiring/server.ts');
    expect(loaded).toContain('verify/pool.ts');
    expect(among(loaded, /^verify\/(?:run|job)\.ts$|^verify\/(?:formats|provers|sigstore|statement|notation|git|intoto|definition|policy)\//)).toEqual([]);
    expect(among(loaded, /^(?:trust|pki)\/revocation\/|^fetch\/stores\/(?:archivista|grafeas|folder|github|graphql)/)).toEqual([]);
    expect(among(loaded, /^(?:authn|surfaces\/gate|controller|migrate|rehearse|lockfiles)\/|^wiring\/(?:gate\/(?:index|keyless|callers)|local\/rehearse)/)).toEqual([]);
    expect(among(loaded, /^(?:@noble\/|jose$|@kubernetes\/|sigstore$|@sigstore\/|tuf-js$|smol-toml$|@yarnpkg\/|@bufbuild\/)/)).toEqual([]);
  });
});

describe('a thread that verifies', () => {
  const worker = ['src/verify/worker.ts'];
  const RARE = /^verify\/(?:git|definition|policy)\/|^verify\/notation\/(?:jws|cose|verify)|^verify\/formats\/(?:notation|tekton|definition|gcloud|npm|go-|layout)|^verify\/intoto\/(?!metadata|limits)/;

  test('carries what most images have, and no rare format until a piece takes it', async () => {
    const loaded = await loadedBy('thread', worker);
    expect(loaded).toContain('verify/formats/sigstore-bundle.ts');
    expect(among(loaded, RARE)).toEqual([]);
    expect(among(loaded, /^tuf\/|^pki\/pgp\/|^trust\/(?:index|open-pgp)\.ts$|^trust\/revocation\/|^trust\/spiffe\/bundle/)).toEqual([]);
    expect(among(loaded, /^(?:@noble\/|jose$|@sigstore\/|tuf-js$)/)).toEqual([]);
  });

  test.each([
    ['notation-jws', 'verify/notation/jws.ts', 'verify/git/index.ts'],
    ['git-object', 'verify/git/index.ts', 'verify/notation/jws.ts'],
    ['tekton-definition', 'verify/definition/read.ts', 'verify/git/index.ts'],
  ])('loads a rare format with its first piece: %s', async (format, loads, loadsNot) => {
    const program = join(folder, `${format}.mts`);
    writeFileSync(program, `
      const { runVerificationJob } = await import(${JSON.stringify(new URL('../../src/verify/run.ts', import.meta.url).href)});
      const evidence = [{ format: ${JSON.stringify(format)}, source: 'x', digest: 'sha256:00', bytes: Buffer.from('{}') }];
      await runVerificationJob({ artifact: { kind: 'image', name: 'x', digest: 'sha256:00' }, evidence, trust: { id: 'x', keys: [], roots: [] }, now: 0 });
    `);
    const loaded = await loadedBy(format, [program]);
    expect(loaded).toContain(loads);
    expect(loaded).not.toContain(loadsNot);
  });
});
