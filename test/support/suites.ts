/** Suites that need the tools of others: the tools are made ready, vitest runs, and the last line says what came of it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The suites of one script of npm. */
export interface Suites {
  /** As npm calls it: `test:cosign`. */
  readonly script: string;
  /** Below `test/`, where their `vitest.config.ts` is. */
  readonly folder: string;
  /** Makes the tools ready and gives what the suites find in their environment; a tool that cannot be had rejects. */
  ready(say: (line: string) => void): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

/** Runs those whose file contains one of the filters and gives the exit code; what cannot be made ready is one failure. */
export async function runSuites({ script, folder, ready }: Suites, filters: readonly string[] = process.argv.slice(2)): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`${script}: ${line}\n`);
  try {
    return await runVitest(folder, await ready(say), filters);
  } catch (cause) {
    say(cause instanceof Error ? cause.message : String(cause));
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
}

/** Vitest ends its workers itself when it is told to. */
function runVitest(folder: string, env: Readonly<Record<string, string>>, filters: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', `test/${folder}/vitest.config.ts`, ...filters];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Does the work with a new folder, and leaves none behind. */
export async function inNewFolder<T>(prefix: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
