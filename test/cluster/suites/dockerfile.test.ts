// There is no container engine here: the Dockerfile's steps are done by hand in folders that stand for its stages.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeServingCertificate } from '../../../certs/authority.ts';
import { parseDockerfile } from '../../support/dockerfile.ts';
import type { DockerStage } from '../../support/dockerfile.ts';
import { shippedFiles } from '../gatehouse.ts';
import { cleanEnvironment, dataFolder, freePort, start, waitFor } from '../processes.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The file system of a stage: `path` lies below `root`. */
interface Built {
  readonly root: string;
  folder: string;
}

let image: Built;
let entry: readonly string[];

beforeAll(async () => {
  const stages = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const built = new Map<string, Built>();
  for (const stage of stages) {
    image = await build(stage, built);
    if (stage.name !== undefined) built.set(stage.name, image);
  }
  const text = stages.at(-1)?.steps.find((step) => step.instruction === 'ENTRYPOINT')?.text ?? '[]';
  entry = (JSON.parse(text) as string[]).slice(1).map((argument) => join(image.root, argument));
}, 300_000);

describe('the image that the Dockerfile makes', () => {
  test('starts and tells its version', async () => {
    const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
    expect((await run([...entry, 'version'])).stdout.trim()).toBe(version);
  });

  test('holds no source, no tests and no development dependencies', () => {
    expect(readdirSync(image.folder).sort()).toEqual(['LICENSE', 'bin', 'dist', 'node_modules', 'package.json']);
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
    const present = (name: string): boolean => existsSync(join(image.folder, 'node_modules', name));
    expect(Object.keys(manifest['dependencies'] ?? {}).filter((name) => !present(name))).toEqual([]);
    const development = Object.keys({ ...manifest['devDependencies'], ...manifest['optionalDependencies'] });
    // Types come with production dependencies that list them.
    expect(development.filter((name) => !name.startsWith('@types/') && present(name))).toEqual([]);
  });

  test('becomes ready with the shipped configuration and policies, and ends with 0 on SIGTERM', async () => {
    const dir = dataFolder('image-run');
    const serving = await makeServingCertificate({ names: ['127.0.0.1'], days: 1, now: Date.now() });
    const file = (name: string, content: string): string => {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    };
    mkdirSync(join(dir, 'policies'));
    for (const [name, content] of Object.entries(shippedFiles('gatehouse-policies'))) file(`policies/${name}`, content);
    const opsPort = await freePort();
    const server = start({
      name: 'image', command: process.execPath,
      args: [
        ...entry, 'serve', '--config', file('config.yaml', shippedFiles('gatehouse-config')['config.yaml'] ?? ''), '-p', join(dir, 'policies'),
        '--port', String(await freePort()), '--ops-port', String(opsPort), '--drain', '0s',
        '--tls-cert', file('tls.crt', serving.certificate), '--tls-key', file('tls.key', serving.key),
      ],
    });
    try {
      await waitFor(server, 'ready', async () => (await fetch(`http://127.0.0.1:${opsPort}/readyz`)).ok);
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });

  test('verifies a blob offline: the worker threads of the compiled program start', async () => {
    const dir = dataFolder('image-verify');
    const blob = join(dir, 'blob');
    writeFileSync(blob, 'content');
    const policies = join(dir, 'policies');
    mkdirSync(policies);
    writeFileSync(join(policies, 'policy.yaml'), (shippedFiles('gatehouse-policies')['example.yaml'] ?? '').replace('image: "ghcr.io/your-org/**"', 'blob: "**"').replace('mode: audit', 'mode: enforce'));
    const evidence = join(dir, 'evidence.json');
    writeFileSync(evidence, '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}');
    const judged = await run([...entry, 'verify', blob, '-p', policies, '--offline', '--evidence', evidence, '-o', 'json']);
    expect(judged.code, judged.stderr).toBe(1);
    expect(judged.stdout).toContain('VERIFY_MALFORMED');
  });
});

/** Carries out the steps of a stage. Later stages run as another user; file ownership is not imitated. */
async function build(stage: DockerStage, earlier: ReadonlyMap<string, Built>): Promise<Built> {
  const built: Built = { root: dataFolder('stage'), folder: '' };
  built.folder = built.root;
  for (const { instruction, text } of stage.steps) {
    if (instruction === 'WORKDIR') {
      built.folder = join(built.root, text);
      mkdirSync(built.folder, { recursive: true });
    } else if (instruction === 'COPY') copy(text, built, earlier);
    else if (instruction === 'RUN') {
      const result = await shell(text, built.folder);
      expect(result.code, `RUN ${text}\n${result.stderr}`).toBe(0);
    } else expect(['ENV', 'LABEL', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD']).toContain(instruction);
  }
  return built;
}

function copy(text: string, built: Built, earlier: ReadonlyMap<string, Built>): void {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop() ?? '';
  const source = from === undefined ? ROOT : (earlier.get(from)?.root ?? '/nonexistent');
  for (const word of words) {
    const path = join(source, word);
    // As COPY does: a file goes into a folder whose name ends with a slash, the content of a folder into the target.
    const to = resolve(built.folder, target, statSync(path).isFile() && target.endsWith('/') ? basename(path) : '.');
    cpSync(path, to, { recursive: true, verbatimSymlinks: true });
  }
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** RUN: npm needs the developer's own settings (registry, cache), so the environment is the real one. */
function shell(command: string, cwd: string): Promise<Result> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(?:registry|cache))/.test(name) && name !== 'NODE_ENV'));
  return collect('sh', ['-c', command], { cwd, env: { ...env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) } });
}

function run(args: readonly string[]): Promise<Result> {
  return collect(process.execPath, args, { cwd: image.folder, env: cleanEnvironment() });
}

function collect(command: string, args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<Result> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => { out.stdout += chunk; });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => { out.stderr += chunk; });
    child.once('error', fail);
    child.once('close', (code) => done({ code: code ?? 1, ...out }));
  });
}
