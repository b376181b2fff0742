// The pages docs/how-to are executed: what stands in their blocks `sh run` is run by a shell with a real cosign and crane, in its
// order; nothing is changed but the name of the registry. Flags in their workflows are flags that this cosign has.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cleanEnvironment, dataFolder } from '../cluster/processes.ts';
import { ensureTools, toolPaths } from '../cluster/tools.ts';
import { makeImage, makeIndex } from '../world/image.ts';
import { push } from '../world/push.ts';
import { startRegistry } from '../world/registry.ts';
import type { TestRegistry } from '../world/registry.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = { sign: 'docs/how-to/sign-and-attest.md', pin: 'docs/how-to/build-and-pin.md', others: 'docs/how-to/other-signers.md' } as const;

let registry: TestRegistry;
beforeAll(async () => {
  await ensureTools(() => undefined, ['cosign', 'crane']);
  registry = await startRegistry();
});
afterAll(() => registry.close());

function fences(page: string, head: string): string[] {
  const pattern = new RegExp(`^\`\`\`${head}\\n([\\s\\S]*?)\`\`\``, 'gm');
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(pattern)].map(([, text = '']) => text);
}

/** What a build and its scanners have written. */
const FILES = {
  'sbom.spdx.json': {
    spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: 'SPDXRef-DOCUMENT', name: 'app',
    documentNamespace: 'https://acme.example/sbom/1',
    creationInfo: { created: '2026-11-01T00:00:00Z', creators: ['Tool: syft'] },
    packages: [{ SPDXID: 'SPDXRef-p', name: 'left-pad', versionInfo: '1.3.0', downloadLocation: 'NOASSERTION' }],
  },
  'scan.json': {
    invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
    scanner: {
      uri: 'pkg:github/aquasecurity/trivy@0.57.0', version: '0.57.0', db: { uri: '', version: '' },
      result: { SchemaVersion: 2, Results: [] },
    },
    metadata: { scanStartedOn: '2026-11-01T03:00:00Z', scanFinishedOn: '2026-11-01T03:00:01Z' },
  },
  'provenance.json': {
    buildDefinition: {
      buildType: 'https://ci.acme.example/image/v1', externalParameters: {}, internalParameters: {}, resolvedDependencies: [],
    },
    runDetails: { builder: { id: 'https://ci.acme.example/builder' }, metadata: { invocationId: '1' } },
  },
} as const;

/** A folder with these files and a program `gatehouse` that is told to ask the registry over plain HTTP, as only a test has to. */
function workshop(): { readonly folder: string; readonly path: string } {
  const folder = dataFolder('how-to');
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), JSON.stringify(content));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'gatehouse');
  const plainHttp = `case "$1" in verify|inspect) set -- "$@" --plain-http ${registry.host};; esac`;
  writeFileSync(program, `#!/bin/sh\n${plainHttp}\nexec '${process.execPath}' '${ROOT}bin/gatehouse.js' "$@"\n`);
  chmodSync(program, 0o755);
  return { folder, path: [bin, dirname(toolPaths().cosign), dirname(process.execPath), '/usr/bin', '/bin'].join(':') };
}

interface Workflow {
  readonly jobs: {
    readonly image: { readonly steps: readonly { readonly run?: string }[]; readonly permissions: Readonly<Record<string, string>> };
  };
}

interface Shell { readonly code: number; readonly stdout: string; readonly stderr: string }

function shell(script: string, { folder, path }: ReturnType<typeof workshop>): Promise<Shell> {
  const env = { ...cleanEnvironment(), PATH: path, HOME: folder, COSIGN_PASSWORD: '' };
  return new Promise((resolve) => {
    execFile('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env }, (cause, stdout, stderr) => {
      const code = cause === null ? 0 : Number((cause as { code?: unknown }).code ?? -1);
      resolve({ code, stdout, stderr });
    });
  });
}

/** The script of pages, about an image of its own, without lines that `leaveOut` names. */
async function script(pages: readonly string[], name: string, leaveOut?: RegExp): Promise<string> {
  await push(registry, `${name}/app`, makeImage({ seed: name }), ['1.0']);
  await push(registry, `${name}/app`, makeIndex({ seed: `${name}-2` }), ['2.0']);
  const lines = pages.flatMap((page) => fences(page, 'sh run')).join('').split('\n');
  const kept = lines.filter((line) => leaveOut?.test(line) !== true).join('\n');
  return kept.replaceAll('registry.acme.example/shop', `${registry.host}/${name}`);
}

