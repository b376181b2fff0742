import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { until } from '../../support/patience.ts';
import { keyBundle } from '../../world/bundle.ts';
import { bundleReferrer } from '../../world/cosign.ts';
import { asDigest } from '../../world/encode.ts';
import { makeImage } from '../../world/image.ts';
import { push, pushReferrer } from '../../world/push.ts';
import { startRegistry } from '../../world/registry.ts';
import type { TestRegistry } from '../../world/registry.ts';
import { makeStatement, slsaProvenanceV1, verificationSummary } from '../../world/statement.ts';
import { createWorld } from '../../world/world.ts';
import { podReview } from './support.ts';

const BIN = fileURLToPath(new URL('../../../bin/gatehouse.js', import.meta.url));
const world = createWorld({ now: Date.now() });
const key = world.key();
const [signed, unsigned] = [makeImage(), makeImage()];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
const at = (name: string): string => join(folder, name);
const blobDigest = asDigest(`sha256:${createHash('sha256').update('release archive').digest('hex')}`);
let registry: TestRegistry;
let repository = '';

const policies = (mode: string): string => `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: release}
spec:
  identities:
    - key:
        data: |
${key.publicKeyPem.trim().split('\n').map((line) => `          ${line}`).join('\n')}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: acme}
spec:
  artifacts: [{image: "${registry.host}/acme/**"}, {blob: "app-*.tgz"}]
  mode: ${mode}
  require:
    - {name: signed by release, signature: {by: [release]}}
`;

beforeAll(async () => {
  registry = await startRegistry();
  repository = `${registry.host}/acme/app`;
  for (const image of [signed, unsigned]) await push(registry, 'acme/app', image, image === signed ? ['v1'] : ['unsigned']);
  const bundle = keyBundle(world, { digest: signed.digest, key });
  await pushReferrer(registry, 'acme/app', bundleReferrer(signed, bundle), { fallbackTag: true });
  writeFileSync(at('enforce.yaml'), policies('enforce'));
  writeFileSync(at('warn.yaml'), policies('warn'));
  writeFileSync(at('broken.yaml'), policies('sometimes').replace('signature:', 'signatur:'));
  writeFileSync(at('app-1.tgz'), 'release archive');
  writeFileSync(at('image.bundle'), bundle);
  writeFileSync(at('blob.bundle'), keyBundle(world, { digest: blobDigest, key }));
  writeFileSync(at('other.bundle'), keyBundle(world, { digest: unsigned.digest, key }));
  writeFileSync(at('review.json'), JSON.stringify(podReview({ object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: `${repository}:v1` }] } } })));
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

interface Run { code: number | null; stdout: string; stderr: string }

function gatehouse(args: readonly string[], options: { stdin?: string; env?: Record<string, string> } = {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...COMPILE_CACHE, ...options.env } });
    const run: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => { run.stdout += String(chunk); });
    child.stderr.on('data', (chunk) => { run.stderr += String(chunk); });
    child.on('close', (code) => resolve({ ...run, code }));
    child.stdin.end(options.stdin ?? '');
  });
}

/** Said by a program at its end: the processor time it took, in microseconds. Unlike the time on the wall it is its own. */
const TELL_COST = "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write(`cost ${user} ${system}`); });";

const verify = (artifact: string, ...more: string[]): Promise<Run> => gatehouse(['verify', artifact, '-p', at('enforce.yaml'), '--plain-http', registry.host, ...more]);

