import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program started for a test. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  /** File that holds everything it printed. */
  readonly log: string;
  /** Its exit code once it has ended. */
  exitCode(): number | null | undefined;
  /** Asks it to end (SIGTERM), insists after ten seconds, and resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What to start. */
export interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

let folder: string | undefined;

/**
 * Folder of this test run: logs, process ids, data. `run.ts` hands it down, empties it and ends what is left over;
 * a suite that is started without it gets one of its own.
 */
export function runFolder(): string {
  folder ??= process.env.GATEHOUSE_CLUSTER_DIR ?? mkdtempSync(join(tmpdir(), 'gatehouse-cluster-'));
  for (const name of ['logs', 'pids', 'data']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

/** A fresh folder for data of one program or suite. */
export function dataFolder(name: string): string {
  return mkdtempSync(join(runFolder(), 'data', `${name}-`));
}

const alive = new Set<number>();
process.once('exit', () => {
  for (const pid of alive) kill(pid, 'SIGKILL');
  if (folder !== undefined && process.env.GATEHOUSE_CLUSTER_DIR === undefined) rmSync(folder, { recursive: true, force: true });
});

/** Starts a program with its output in a log file; it is ended with the test process at the latest. */
export function start(program: Program): Running {
  const child = spawn(program.command, program.args, { env: { ...cleanEnvironment(), ...program.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start ${program.command}`);
  alive.add(pid);
  const pidFile = join(runFolder(), 'pids', String(pid));
  writeFileSync(pidFile, program.name);
  const log = join(runFolder(), 'logs', `${program.name}-${pid}.log`);
  const sink = createWriteStream(log);
  child.stdout.pipe(sink, { end: false });
  child.stderr.pipe(sink, { end: false });
  let code: number | null | undefined;
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (exit) => {
      code = exit;
      alive.delete(pid);
      rmSync(pidFile, { force: true });
      resolve(exit);
    });
  });
  return {
    name: program.name, pid, log,
    exitCode: () => code,
    stop: async (signal = 'SIGTERM') => {
      if (code === undefined) kill(pid, signal);
      const insist = setTimeout(() => kill(pid, 'SIGKILL'), 10_000);
      const exit = await ended;
      clearTimeout(insist);
      sink.end();
      return exit;
    },
  };
}

/** The environment without proxies and credentials of whoever runs the tests. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: dataFolder('home'), TMPDIR: process.env.TMPDIR };
}

/** Waits until `check` holds; throws with the program's last lines when it ends first or time runs out. */
export async function waitFor(program: Running, what: string, check: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    if (program.exitCode() !== undefined) throw new Error(`${program.name} ended before ${what}\n${tail(program.log)}`);
    if (await check().catch(() => false)) return;
    if (performance.now() > until) throw new Error(`${program.name}: ${what} not reached in ${limitMs} ms\n${tail(program.log)}`);
    await sleep(50);
  }
}

/** The last lines of a log file. */
export function tail(file: string, lines = 40): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** A TCP port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

/** True when something accepts connections on the loopback port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended already.
  }
}
