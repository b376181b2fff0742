// What pages about the gate show is what there is: a stranger who pastes it gets what the page says, and no fence goes unread.
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { checkConfig } from '../../src/platform/config/config.ts';
import { compilePolicies } from '../../src/policy/index.ts';
import { runCli } from '../../src/surfaces/cli/index.ts';
import { createTrustReader } from '../../src/trust/index.ts';
import { startTestServer } from '../support/server.ts';
import type { TestServer } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  ...['gate', 'receipts', 'publish'].map((name) => `docs/concepts/${name}.md`),
  ...['gate', 'ask-the-gate', 'gatekeeper'].map((name) => `docs/operate/${name}.md`), 'docs/reference/packages.md', 'docs/cookbook/lockfiles.md',
];

interface Fence { readonly page: string; readonly line: number; readonly language: string; readonly text: string }
const fences: readonly Fence[] = PAGES.flatMap((page) => {
  const all = read(page);
  return [...all.matchAll(/^(?<indent> *)```(?<language>[\w ]*)\n(?<text>[\s\S]*?)^ *```$/gm)].map(({ index, groups = {} }) => ({
    page, line: all.slice(0, index).split('\n').length, language: groups['language'] ?? '',
    text: (groups['text'] ?? '').replaceAll(new RegExp(`^${groups['indent'] ?? ''}`, 'gm'), ''),
  }));
});

describe('a trial on this machine (docs/operate/gate.md)', () => {
  const hasTools = ['curl', 'jq'].every((tool) => spawnSync(tool, ['--version']).status === 0) && spawnSync('openssl', ['version']).status === 0;
  const section = read('docs/operate/gate.md').split('## Try it on your machine\n')[1]?.split('\n## ')[0] ?? '';
  const [make = '', config = '', serve = '', asks = ''] = [...section.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  let folder = '';
  let server = undefined as unknown as TestServer;

  function shell(text: string): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
    const child = spawn('sh', ['-c', text.replaceAll('npx gatehouse', `node ${join(ROOT, 'bin/gatehouse.js')}`)], { cwd: folder, env });
    const wrote = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => { wrote.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { wrote.stderr += chunk.toString(); });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...wrote })));
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-try-'));
    if (!hasTools) return;
    const made = await shell(`set -e\n${make}`);
    expect([made.code, made.code === 0 ? '' : made.stderr]).toEqual([0, '']);
    expect(new X509Certificate(readFileSync(join(folder, 'tls.crt'))).checkHost('localhost')).toBe('localhost');
    const { gate } = parse(config.replaceAll(/receipts\.pem|ci\.json/g, (name) => join(folder, name))) as { gate: object };
    server = await startTestServer({ 'files.yaml': readFileSync(join(folder, 'policies/files.yaml'), 'utf8') }, { gate }, { anyGatePort: true });
    writeFileSync(join(folder, 'tls.crt'), server.running.developmentCertificate ?? '');
  });
  afterAll(async () => {
    if (hasTools) await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.skipIf(!hasTools)('the unsigned file is denied, the signed one admitted with a receipt, and the command says the same', async () => {
    const { code, stdout, stderr } = await shell(asks.replaceAll('localhost:8444', `localhost:${server.running.gatePort}`));
    expect(stdout.split('\n')[0], stderr).toBe('"deny"');
    expect(stdout).toContain('FETCH_NONE_FOUND');
    expect(stdout).toMatch(/^"admit"\n"\{\\"payload/m);
    expect(stdout).toMatch(/^1 artifact: 1 admitted/m);
    expect([code, stdout.trimEnd().split('\n').at(-1)], stderr).toEqual([1, '✗ deny']);
  });

  test('the command that serves has the flags that there are', async () => {
    expect(await flagsOf('serve')).toEqual(expect.arrayContaining(serve.match(/--[a-z-]+/g) ?? ['none']));
  });
});

async function flagsOf(command: string): Promise<readonly string[]> {
  let text = '';
  await runCli([command, '--help'], { stdout: (part: string) => { text += part; }, stderr: () => undefined, version: '0', now: () => 0 } as never);
  return [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
}

type Part = { readonly name: string };
const parsed = (path: string): { metadata: Part; spec: { params: Part[]; results?: Part[]; volumes?: unknown[] } } => parse(read(path)) as never;
const [TASK, STEP] = [parsed('deploy/tekton/gatehouse-admit.yaml'), parsed('deploy/tekton/gatehouse-admit-step.yaml')];
const names = (parts: readonly Part[] = []): readonly string[] => parts.map(({ name }) => name);

function problemsOf(text: string): readonly string[] {
  return compilePolicies([{ path: 'page.yaml', text }], { trust: createTrustReader() }).problems.map(({ message }) => message);
}
const policy = (kind: string, spec: object): string => JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name: 'p' }, spec });
const signers = ['chains', 'factory', 'platform-team'].map((name) => JSON.stringify({
  apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name }, spec: { identities: [{ keyless: { issuer: 'https://x.example', subject: 'https://x.example/y', trustRoot: 'sigstore-public-good' } }] },
})).join('\n---\n');

/** A volume that brings the token and the CA to a step, as the Task has it. */
function bringsToken(volumes: unknown): void {
  const [own] = TASK.spec.volumes ?? [];
  expect(volumes).toEqual([own]);
}

