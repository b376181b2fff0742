/** What `gatehouse verify` and `apply` take, and in which formats they answer; no registry is asked. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CliContext } from '../../../src/surfaces/cli/context.ts';
import { localRooms } from '../../../src/wiring/local/rooms.ts';
import { VARIABLES } from '../../../src/surfaces/cli/environment/table.ts';
import { painted } from '../../../src/surfaces/cli/output/colours.ts';
import { ranCommandLineIn } from '../../support/command-line.ts';
import type { Ran } from '../../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-verify-'));
const DIGEST = `sha256:${'a'.repeat(64)}`;
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
const POLICY = `apiVersion: gatehouse.dev/v1alpha1
kind: Signer
metadata: {name: release}
spec: {identities: [{key: {data: ${JSON.stringify(KEY)}}}]}
---
apiVersion: gatehouse.dev/v1alpha1
kind: ClusterArtifactPolicy
metadata: {name: open}
spec: {mode: enforce, usedAs: [container, baseImage], artifacts: [{image: "ok.example/**"}], require: [{name: signed, signature: {by: [release]}}]}
`;
const POD = (image: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: "${image}"}]}\n`;
const DOCKERFILE = `# syntax=front.example/dockerfile:1
ARG BASE=base.example/node
ARG TAG
FROM --platform=linux/amd64 \${BASE}:22 AS build
RUN <<EOF
FROM hidden.example/not:1
EOF
RUN --mount=type=bind,from=mount.example/tools:1,target=/t \\
  # a comment
  make
FROM build AS test
FROM app.example/run:$TAG
COPY --from=build /a /a
COPY --from=0 /a /a
COPY --chown=1 --from=copied.example/lib:2 /l /l
FROM scratch
`;
beforeAll(() => {
  mkdirSync(join(folder, 'manifests'));
  for (const [name, text] of Object.entries({
    'policy.yaml': POLICY, 'pod.yaml': POD(`other.example/a@${DIGEST}`), 'broken.yaml': 'a: [', 'none.yaml': 'a: b\n', 'app.tgz': 'bytes',
    Dockerfile: DOCKERFILE, 'two.yaml': `${POD('nginx:1')}---\n# Source: x\n---\n${POD('redis:1')}`, 'manifests/pod.yaml': POD('nginx:1'), 'manifests/web.Dockerfile': 'FROM nginx:1\n',
    'helm.yaml': `NAME: a\nLAST DEPLOYED: now\nSTATUS: x\nHOOKS:\nMANIFEST:\n---\n# Source: a\n${POD('nginx:1')}\nNOTES:\n1. go: [there\n`,
    'helm-hiding.yaml': `NAME: a\nLAST DEPLOYED: now\nMANIFEST:\n---\n${POD('nginx:1')}\nNOTES:\nhello\n---\n${POD('evil:1')}`,
  })) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** What is otherwise each time is made equal: ids, times and durations. */
const still: CliContext['rooms'] = {
  ...localRooms, serve: () => Promise.reject(new Error('no server')),
  openEngine: async (options) => {
    const engine = await localRooms.openEngine(options);
    return { ...engine, admit: async (review, budget) => ({ ...(await engine.admit(review, budget)), id: 'id', at: 0, durationMs: 1 }) };
  },
};
const run = (args: readonly string[], world: Partial<CliContext> = {}): Promise<Ran> => ranCommandLineIn({ rooms: still, ...world }, ...args);
const verify = (...args: readonly string[]): Promise<Ran> => run(['verify', '-p', at('policy.yaml'), '--offline', ...args]);