describe('docs/how-to', () => {
  it('how-to: signed and attested with a key as the page says, the image is admitted', async () => {
    const ran = await shell(await script([PAGES.sign], 'whole'), workshop());
    expect([ran.code, ran.stdout], ran.stderr).toEqual([0, expect.stringMatching(/built by our CI/)]);
  });

  it.each([
    ['signature', /^cosign sign /, 'FETCH_NONE_FOUND|POLICY_TYPE_MISSING'],
    ['SBOM', /--type spdxjson/, 'POLICY_TYPE_MISSING'],
    ['scan', /--type vuln/, 'POLICY_TYPE_MISSING'],
    ['provenance', /--type slsaprovenance1/, 'POLICY_TYPE_MISSING'],
  ])('how-to: without its command for the %s it is denied', async (name, leaveOut, code) => {
    const ran = await shell(await script([PAGES.sign], `without-${name.toLowerCase()}`, leaveOut), workshop());
    expect([ran.code, ran.stdout], ran.stderr).toEqual([1, expect.stringMatching(new RegExp(code))]);
  });

  it('how-to: by a certificate, as a workload and by a commit, as the page says', async () => {
    const ran = await shell(await script([PAGES.others], 'others'), workshop());
    expect([ran.code, ran.stdout.match(/^admit: satisfied/gm)?.length], ran.stderr).toEqual([0, 3]);
  }, 300_000);

  it.each([
    ['certificate', /^cosign sign /],
    ['usage of the certificate', /^openssl x509 -req -in release.csr/],
    ['statement in the envelope', /statement.pae$/],
    ['signature of the commit', /config gpg.format ssh/],
  ])('how-to: without its %s the page ends elsewhere', async (name, leaveOut) => {
    const ran = await shell(await script([PAGES.others], `others-without-${name.toLowerCase().replaceAll(' ', '-')}`, leaveOut), workshop());
    expect(ran.code, ran.stdout).not.toBe(0);
  }, 300_000);

  it('how-to: an index signed with --recursive speaks for itself and for its platforms; without it, for itself', async () => {
    const only = /sbom: \{by|vulnerability: \{by|provenance: \{by|^cosign attest/;
    const recursive = await script([PAGES.sign, PAGES.pin], 'index', only);
    expect((await shell(recursive, workshop())).code, recursive).toBe(0);
    const alone = (await script([PAGES.sign, PAGES.pin], 'alone', only)).replace('--recursive ', '');
    expect((await shell(alone, workshop())).code).toBe(1);
  });

  it('how-to: workflows and kustomizations are YAML, and cosign has the flags that they and the pages use', async () => {
    const flags = new Map<string, string>();
    for (const verb of ['sign', 'attest', 'login']) flags.set(verb, (await shell(`cosign ${verb} --help`, workshop())).stdout);
    // Not listed since it is deprecated, and named in the examples of the help alone.
    const hidden = ['--tlog-upload'];
    const github = parse(fences(PAGES.sign, 'yaml github')[0] ?? '') as Workflow;
    expect(github.jobs.image.permissions['id-token']).toBe('write');
    const gitlab = parse(fences(PAGES.sign, 'yaml gitlab')[0] ?? '') as { image: { script: string[]; id_tokens: unknown } };
    expect(gitlab.image.id_tokens).toEqual({ SIGSTORE_ID_TOKEN: { aud: 'sigstore' } });
    const pinned = { kind: 'Kustomization', images: [{ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }] };
    expect(parse(fences(PAGES.pin, 'yaml kustomize')[0] ?? '')).toMatchObject(pinned);
    const typed = Object.values(PAGES).flatMap((page) => fences(page, 'sh run'));
    const lines = [...github.jobs.image.steps.map(({ run = '' }) => run), ...gitlab.image.script, ...typed]
      .join('\n').split('\n').filter((line) => /^cosign (sign|attest|login) /.test(line));
    expect(lines.length).toBeGreaterThan(8);
    const unknown = lines.flatMap((line) => [...line.matchAll(/ (--?[a-z][a-z-]*)/g)].map(([, flag = '']) => flag)
      .filter((flag) => !hidden.includes(flag) && !new RegExp(`(^|[ ,])${flag}\\b`, 'm').test(flags.get(line.split(' ')[1] ?? '') ?? '')));
    expect(unknown).toEqual([]);
  });
});
