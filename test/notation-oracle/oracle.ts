import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

const VERIFIER = fileURLToPath(new URL('verifier/', import.meta.url));

/** A question to notation-go: verify an envelope about this target under a strict trust policy, sign one, or read a trust policy. Bytes are base64. */
export interface OracleQuestion {
  readonly mediaType?: string;
  readonly target?: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly envelope?: string;
  readonly roots?: readonly string[];
  /** Roots of timestamp authorities, below which a timestamp is needed then. */
  readonly tsa?: readonly string[];
  /** Signs by a key of this type. */
  readonly key?: 'ec' | 'rsa';
  /** A trust policy to verify by; without an envelope it is read alone. */
  readonly policy?: string;
}

/** What it said. */
export interface OracleAnswer {
  readonly ok: boolean;
  readonly error?: string;
  readonly envelope?: string;
  readonly chain?: readonly string[];
}

/** Builds the program once, keyed by its sources; gives its path. Throws with the way out. */
export function ensureOracle(say: (line: string) => void): string {
  const key = createHash('sha256');
  for (const name of readdirSync(VERIFIER).toSorted()) key.update(readFileSync(join(VERIFIER, name)));
  const folder = join(process.env['GATEHOUSE_CACHE'] ?? join(homedir(), '.cache', 'gatehouse'), `notation-${key.digest('hex').slice(0, 16)}`);
  const program = join(folder, 'oracle');
  if (existsSync(program)) return program;
  say('building notation-go, about a minute');
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync('go', ['build', '-trimpath', '-o', `${program}.new`, '.'], { cwd: VERIFIER, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`go build failed (${error?.message ?? `exit code ${status}`}): install Go 1.26 or newer`);
  renameSync(`${program}.new`, program);
  return program;
}

/** Asks all at once; the answers in the order of the questions. */
export function askOracle(questions: readonly OracleQuestion[]): readonly OracleAnswer[] {
  const { stdout, stderr, status } = spawnSync(process.env['NOTATION_ORACLE'] ?? '', {
    input: questions.map((question) => JSON.stringify(question)).join('\n'), maxBuffer: 2 ** 30, encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as OracleAnswer);
}

/** So many of what a generator makes: the same ones in each run, or those of `NOTATION_SEED`. */
export function drawn<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns, seed: Number(process.env['NOTATION_SEED'] ?? 16) });
}
