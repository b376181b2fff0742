/** apko, and melange's emitter of packages, built once from pinned Go modules. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('tools/', import.meta.url));
const SOURCES = ['go.mod', 'go.sum', 'packager/main.go'] as const;

/** Each program with its package and the module whose version it tells. */
const PROGRAMS = {
  apko: { source: 'chainguard.dev/apko', version: 'chainguard.dev/apko' },
  packager: { source: './packager', version: 'chainguard.dev/melange' },
} as const;

/** Paths of the programs in the cache folder; they need not exist yet (see {@link ensureApko}). */
export function apkoTools(): Readonly<Record<keyof typeof PROGRAMS, string>> {
  const folder = cacheFolder();
  return { apko: join(folder, 'apko'), packager: join(folder, 'packager') };
}

/** Version of a module that go.mod pins, with its `v`. */
export function pinned(module: string): string {
  const version = new RegExp(`^\\s*${module} (v\\S+)`, 'm').exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`test/apko/tools/go.mod does not require ${module}`);
  return version;
}

/** Builds what is missing in the cache folder, keyed by the sources. Throws with the way out. */
export function ensureApko(say: (line: string) => void): void {
  const folder = cacheFolder();
  for (const [name, { source, version }] of Object.entries(PROGRAMS)) {
    if (existsSync(join(folder, name))) continue;
    say(`building ${name} ${pinned(version)}, about 2 minutes`);
    mkdirSync(folder, { recursive: true });
    const out = mkdtempSync(join(folder, 'new-'));
    try {
      const flags = `-s -w -X sigs.k8s.io/release-utils/version.gitVersion=${pinned(version)}`;
      const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', join(out, name), source];
      const { status, error } = spawnSync('go', args, { cwd: MODULE, stdio: ['ignore', 2, 2] });
      if (status !== 0) throw new Error(`go build failed (${error?.message ?? `exit code ${status}`}): install Go 1.26 or newer`);
      renameSync(join(out, name), join(folder, name));
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
}

function cacheFolder(): string {
  const key = createHash('sha256');
  for (const name of SOURCES) key.update(readFileSync(join(MODULE, name)));
  const cache = process.env['GATEHOUSE_CACHE'] ?? join(homedir(), '.cache', 'gatehouse');
  return join(cache, `apko-${key.digest('hex').slice(0, 16)}`);
}