/** How a fence of YAML is read, by its first field; a field that is not here is a fence that nobody reads. */
const READERS: Readonly<Record<string, (value: never) => void | Promise<void>>> = {
  gate: (value) => expect(checkConfig(JSON.stringify(value), 'page.yaml')).toMatchObject({ ok: true }),
  packages: (value) => expect(checkConfig(JSON.stringify(value), 'page.yaml')).toMatchObject({ ok: true }),
  provenance: (value: object) =>
    expect(problemsOf(`${signers}\n---\n${policy('ClusterArtifactPolicy', { artifacts: [{ image: 'x.example/**' }], require: [{ name: 'r', ...value }] })}`)).toEqual([]),
  definitions: (value: object) => expect(problemsOf(`${signers}\n---\n${policy('PipelinePolicy', value)}`)).toEqual([]),
  tasks({ tasks }: { tasks: { taskRef: Part; params: (Part & { value: string })[] }[] }) {
    const [first, second] = tasks;
    expect(first?.taskRef.name).toBe(TASK.metadata.name);
    expect(names(TASK.spec.params)).toEqual(expect.arrayContaining([...names(first?.params)]));
    const results = second?.params.flatMap(({ value }) => [...value.matchAll(/\$\(tasks\.[\w-]+\.results\.(\w+)\)/g)].map((match) => match[1])) ?? [];
    expect(results).toEqual(['RECEIPT']);
    expect(names(TASK.spec.results)).toContain('RECEIPT');
  },
  volumes({ volumes, steps }: { volumes: Part[]; steps?: { ref: Part; params: Part[] }[] }) {
    if (steps === undefined) return expect(JSON.stringify(volumes)).toContain('"serviceAccountToken":{"audience":"gatehouse"');
    bringsToken(volumes);
    expect(steps[0]?.ref.name).toBe(STEP.metadata.name);
    expect(names(STEP.spec.params)).toEqual(expect.arrayContaining([...names(steps[0]?.params)]));
  },
  permissions({ steps }: { steps: { uses: string; with: Readonly<Record<string, string>> }[] }) {
    const [, path = ''] = /^[\w-]+\/[\w-]+\/(.+)@/.exec(steps[0]?.uses ?? '') ?? [];
    const { inputs } = parse(read(`${path}/action.yml`)) as { inputs: Readonly<Record<string, unknown>> };
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(steps[0]?.with ?? { none: '' })));
  },
  async apiVersion({ kind, spec }: { kind: string; spec: { volumes: unknown; steps: { args: string[]; volumeMounts: { mountPath: string }[] }[] } }) {
    if (kind !== 'Task') return;
    bringsToken(spec.volumes);
    const [step] = spec.steps;
    const [command = '', ...args] = step?.args ?? [];
    expect(await flagsOf(command)).toEqual(expect.arrayContaining(args.flatMap((arg) => /^--[a-z-]+/.exec(arg)?.[0] ?? [])));
    for (const file of ['token', 'ca.crt']) expect(args.join(' ')).toContain(`=${step?.volumeMounts[0]?.mountPath}/${file}`);
  },
};

describe('fences of YAML', () => {
  test.each(fences.filter(({ language }) => language === 'yaml'))('$page:$line is what there is', async ({ text }) => {
    for (const document of parseAllDocuments(text)) {
      const value = (document as unknown as { toJS(): Readonly<Record<string, unknown>> }).toJS();
      const [first = ''] = Object.keys(value);
      expect(Object.keys(READERS)).toContain(first);
      await READERS[first]?.(value as never);
    }
  });
});

describe('commands', () => {
  const lines = fences.filter(({ language }) => language === 'sh').flatMap(({ page, line, text }) =>
    text.replaceAll('\\\n', ' ').split('\n').filter((one) => /(?:^|npx )gatehouse /.test(one)).map((command) => ({ page, line, command })));

  test.each(lines)('$page:$line: the flags of `$command` are there', async ({ command }) => {
    const [, name = ''] = /gatehouse (\w+)/.exec(command) ?? [];
    expect(await flagsOf(name)).toEqual(expect.arrayContaining(command.match(/(?<= )--[a-z-]+/g) ?? []));
  });

  test('whatever a page calls a Service of ours is one, at its port', () => {
    const service = parseAllDocuments(read('deploy/gate/service.yaml'))[0]?.toJS() as { metadata: { name: string; namespace: string }; spec: { ports: { port: number }[] } };
    const real = `${service.metadata.name}.${service.metadata.namespace}.svc:${service.spec.ports[0]?.port}`;
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/https:\/\/([\w.-]+\.svc:\d+)/g)].map((match) => `${page} ${match[1]}`));
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((one) => !one.endsWith(` ${real}`))).toEqual([]);
  });

  test('Secrets and files that pages make are those that the Deployment mounts', () => {
    const install = read('deploy/manifests/install.yaml');
    const secrets = PAGES.flatMap((page) => [...read(page).matchAll(/create secret generic ([\w-]+)/g)].map((match) => match[1] ?? ''));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((name) => !install.includes(`secretName: ${name}`))).toEqual([]);
    const keys = PAGES.flatMap((page) => [...read(page).matchAll(/^ +keys: (\/\S+)/gm)].map((match) => match[1] ?? ''));
    expect(keys.filter((path) => !install.includes(`mountPath: ${path}`))).toEqual([]);
  });

  test('the script takes what the page names', () => {
    const script = read('deploy/shell/gatehouse-admit.sh');
    const variables = read('docs/operate/ask-the-gate.md').match(/GATEHOUSE_[A-Z_]+/g) ?? [];
    expect(variables.length).toBeGreaterThan(6);
    expect(variables.filter((name) => !script.includes(`\${${name}:-`))).toEqual([]);
  });
});
