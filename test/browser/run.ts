// npm run test:browser [-- FILTER…]: the pages of decisions in a real browser. Ends with `N passed, N failed`.
// A browser that is there is used ($CHROMIUM, or at its usual places); a root on Debian without one gets the package chromium.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './browser.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function installBrowser(): void {
  if (process.getuid?.() !== 0) return;
  process.stderr.write('test:browser: no browser is there; installing the package chromium\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium']])
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
}

if (findBrowser() === undefined) installBrowser();
if (findBrowser() === undefined) {
  process.stderr.write('test:browser: nothing was tested, because no Chromium was found; install one, or name it by CHROMIUM=/path/to/it\n');
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
} else {
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/browser/vitest.config.ts', ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}
