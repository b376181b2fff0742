/** Lock files under attack: whatever they hold, what is read can be asked about as it is, or is told. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { readAsked } from '../../src/intake/gate-artifacts.ts';
import { readLockFile } from '../../src/lockfiles/index.ts';
import { mutated } from './bytes.ts';

const FILES = [
  'npm-v1/package-lock.json', 'npm-v2/package-lock.json', 'npm-v3/package-lock.json', 'pnpm-v6/pnpm-lock.yaml', 'pnpm-v9/pnpm-lock.yaml',
  'yarn-classic/yarn.lock', 'yarn-berry/yarn.lock', 'pip/requirements.txt', 'written/requirements-hats.txt', 'uv/uv.lock', 'poetry/poetry.lock',
  'go/go.sum', 'cargo/Cargo.lock',
] as const;

/** A file of a format with some of its bytes changed. */
export const lockFiles: fc.Arbitrary<{ readonly name: string; readonly bytes: Uint8Array }> = fc.oneof(...FILES.map((path) =>
  mutated([readFileSync(new URL(`../fixtures/lockfiles/${path}`, import.meta.url))]).map((bytes) => ({ name: basename(path), bytes: bounded(path, bytes) }))));

/** The parser of YAML takes some 2 ms for each KiB, in proportion to its length: beyond this the time of a case says that it is long. */
const MOST_YAML = 16 * 1024;

function bounded(path: string, bytes: Uint8Array): Uint8Array {
  return /\.yaml$|yarn\.lock$/.test(path) ? bytes.subarray(0, MOST_YAML) : bytes;
}

/** Throws when a reader failed in a way of its own, gave a line that there is not, or something that nobody can be asked about. */
export function checkLockFile({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): void {
  const read = readLockFile(name, bytes);
  const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
  if (!read.ok) {
    if (/^cannot be read as/.test(read.message) && !read.message.includes('call stack')) throw new Error(read.message);
    if (read.line < 1 || read.line > lines + 1) throw new Error(`line ${read.line} of ${lines}`);
    return;
  }
  const { artifacts, passedOver, unaskable } = read.file;
  for (const { line } of [...artifacts, ...passedOver, ...unaskable]) if (line < 1 || line > lines) throw new Error(`line ${line} of ${lines}`);
  for (const { kind, uri, digests, line } of artifacts) {
    for (const digest of digests.length === 0 ? [undefined] : digests) {
      const asked = readAsked({ kind, uri, digest }, 'artifact');
      // An address may hold what no question can; whoever asks tells it, with its line.
      if (!asked.ok && kind !== 'blob') throw new Error(`line ${line}: ${uri} ${digest ?? ''}: ${asked.problem.message}`);
    }
  }
}
