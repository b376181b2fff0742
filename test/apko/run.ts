// npm run test:apko [-- FILTER…]: a real apko builds images from packages of our own, cosign signs, Gatehouse verifies. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureTools } from '../cluster/tools.ts';
import { ensureApko } from './tools.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const say = (line: string): void => void process.stderr.write(`test:apko: ${line}\n`);

/** Builds apko, the packager and cosign where they are missing, runs vitest, and leaves no folder behind. */
async function main(filters: readonly string[]): Promise<number> {
  try {
    ensureApko(say);
    await ensureTools(say, ['cosign']);
  } catch (cause) {
    say(cause instanceof Error ? cause.message : String(cause));
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-apko-'));
  try {
    return await runVitest(folder, filters);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(folder: string, filters: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/apko/vitest.config.ts', ...filters];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, GATEHOUSE_CLUSTER_DIR: folder } });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