describe('a file that does not exist', () => {
  it.each(['nofile.tar', 'no-lock.json', 'none/app.tgz', 'app-1.4', 'App.TGZ'])('row 49: %s is an error, never an image of Docker Hub', async (name) => {
    for (const command of ['verify', 'admit', 'inspect']) {
      const ran = await run([command, name, ...(command === 'inspect' ? [] : ['-p', at('policy.yaml')]), '--offline']);
      expect([ran.code, ran.stdout]).toEqual([64, '']);
      expect(ran.stderr).toContain(`${name}: there is no such file`);
    }
  });

  it('row 49: a file that is there is no image for admit either, and the way to ask about it is told', async () => {
    const ran = await run(['admit', 'LICENSE', '-p', at('policy.yaml'), '--offline']);
    expect([ran.code, ran.stdout]).toEqual([64, '']);
    expect(ran.stderr).toContain('LICENSE: is a file');
    expect((await run(['admit', `LICENSE=${DIGEST}`, '-p', at('policy.yaml'), '--offline'])).code).not.toBe(64);
  });

  it('a manifest or Dockerfile without -f is judged by its bytes, and the way to judge what is written in it is told', async () => {
    for (const name of ['pod.yaml', 'Dockerfile'])
      expect(await verify(at(name))).toMatchObject({ code: 1, stdout: expect.stringContaining(`is judged by gatehouse verify -f ${at(name)}`) });
    expect((await verify(at('pod.yaml'), at('app.tgz'))).stdout.match(/gatehouse verify -f/g)).toHaveLength(1);
    for (const args of [[at('app.tgz')], [`ok.example/pod.yaml@${DIGEST}`], ['-f', at('pod.yaml')]])
      expect((await verify(...args)).stdout, args.join(' ')).not.toContain('judged as a file');
  });

  it('row 49: the full name, a tag or a digest makes it an image', async () => {
    for (const name of ['docker.io/library/nofile.tar', 'nofile.tar:1', `nofile.tar@${DIGEST}`, 'nginx:1', 'acme/app:1'])
      expect((await verify(name)).code, name).not.toBe(64);
  });

  it('row 49: a folder is told to be one, and what would lie in a folder that is there is a path', async () => {
    expect(await verify(folder)).toMatchObject({ code: 64, stderr: expect.stringContaining('gatehouse verify -f') });
    expect(await verify('src/nothing')).toMatchObject({ code: 64, stderr: expect.stringContaining('docker.io/src/nothing') });
  });

  it('a file called as an image is refused; with its name, or by a path, it is the file', async () => {
    writeFileSync('gatehouse-test-bare', 'bytes');
    try {
      expect(await verify('gatehouse-test-bare')).toMatchObject({ code: 64, stderr: expect.stringContaining('./gatehouse-test-bare for the file') });
      for (const args of [['./gatehouse-test-bare'], ['gatehouse-test-bare', '--name', 'x']]) expect((await verify(...args)).code).toBe(1);
    } finally {
      rmSync('gatehouse-test-bare');
    }
  });
});

describe('verify -f is apply -f', () => {
  const FILES = ['pod.yaml', 'broken.yaml', 'none.yaml', 'two.yaml', 'Dockerfile', 'manifests', 'missing.yaml', 'helm.yaml', 'helm-hiding.yaml'];
  const MORE = [
    [], ['-o', 'json'], ['-o', 'yaml'], ['-o', 'junit'], ['-o', 'github'], ['-q'], ['-v', '--as', 'bob'], ['-o', 'nonsense'], ['--as-group', 'x'],
    ['-n', 'shop'], ['--build-arg', 'TAG=1'],
  ];
  it.each(FILES)('%s: the same bytes and the same exit code in every format', async (file) => {
    for (const more of MORE) {
      const args = ['-f', at(file), '-p', at('policy.yaml'), '--offline', ...more];
      expect(await run(['verify', ...args]), more.join(' ')).toEqual(await run(['apply', ...args]));
    }
  });

  it('without policies, and from standard input', async () => {
    const stdin = async (): Promise<Uint8Array> => new TextEncoder().encode(POD('nginx:1'));
    for (const args of [['-f', '-'], ['-f', '-', '-p', at('policy.yaml'), '--offline']])
      expect(await run(['verify', ...args], { stdin })).toEqual(await run(['apply', ...args], { stdin }));
    expect((await run(['verify', '-f', '-', '-p', at('policy.yaml'), '--offline'], { stdin })).stdout).toContain('standard input:1');
  });

  it('what is only for artifacts, or only for manifests, is refused where it would not count', async () => {
    for (const args of [
      ['nginx:1', '-f', at('pod.yaml')], ['-f', at('pod.yaml'), '--name', 'x'], ['-f', at('pod.yaml'), '--used-as', 'source'], ['nginx:1', '--as', 'bob'], [],
      ['nginx:1', 'redis:1', '--name', 'x'], ['nginx:1', '--used-as', 'lunch'],
    ]) expect((await verify(...args)).code, args.join(' ')).toBe(64);
  });

  it('of a report of helm the notes are passed over, and nothing that could be applied', async () => {
    const good = await verify('-f', at('helm.yaml'));
    expect([good.code, good.stdout]).not.toEqual([64, expect.anything()]);
    expect(good.stdout).toContain('passed over: the notes of helm');
    expect(await verify('-f', at('helm-hiding.yaml'))).toMatchObject({ code: 64, stderr: expect.stringContaining('helm-hiding.yaml:') });
  });
});