describe('gatehouse verify', () => {
  it('0: a signed image, by tag and by digest', async () => {
    const [tag, digest] = await Promise.all([verify(`${repository}:v1`), verify(`${repository}@${signed.digest}`, '-o', 'json')]);
    expect([tag.code, digest.code]).toEqual([0, 0]);
    expect(tag.stdout).toContain('acme');
    expect(JSON.parse(digest.stdout)).toMatchObject({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Decision', outcome: 'admit' });
    expect([tag.stderr, digest.stderr]).toEqual(['', '']);
    // eslint-like habit: no colour codes anywhere, with or without NO_COLOR.
    expect(tag.stdout).not.toContain('\u001b[');
  });

  it('1: unsigned, without a policy, and with the signature of another image', async () => {
    const [missing, unmatched, other] = await Promise.all([
      verify(`${repository}:unsigned`), verify(`${registry.host}/other/app:1`, '-o', 'json'), verify(`${repository}@${signed.digest}`, '--offline', '--evidence', at('other.bundle'), '-o', 'json'),
    ]);
    expect([missing.code, unmatched.code, other.code]).toEqual([1, 1, 1]);
    expect(missing.stdout).toContain('FETCH_NONE_FOUND');
    expect(missing.stdout).toContain('  fix: sign it as release: cosign sign --key KEY IMAGE  [FETCH_NONE_FOUND]\n');
    expect(unmatched.stdout).toContain('SELECT_NO_POLICY');
    expect(other.stdout).toContain('VERIFY_SUBJECT_MISMATCH');
  });

  it('3 without network and digest, and a fix that helps', async () => {
    const run = await verify(`${repository}:v1`, '--offline', '--evidence', at('image.bundle'));
    expect(run.code).toBe(3);
    expect(run.stdout).toMatch(/fix: .*without --offline {2}\[FETCH_UNREACHABLE\]/);
  });

  it('a bare digest is shown once', async () => {
    expect((await verify(unsigned.digest)).stdout).toContain(`\u2717 arguments[0] ${unsigned.digest}\n`);
  });

  it('0 without network: evidence from a file, judged offline', async () => {
    registry.clearLog();
    const run = await verify(`${repository}@${signed.digest}`, '--offline', '--evidence', at('image.bundle'));
    expect(run.code).toBe(0);
    expect(registry.log).toHaveLength(0);
  });

  it('statements about the source and about the base image come in files as well, each bound to what it names', async () => {
    const commit = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
    const build = slsaProvenanceV1({ source: 'git+https://github.com/acme/app@refs/heads/main', commit, dependencies: [{ uri: `oci://${registry.host}/acme/base`, digest: { sha256: unsigned.digest.slice(7) } }] });
    const summary = verificationSummary({ at: world.now, resourceUri: 'git+https://github.com/acme/app', levels: ['SLSA_SOURCE_LEVEL_4'] });
    const about = (id: string): Buffer => keyBundle(world, { statement: makeStatement([{ digest: { gitCommit: id }, annotations: { sourceRefs: ['refs/heads/main'] } }], summary), key });
    const provenance = keyBundle(world, { statement: makeStatement(signed.digest, build), key });
    const base = keyBundle(world, { digest: unsigned.digest, key });
    writeFileSync(at('built.yaml'), `${policies('enforce').replace('acme/**', 'acme/base')}---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: built}
spec:
  artifacts: [{image: "${registry.host}/acme/app"}]
  require:
    - name: reviewed and on our base
      provenance: {by: [release], source: {uri: "git+https://github.com/acme/*", reviewed: {by: [release], level: SLSA_SOURCE_LEVEL_4, branch: main}}, dependencies: {images: {admitted: true}}}
`);
    const files = { all: [provenance, about(commit), base], 'other-commit': [provenance, about(commit.replace('6', '7')), base], 'unsigned-base': [provenance, about(commit)] };
    for (const [name, bundles] of Object.entries(files)) writeFileSync(at(`${name}.jsonl`), bundles.map((bundle) => `${bundle.toString()}\n`).join(''));
    const [all, otherCommit, unsignedBase] = await Promise.all(Object.keys(files).map((name) => gatehouse(['verify', `${repository}@${signed.digest}`, '-p', at('built.yaml'), '--offline', '--evidence', at(`${name}.jsonl`)])));
    expect([all?.code, otherCommit?.code, unsignedBase?.code]).toEqual([0, 1, 1]);
    expect(otherCommit?.stdout).toContain('POLICY_SOURCE_REVIEW');
    expect(unsignedBase?.stdout).toContain('POLICY_IMAGE_DENIED');
  });

  it('files and bare digests are blobs, known by their name', async () => {
    const evidence = ['--evidence', at('blob.bundle')];
    const [file, digest, named, unknown] = await Promise.all([verify(at('app-1.tgz'), ...evidence), verify(blobDigest, '--name', 'app-1.tgz', ...evidence), verify(blobDigest, ...evidence), verify(at('app-1.tgz'))]);
    expect([file.code, digest.code, named.code, unknown.code]).toEqual([0, 0, 1, 1]);
    expect(named.stdout).toContain('SELECT_NO_POLICY');
    expect(unknown.stdout).toContain('FETCH_NONE_FOUND');
    expect(unknown.stdout).toMatch(/fix: .*--evidence.* {2}\[FETCH_NONE_FOUND\]/);
  });

  it('2: warnings only, when asked for; 0 otherwise', async () => {
    const args = ['verify', `${repository}:unsigned`, '-p', at('warn.yaml'), '--plain-http', registry.host];
    expect((await gatehouse(args)).code).toBe(0);
    expect((await gatehouse([...args, '--fail-on-warn'])).code).toBe(2);
  });

  it('3: a registry that cannot be reached', async () => {
    const gone = await startRegistry();
    await gone.close();
    writeFileSync(at('gone.yaml'), policies('enforce').replace(registry.host, gone.host));
    const run = await gatehouse(['verify', `${gone.host}/acme/app@${signed.digest}`, '-p', at('gone.yaml'), '--plain-http', gone.host, '-o', 'json', '--timeout', '10s']);
    expect(run.code).toBe(3);
    expect(run.stdout).toContain('FETCH_UNREACHABLE');
  });

  it.each([
    ['no policy flag', ['verify', 'x:1'], '--policy'],
    ['an unknown flag', ['verify', 'x:1', '-p', '.', '--nonsense'], '--nonsense'],
    ['a folder that is not there', ['verify', 'x:1', '-p', '/nonexistent'], '/nonexistent'],
    ['a timeout that is none', ['verify', 'x:1', '-p', 'ENFORCE', '--timeout', 'soon'], '--timeout'],
    ['evidence that is not there', ['verify', 'x:1', '-p', 'ENFORCE', '--evidence', '/nonexistent'], '/nonexistent'],
    ['a CA without a host', ['admit', '-f', 'REVIEW', '-p', 'ENFORCE', '--registry-ca', 'ca.pem'], 'HOST=FILE'],
    ['a CA that holds no certificate', ['admit', '-f', 'REVIEW', '-p', 'ENFORCE', '--registry-ca', 'r.example=REVIEW'], 'certificates in PEM'],
    ['evidence that is not there', ['verify', 'x:1', '-p', 'ENFORCE', '--evidence', 'no.bundle'], 'no.bundle: file cannot be read (ENOENT)'],
    ['credentials that are not there', ['verify', 'x:1', '-p', 'ENFORCE', '--docker-config', 'no.json'], 'no.json: file cannot be read (ENOENT)'],
    ['namespaces that are not there', ['verify', 'x:1', '-p', 'ENFORCE', '--namespaces', 'no.yaml'], 'no.yaml: file cannot be read (ENOENT)'],
    ['a key that is not there', ['inspect', 'x:1', '--key', 'no.pem'], 'no.pem: file cannot be read (ENOENT)'],
    ['an unknown command', ['veryfy'], 'veryfy'],
    ['no command', [], 'Usage'],
    ['an unknown code', ['explain', 'NO_SUCH'], 'NO_SUCH'],
    ['a review that is none', ['admit', '-f', '-', '-p', 'ENFORCE'], 'INPUT_JSON_INVALID'],
    ['serve with a certificate but no key', ['serve', '-p', 'ENFORCE', '--tls-cert', 'tls.crt'], '--tls-key: is missing'],
    ['serve with two certificates', ['serve', '-p', 'ENFORCE', '--tls-cert', 'tls.crt', '--tls-key', 'tls.key', '--dev-cert'], 'exclude each other'],
    ['a digest cut short', ['verify', 'sha256:abc', '-p', 'ENFORCE'], 'is no digest'],
    ['a digest in upper case', ['verify', `SHA256:${'A'.repeat(64)}`, '-p', 'ENFORCE'], 'is no digest'],
    ['a file that is not there', ['verify', './app-2.tgz', '-p', 'ENFORCE'], 'no such file'],
    ['a plain-http host with a scheme', ['verify', 'x:1', '-p', 'ENFORCE', '--plain-http', 'http://x'], '--plain-http'],
    ['serve without policies', ['serve', '--dev-cert'], '-p DIR'],
    ['serve with a port that is none', ['serve', '-p', 'ENFORCE', '--port', 'https'], 'port'],
  ])('64: %s', async (_name, args, told) => {
    const run = await gatehouse(args.map((arg) => (arg === 'ENFORCE' ? at('enforce.yaml') : arg.replace(/REVIEW$/, at('review.json')))));
    expect(run.code).toBe(64);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(told);
    expect(run.stderr).not.toContain('internal error');
  });

  it('64: an invalid policy, with every problem in its place', async () => {
    const run = await gatehouse(['verify', 'x:1', '-p', at('broken.yaml')]);
    expect(run.code).toBe(64);
    expect(run.stderr).toMatch(/broken\.yaml:\d+:\d+: error: .*mode/);
    expect(run.stderr).toMatch(/broken\.yaml:\d+:\d+: error: .*signatur/);
  });
});

describe('gatehouse admit, policy lint, explain, version', () => {
  it('admit answers from a file and from standard input', async () => {
    const args = ['-p', at('enforce.yaml'), '--plain-http', registry.host];
    const file = await gatehouse(['admit', '-f', at('review.json'), ...args]);
    expect(file.code).toBe(0);
    expect(JSON.parse(file.stdout)).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'uid-1', allowed: true } });
    const stdin = await gatehouse(['admit', '-f', '-', ...args], { stdin: JSON.stringify(podReview()) });
    expect(stdin.code).toBe(1);
    expect(JSON.parse(stdin.stdout)).toMatchObject({ response: { allowed: false } });
  });

  it('lint: 0 clean, 64 with every problem', async () => {
    const [clean, broken, json] = await Promise.all([gatehouse(['policy', 'lint', at('enforce.yaml')]), gatehouse(['policy', 'lint', at('broken.yaml')]), gatehouse(['policy', 'lint', at('broken.yaml'), '-o', 'json'])]);
    expect([clean.code, broken.code, json.code]).toEqual([0, 64, 64]);
    expect(clean.stdout).toContain('1 policy');
    expect(broken.stderr.trim().split('\n').length).toBeGreaterThan(1);
    expect(JSON.parse(json.stdout).problems.length).toBeGreaterThan(1);
  });

  it('explain knows every code, in any case, and lists them', async () => {
    expect((await gatehouse(['explain', 'fetch_none_found'])).stdout).toContain('unsigned');
    expect((await gatehouse(['explain'])).stdout).toContain('ENGINE_FAULT');
  });

  it('version and help start quickly and load no server', async () => {
    const run = await gatehouse(['version'], { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL_COST)}` } });
    expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const [, user = NaN, system = NaN] = (/cost (\d+) (\d+)/.exec(run.stderr) ?? []).map(Number);
    expect((user + system) / 1000).toBeLessThan(3000);
    expect((await gatehouse(['--version'])).stdout).toBe(run.stdout);
    const help = await gatehouse(['verify', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Exit codes');
  });

  it('a reader that goes away is no error', async () => {
    const child = spawn(process.execPath, [BIN, 'explain'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.destroy();
    expect(await new Promise((done) => child.on('exit', done))).toBe(0);
  });
});

describe('gatehouse serve', () => {
  const children: ChildProcess[] = [];
  afterEach(() => { for (const child of children.splice(0)) child.kill('SIGKILL'); });

  /** Starts a server with the environment variables and the exit code to wait for. */
  async function serve(...more: string[]) {
    const child = spawn(process.execPath, [BIN, 'serve', '-p', at('enforce.yaml'), '--host', '127.0.0.1', '--port', '0', '--ops-port', '0', '--drain', '200ms', '--plain-http', registry.host, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let out = '';
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout?.on('data', (chunk) => {
        out += String(chunk);
        const line = /"port":(\d+)/.exec(out);
        if (line !== null) resolve(Number(line[1]));
      });
      child.on('exit', (code) => reject(new Error(`exit ${code}: ${out}`)));
    });
    return { child, port, exit: new Promise<number | null>((done) => child.on('exit', done)), out: () => out };
  }

  const ask = (port: number): Promise<string> => new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method: 'POST', path: '/validate', headers: { 'content-type': 'application/json' }, rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve(text));
    });
    call.on('error', reject);
    call.end(JSON.stringify(podReview()));
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('R13 answers, and exits with 0 on %s', async (signal) => {
    const { child, port, exit } = await serve();
    expect(await ask(port)).toContain('SELECT_NO_POLICY');
    child.kill(signal);
    expect(await exit).toBe(0);
  });

  it('looks at its configuration at SIGHUP, and goes on', async () => {
    const config = at('live.yaml');
    writeFileSync(config, 'unmatched: deny\n');
    const { child, port, exit, out } = await serve('--config', config, '--dev-cert');
    expect(await ask(port)).toContain('"allowed":false');
    writeFileSync(config, 'unmatched: warn\n');
    child.kill('SIGHUP');
    await until(async () => (await ask(port)).includes('"allowed":true'));
    await until(() => out().includes('"changed":["unmatched"]'));
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('makes a certificate when none is given, and says so', async () => {
    const { child, port } = await serve();
    let told = '';
    child.stderr?.on('data', (chunk) => { told += String(chunk); });
    expect(await ask(port)).toContain('SELECT_NO_POLICY');
    expect(told).toContain('no serving certificate given');
  });

  it('64: a port in use', async () => {
    const { port } = await serve();
    const run = await gatehouse(['serve', '-p', at('enforce.yaml'), '--host', '127.0.0.1', '--port', String(port), '--ops-port', '0', '--dev-cert']);
    expect(run.code).toBe(64);
    expect(run.stderr).toMatch(/port \d+ of 127\.0\.0\.1 is in use \(EADDRINUSE\).*--port/);
  });

  it('R19 answers, and stops, when nobody reads its log', async () => {
    const { child, port, exit } = await serve();
    child.stdout?.pause();
    const answers = [];
    for (let i = 0; i < 40; i += 1) answers.push(...await Promise.all(Array.from({ length: 25 }, () => ask(port))));
    expect(answers.every((answer) => answer.includes('SELECT_NO_POLICY'))).toBe(true);
    child.kill('SIGTERM');
    const timeout = new Promise((done) => setTimeout(() => done('still running'), 60_000));
    expect(await Promise.race([exit, timeout])).toBe(0);
  });

  it('R19 survives that its log is closed', async () => {
    const { child, port } = await serve();
    child.stdout?.destroy();
    for (let i = 0; i < 20; i += 1) expect(await ask(port)).toContain('SELECT_NO_POLICY');
    expect(child.exitCode).toBeNull();
  });
});
