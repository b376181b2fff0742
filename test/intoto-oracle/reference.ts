import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Where the programs come from, for whoever has to install them by hand. */
const WAY_OUT = 'install Python 3.11 or newer with venv, and GnuPG (Debian: apt-get install python3-venv gnupg)';

/**
 * Makes sure that the in-toto reference implementation and GnuPG are there, and gives the Python that has it: a virtual
 * environment in the cache folder (`$GATEHOUSE_CACHE` or `~/.cache/gatehouse`), keyed by the pinned requirements and by
 * the Python. Quick when it exists. Debian packages that are missing are installed where this process may do so.
 *
 * Throws with the way out; nothing is skipped.
 */
export function ensureReference(say: (line: string) => void): string {
  ensureProgram(['gpg', '--version'], 'gnupg', say);
  ensureProgram(['python3', '-c', 'import venv, ensurepip'], 'python3-venv', say);
  const folder = join(process.env['GATEHOUSE_CACHE'] ?? join(homedir(), '.cache', 'gatehouse'), `in-toto-${environmentKey()}`);
  const [python, done] = [join(folder, 'bin', 'python'), join(folder, 'complete')];
  if (existsSync(done) && succeeds([python, '-c', 'import in_toto'])) return python;
  say(`installing the in-toto reference implementation (Python) into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(['python3', '-m', 'venv', folder]);
  run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '--require-hashes', '-r', REQUIREMENTS]);
  // Written last, so that an installation that was broken off is made anew.
  writeFileSync(done, '');
  return python;
}

/** What in-toto-golang's own tests verify lies in its Go module. */
const GOLANG = { module: 'github.com/in-toto/in-toto-golang@v0.9.0', sum: 'h1:tHny7ac4KgtsfrG6ybU8gVOZux2H8jN05AXJ9EBM1XU=' };

/** Fetches the Go implementation's module, whose test data is read, and gives its folder. Throws with the way out. */
export function ensureGolang(): string {
  const { status, stdout, stderr, error } = spawnSync('go', ['mod', 'download', '-json', GOLANG.module], { cwd: tmpdir(), encoding: 'utf8' });
  if (status !== 0) throw new Error(`go could not fetch ${GOLANG.module} (${error?.message ?? stderr.slice(-300)}): install Go 1.26 or newer`);
  const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== GOLANG.sum) throw new Error(`${GOLANG.module} has the hash ${Sum}, expected ${GOLANG.sum}`);
  return Dir;
}

function environmentKey(): string {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.version, sys.executable)'], { encoding: 'utf8' });
  return createHash('sha256').update(stdout).update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
}

function ensureProgram(check: readonly string[], debianPackage: string, say: (line: string) => void): void {
  if (succeeds(check)) return;
  if (process.getuid?.() === 0 && succeeds(['apt-get', '--version'])) {
    say(`installing ${debianPackage}`);
    run(['apt-get', 'update', '-qq']);
    run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', debianPackage]);
  }
  if (!succeeds(check)) throw new Error(`\`${check.join(' ')}\` fails: ${WAY_OUT}`);
}

function succeeds([program = '', ...rest]: readonly string[]): boolean {
  return spawnSync(program, rest, { stdio: 'ignore' }).status === 0;
}

/** What it prints goes to standard error: the last line of standard output is the count of tests. */
function run([program = '', ...rest]: readonly string[]): void {
  const { status, error } = spawnSync(program, rest, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (status !== 0) throw new Error(`\`${[program, ...rest].join(' ')}\` failed (${error?.message ?? `exit code ${status}`}): ${WAY_OUT}`);
}