interface Listed {
  readonly objects: readonly {
    readonly artifacts: readonly { readonly reference: string; readonly usage: string; readonly path: string }[];
    readonly findings: readonly { readonly code: string; readonly path: string; readonly fix: string }[];
  }[];
}
const listed = async (...args: readonly string[]): Promise<Listed> => JSON.parse((await verify(...args, '-o', 'json')).stdout) as Listed;

describe('Dockerfiles', () => {
  it('every image that something is taken from is judged, by its use and its line; stages, scratch and heredocs are none', async () => {
    const [one] = (await listed('-f', at('Dockerfile'), '--build-arg', 'TAG=3')).objects;
    expect(one?.artifacts.map(({ reference, usage, path }) => [reference, usage, path])).toEqual([
      ['front.example/dockerfile:1', 'buildStep', 'line 1'], ['base.example/node:22', 'baseImage', 'line 4'],
      ['mount.example/tools:1', 'dependency', 'line 8'], ['app.example/run:3', 'baseImage', 'line 12'], ['copied.example/lib:2', 'dependency', 'line 15'],
    ]);
  });

  it('an argument without a value is undetermined, and the flag to give is named', async () => {
    const [one] = (await listed('-f', at('Dockerfile'))).objects;
    expect(one?.findings.filter(({ code }) => code === 'POLICY_FACT_UNKNOWN'))
      .toMatchObject([{ path: 'line 12', fix: expect.stringContaining('--build-arg TAG=VALUE') }]);
    const codeOf = async (text: string): Promise<number> => {
      writeFileSync(at('alone.Dockerfile'), text);
      return (await verify('-f', at('alone.Dockerfile'))).code;
    };
    expect(await codeOf('ARG X\nFROM $X\n')).toBe(3);
    expect(await codeOf(`ARG X=other.example/a@${DIGEST}\nFROM $X\n`)).toBe(1);
    expect(await codeOf('FROM scratch\nCOPY a b\n')).toBe(0);
    expect(await codeOf('hello\n')).toBe(64);
  });

  it.each([
    ['a later stage is no stage yet', 'FROM a.example/a:1\nCOPY --from=later /a /a\nFROM b.example/b:1 AS later\n', ['a.example/a:1', 'later', 'b.example/b:1']],
    ['another escape', '# escape=`\nFROM `\n a.example/a:1\n', ['a.example/a:1']],
    ['quotes, and a default', 'ARG A="a.example/a"\nFROM "${A}:${V:-1}"\n', ['a.example/a:1']],
    ['a heredoc that is none', 'FROM a.example/a:1\nRUN echo "<<EOF"\nFROM b.example/b:1\n', ['a.example/a:1', 'b.example/b:1']],
    ['ONBUILD', 'FROM a.example/a:1\nONBUILD COPY --from=b.example/b:1 /a /a\n', ['a.example/a:1', 'b.example/b:1']],
    ['small letters, and CRLF', 'from a.example/a:1 as x\r\ncopy --from=x /a /a\r\nfrom X\r\n', ['a.example/a:1']],
    ['an argument of a stage is none of FROM', 'ARG A=a.example/a:1\nFROM $A\nARG A=b.example/b:1\nFROM $A\n', ['a.example/a:1', 'a.example/a:1']],
  ])('%s', async (_, text, images) => {
    writeFileSync(at('case.Dockerfile'), text);
    expect((await listed('-f', at('case.Dockerfile'))).objects[0]?.artifacts.map(({ reference }) => reference)).toEqual(images);
  });

  it('a heredoc without end denies: what stands behind it is not known', async () => {
    writeFileSync(at('open.Dockerfile'), 'FROM scratch\nRUN <<EOF\nFROM b.example/b:1\n');
    expect((await listed('-f', at('open.Dockerfile'))).objects[0]?.findings.map(({ code }) => code)).toContain('INPUT_OBJECT_UNREADABLE');
  });
});

const OTHER = `other.example/b@${DIGEST}`;

