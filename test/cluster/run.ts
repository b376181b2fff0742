// npm run test:cluster [-- SUITE…]: the suites that need a real API server. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTools } from './tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

/** Builds the tools, runs vitest, and leaves nothing behind: no process, and no folder when all passed. */
async function main(filters: readonly string[]): Promise<number> {
  try {
    await ensureTools((line) => process.stderr.write(`test:cluster: ${line}\n`));
  } catch (cause) {
    process.stderr.write(`test:cluster: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cluster-'));
  const code = await runVitest(folder, filters);
  endLeftOvers(folder);
  if (code !== 0) printLogs(folder);
  rmSync(folder, { recursive: true, force: true });
  return code;
}

function runVitest(folder: string, filters: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const args = [VITEST, 'run', '--config', 'test/cluster/vitest.config.ts', ...filters];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, GATEHOUSE_CLUSTER_DIR: folder } });
    // Vitest ends its workers itself; what they started is ended below.
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Ends, by their ids, programs that the suites started and did not end. */
function endLeftOvers(folder: string): void {
  const pids = join(folder, 'pids');
  for (const pid of list(pids)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
      process.stderr.write(`test:cluster: ended ${readFileSync(join(pids, pid), 'utf8')} (${pid}), which a suite left behind\n`);
    } catch {
      // Ended already.
    }
  }
}

/** To standard error, so that the closing line stays the last one of standard output. klog's routine lines are left out. */
function printLogs(folder: string): void {
  for (const name of list(join(folder, 'logs'))) {
    const lines = readFileSync(join(folder, 'logs', name), 'utf8').trimEnd().split('\n').filter((line) => !/^(?:I\d{4} |W.*Skipping API )/.test(line));
    process.stderr.write(`\n---- ${name}\n${lines.slice(-25).join('\n')}\n`);
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

process.exitCode = await main(process.argv.slice(2));
