// npm run test:intoto: layouts against the reference implementations of in-toto, in Python and Go. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureGolang, ensureReference } from './reference.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Installs the reference where it is missing and runs vitest; a reference that cannot be installed is a failure. */
async function main(filters: readonly string[]): Promise<number> {
  try {
    const python = ensureReference((line) => process.stderr.write(`test:intoto: ${line}\n`));
    return await runVitest({ INTOTO_PYTHON: python, INTOTO_GOLANG: ensureGolang() }, filters);
  } catch (cause) {
    process.stderr.write(`test:intoto: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.stdout.write('0 passed, 1 failed\n');
    return 1;
  }
}

function runVitest(where: Readonly<Record<string, string>>, filters: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/intoto-oracle/vitest.config.ts', ...filters];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...where } });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await main(process.argv.slice(2));