describe('several artifacts, and formats', () => {
  it('several artifacts are one document, and one stays a Decision; the worst code counts', async () => {
    const both = await verify(`ok.example/a@${DIGEST}`, OTHER, '-o', 'json');
    const document = JSON.parse(both.stdout) as { kind: string; objects: { at: string; findings: { path: string }[] }[] };
    expect([both.code, document.kind, document.objects.map((one) => one.at), document.objects[1]?.findings[0]?.path])
      .toEqual([1, 'DecisionList', [`ok.example/a@${DIGEST}`, OTHER], 'arguments[1]']);
    expect(JSON.parse((await verify(OTHER, '-o', 'json')).stdout)).toMatchObject({ kind: 'Decision' });
    expect((await verify(OTHER, OTHER)).stdout).toContain('2 artifacts: 0 admitted, 0 with warnings, 2 denied');
  });

  it('--used-as decides which policies speak', async () => {
    const told = async (usage: string): Promise<string> => (await verify(`ok.example/a@${DIGEST}`, '--used-as', usage)).stdout;
    expect(await told('source')).toContain('SELECT_NO_POLICY');
    expect(await told('baseImage')).not.toContain('SELECT_NO_POLICY');
  });

  it('yaml says what json says, junit and github say what was found, and each can be written to a file', async () => {
    const of = async (...more: string[]): Promise<string> => (await verify('-f', at('pod.yaml'), ...more)).stdout;
    expect(parse(await of('-o', 'yaml'))).toEqual(JSON.parse(await of('-o', 'json')));
    expect(await of('-o', 'junit')).toMatch(/<testcase name="Pod default\/web"[^]*<failure message="SELECT_NO_POLICY"/);
    expect(await of('-o', 'github')).toMatch(/^::error file=[^,]*pod\.yaml,line=1,title=Pod default\/web%3A SELECT_NO_POLICY::/);
    expect(await of('-o', `junit=${at('report.xml')}`)).toContain('✗ Pod default/web');
    expect(readFileSync(at('report.xml'), 'utf8')).toBe(await of('-o', 'junit'));
    expect(await verify(OTHER, '-o', 'json', '-o', 'yaml')).toMatchObject({ code: 64 });
  });

  it('-q leaves the exit code, data and errors', async () => {
    expect(await verify(OTHER, '-q')).toEqual({ code: 1, stdout: '', stderr: '' });
    expect((await verify(OTHER, '-q', '-o', 'json')).stdout).toContain('SELECT_NO_POLICY');
  });

  it('colours are for terminals, not with --no-color, and nothing of somebody else is coloured', async () => {
    const args = ['verify', '-p', at('policy.yaml'), '--offline', OTHER];
    const coloured = (await run(args, { colours: true })).stdout;
    expect(coloured).toContain('\u001b[31mviolated\u001b[0m');
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe((await run(args)).stdout);
    expect((await run([...args, '--no-color'], { colours: true })).stdout).toBe((await run(args)).stdout);
    expect(painted('  expected violated ✗ x', true)).toBe('  expected violated ✗ x');
  });
});

/** The program as it is installed, started by a Node that may be too old for it. */
function started(node: string, args: readonly string[]): Promise<Ran> {
  const path = (process.env['PATH'] ?? '').split(':').filter((one) => !one.includes('node_modules')).join(':');
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['bin/gatehouse.js', ...args], { env: { PATH: path, HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
    const ran = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => { ran.stdout += String(chunk); });
    child.stderr.on('data', (chunk) => { ran.stderr += String(chunk); });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...ran }));
  });
}

