import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shipped } from './shipped.ts';

/** A server process under measurement. */
export interface Process {
  readonly origin: string;
  /** The gate; without one its port is 0. */
  readonly gate: string;
  readonly ops: string;
  /** Resident memory now, in MiB. */
  rss(): number;
  /** Processor time of all of its threads so far, in microseconds; of Linux alone. */
  cpu(): number;
  /** Gives it another configuration while it runs; resolves when that is in force. */
  configure(config: Readonly<Record<string, unknown>>): Promise<void>;
  /** Value of a metric, summed over its labels; 0 when there is none. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Starts the shipped program as the manifest does, with these policy documents and configuration. */
export async function startGatehouse({ program, environment }: Shipped, policy: string, config: Readonly<Record<string, unknown>>): Promise<Process> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  writeFileSync(join(folder, 'policy.yaml'), policy);
  const opsPort = await freePort();
  const file = join(folder, 'config.json');
  const write = (more: Readonly<Record<string, unknown>>): void => {
    writeFileSync(`${file}.new`, JSON.stringify({ host: '127.0.0.1', port: 0, opsPort, drain: '0s', kubernetes: { enabled: false }, ...more }));
    renameSync(`${file}.new`, file);
  };
  let written = JSON.stringify(config);
  write(config);
  // The log goes into a file: nobody has to read it on the processors that are measured. It lies apart, as it does in a pod: the folder of
  // the configuration is followed, and each line would stir it.
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const logFile = join(logs, 'log.jsonl');
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [program, 'serve', '--config', file, '-p', join(folder, 'policy.yaml'), '--dev-cert'], { stdio: ['ignore', log, 'inherit'], env: { ...process.env, ...environment } });
  closeSync(log);
  const line = await loggedLine(logFile, '"serving"');
  const { port, gatePort = 0 } = JSON.parse(line) as { port: number; gatePort?: number };
  const ops = `http://127.0.0.1:${opsPort}`;
  return {
    origin: `https://127.0.0.1:${port}`,
    gate: `https://127.0.0.1:${gatePort}`,
    ops,
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    cpu: () => readdirSync(`/proc/${child.pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${child.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0),
    async configure(next) {
      const changes = (): number => readFileSync(logFile, 'utf8').split('"configuration changed"').length;
      if (JSON.stringify(next) === written) return;
      written = JSON.stringify(next);
      const before = changes();
      write(next);
      child.kill('SIGHUP');
      while (changes() === before) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    metric: async (name) => sumMetric(await (await fetch(`${ops}/metrics`)).text(), name),
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the bare server that Gatehouse is compared with. */
export function startBare(): Promise<Pick<Process, 'origin' | 'stop'>> {
  return startBareServer('bench/bare-server.ts');
}

/** Starts the bare route of fastify that the gate is compared with; it answers this JSON document. */
export function startBareFastify(answer: string): Promise<Pick<Process, 'origin' | 'stop'>> {
  return startBareServer('bench/bare-fastify.ts', answer);
}

async function startBareServer(program: string, ...words: readonly string[]): Promise<Pick<Process, 'origin' | 'stop'>> {
  const { developmentCertificate } = await import('../src/platform/tls/development.ts');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const pair = await developmentCertificate(['localhost']);
  writeFileSync(join(folder, 'cert.pem'), pair.cert);
  writeFileSync(join(folder, 'key.pem'), pair.key);
  const child = spawn(process.execPath, [join(ROOT, program), join(folder, 'cert.pem'), join(folder, 'key.pem'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { port } = JSON.parse(await firstLine(child, '"port"')) as { port: number };
  return {
    origin: `https://127.0.0.1:${port}`,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess, containing: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      const line = text.split('\n').find((candidate) => candidate.includes(containing) && candidate.endsWith('}'));
      if (line === undefined) return;
      child.stdout?.off('data', read);
      resolve(line);
    };
    child.stdout?.on('data', read);
    child.once('exit', (code) => reject(new Error(`server ended with ${code}: ${text}`)));
  });
}

async function loggedLine(file: string, containing: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const line = readFileSync(file, 'utf8').split('\n').find((candidate) => candidate.includes(containing));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`server did not start: ${readFileSync(file, 'utf8')}`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function sumMetric(text: string, name: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{[^}]*\})? ([0-9.e+-]+)$/.exec(line);
    if (match?.[1] === name) sum += Number(match[2]);
  }
  return sum;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
