import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTufMirror } from '../../src/fetch/index.ts';
import type { TufMirror } from '../../src/fetch/index.ts';
import { createFileStore } from '../../src/feeds/trust-roots/index.ts';
import { readPinnedRoot, refreshTuf } from '../../src/tuf/index.ts';
import type { TufSession, TufTarget } from '../../src/tuf/index.ts';

/** Client under test for the TUF conformance suite (tuf-conformance CLIENT-CLI.md): the product's client, mirror reader and store. */
const USAGE = `usage: tuf-client --metadata-dir DIR init ROOT
       tuf-client --metadata-dir DIR --metadata-url URL refresh
       tuf-client --metadata-dir DIR --metadata-url URL --target-name PATH --target-base-url URL --target-dir DIR download
       --now TIME judges expiry by another time than the present`;

/** Artifacts of the suite are small; what the product reads is smaller still. */
const MAX_ARTIFACT = 64 * 1024 * 1024;

const OPTIONS = {
  'metadata-dir': { type: 'string' }, 'metadata-url': { type: 'string' }, 'target-name': { type: 'string' },
  'target-base-url': { type: 'string' }, 'target-dir': { type: 'string' }, now: { type: 'string' },
} as const;

type Flags = Partial<Record<keyof typeof OPTIONS, string>>;

/** Runs one command; exit code 0 done, 1 refused or failed, 64 wrong usage. */
export async function main(args: readonly string[], stderr: (text: string) => void = (text) => void process.stderr.write(text)): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const done = await run(values, positionals);
    if (!done) stderr(`${USAGE}\n`);
    return done ? 0 : 64;
  } catch (error) {
    stderr(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
    return 1;
  }
}

async function run(flags: Flags, [command, file]: readonly string[]): Promise<boolean> {
  const { 'metadata-dir': folder, 'metadata-url': url } = flags;
  if (folder === undefined) return false;
  if (command === 'init' && file !== undefined) {
    init(folder, file);
    return true;
  }
  if (url === undefined || (command !== 'refresh' && command !== 'download')) return false;
  const mirror = createTufMirror({ clock: Date, plainHttp: [new URL(url).hostname], limits: { requestTimeout: 5_000 } });
  try {
    const session = await refresh(flags, { folder, url, mirror });
    return command === 'refresh' || (await download(session, flags, mirror));
  } finally {
    await mirror.close();
  }
}

function init(folder: string, file: string): void {
  const bytes = readFileSync(file);
  const root = readPinnedRoot(JSON.parse(bytes.toString('utf8')) as unknown);
  if (!root.ok) throw new Error(root.problem);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'root.json'), bytes);
}

function refresh(flags: Flags, { folder, url, mirror }: { readonly folder: string; readonly url: string; readonly mirror: TufMirror }): Promise<TufSession> {
  const store = createFileStore(folder, (problem) => { throw new Error(problem); });
  const now = flags.now === undefined ? Date.now() : Date.parse(flags.now);
  if (Number.isNaN(now)) throw new Error(`not a time: ${flags.now}`);
  const never = new AbortController().signal;
  return refreshTuf({ pinnedRoot: readFileSync(join(folder, 'root.json')), store, now, metadata: mirror.files(url, never) });
}

async function download(session: TufSession, flags: Flags, mirror: TufMirror): Promise<boolean> {
  const { 'target-name': name, 'target-base-url': base, 'target-dir': folder } = flags;
  if (name === undefined || base === undefined || folder === undefined) return false;
  const target = await session.find(name);
  if (target === undefined) throw new Error(`no role lists target ${JSON.stringify(name)}`);
  const path = join(folder, createHash('sha256').update(name).digest('hex'));
  if (isDownloaded(path, target)) return true;
  const bytes = await session.download(target, mirror.files(base, new AbortController().signal), MAX_ARTIFACT);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, bytes);
  return true;
}

function isDownloaded(path: string, target: TufTarget): boolean {
  try {
    const bytes = readFileSync(path);
    return [...target.hashes].every(([algorithm, hash]) => createHash(algorithm).update(bytes).digest('hex') === hash);
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