describe('the program itself', () => {
  it.each([['the Node of the project', process.execPath], ['whatever Node there is', 'node']])('no warning of the engine stands before an answer: %s', async (_, node) => {
    writeFileSync(at('good.Dockerfile'), 'FROM scratch\n');
    const ran = await started(node, ['verify', '-f', at('good.Dockerfile'), '-p', at('policy.yaml'), '--offline']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
  });
});

describe('defaults from the environment', () => {
  it('a policy, a namespace and a format; flags win', async () => {
    const environment = { GATEHOUSE_POLICY: at('policy.yaml'), GATEHOUSE_OUTPUT: 'json', GATEHOUSE_NAMESPACE: 'shop' };
    const ran = await run(['verify', '--offline', OTHER], { environment });
    expect(JSON.parse(ran.stdout)).toMatchObject({ kind: 'Decision', request: { namespace: 'shop' } });
    const flags = ['-p', at('policy.yaml'), '-o', 'yaml', '-n', 'other'];
    const other = await run(['verify', '--offline', OTHER, ...flags], { environment: { ...environment, GATEHOUSE_POLICY: '/nonexistent' } });
    expect(parse(other.stdout)).toMatchObject({ request: { namespace: 'other' } });
    expect((await run(['verify', OTHER], { environment: { GATEHOUSE_POLICY: '' } })).code).toBe(64);
  });

  const ASKING: Readonly<Record<string, readonly string[]>> = {
    GATEHOUSE_SERVER: ['--token-file', 'LICENSE'], GATEHOUSE_TOKEN_FILE: ['--server', 'https://gate.example'],
    GATEHOUSE_CA: ['--server', 'https://gate.example', '--token-file', 'LICENSE'],
  };
  it.each(VARIABLES.map(({ name, flag }) => [name, flag] as const))('%s is read for %s, and stands in cli.md', async (name, flag) => {
    expect(readFileSync('docs/reference/cli.md', 'utf8')).toContain(`| \`${name}\` | \`${flag}\` |`);
    const asking = ASKING[name];
    const args = asking === undefined ? ['verify', OTHER, '-o', 'json'] : ['admit', 'nginx:1', ...asking];
    const flags = name === 'GATEHOUSE_OUTPUT' ? args.slice(0, 2) : args;
    const environment = { ...(asking === undefined ? { GATEHOUSE_POLICY: at('policy.yaml') } : {}), [name]: 'no/such' };
    const ran = await run(flags, { environment });
    if (name === 'GATEHOUSE_NAMESPACE') expect(ran.stdout).toContain('"namespace": "no/such"');
    else expect([ran.code, ran.stderr]).toEqual([64, expect.stringMatching(/no\/such|GATEHOUSE_OUTPUT|--server: expected https/)]);
  });

  it('digits alone are seconds, as the script that asks a gate reads them; on the flag they are nothing', async () => {
    const asked = async (environment: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<number> =>
      (await run(['verify', '--offline', OTHER, '-p', at('policy.yaml'), ...flags], { environment })).code;
    expect(await asked({ GATEHOUSE_TIMEOUT: '60' })).toBe(1);
    expect(await asked({}, '--timeout', '60')).toBe(64);
    expect(await asked({ GATEHOUSE_TIMEOUT: '0' })).toBe(64);
  });

  it('policies of a configuration that is written are those that check looks at', async () => {
    writeFileSync(at('server.yaml'), `policies: [${JSON.stringify(at('policy.yaml'))}]\n`);
    const environment = { GATEHOUSE_POLICY: '/nonexistent' };
    expect((await run(['check', '--config', at('server.yaml')], { environment })).code).toBe(0);
    expect((await run(['check'], { environment })).code).toBe(64);
  });

  it('of the ways to judge one is meant: here, or by a gate', async () => {
    const environment = { GATEHOUSE_POLICY: at('policy.yaml'), GATEHOUSE_SERVER: 'https://gate.example', GATEHOUSE_TOKEN_FILE: at('none') };
    expect(await run(['admit', OTHER, '--offline'], { environment })).toMatchObject({ code: 64, stderr: expect.stringContaining('both set') });
    expect((await run(['admit', OTHER, '--offline', '-p', at('policy.yaml')], { environment })).code).toBe(1);
  });

  it('what nobody reads is told with what was meant; variables of services, and what loosens, are not read', async () => {
    const told = async (name: string): Promise<string> =>
      (await run(['verify', '--offline', OTHER, '-p', at('policy.yaml')], { environment: { [name]: 'x' } })).stderr;
    expect(await told('GATEHOUSE_POLICIE')).toContain('did you mean GATEHOUSE_POLICY?');
    expect(await told('GATEHOUSE_PLAIN_HTTP')).toContain('is not read');
    for (const name of ['GATEHOUSE_PORT_443_TCP_ADDR', 'GATEHOUSE_SERVICE_HOST', 'GATEHOUSE_NODE']) expect(await told(name)).toBe('');
    expect((await run(['verify', '--help'], { environment: { GATEHOUSE_OUTPUT: 'nonsense' } })).code).toBe(0);
  });
});
