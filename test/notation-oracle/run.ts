// npm run test:notation: envelopes against notation-go, which the Notary Project's own tools verify and sign with. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureOracle } from './oracle.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the oracle where it is missing and runs vitest. */
async function main(filters: readonly string[]): Promise<number> {
  try {
    return await runVitest(ensureOracle((line) => process.stderr.write(`test:notation: ${line}\n`)), filters);
  } catch (cause) {
    process.stderr.write(`test:notation: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
}

function runVitest(oracle: string, filters: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/notation-oracle/vitest.config.ts', ...filters];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, NOTATION_ORACLE: oracle } });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
