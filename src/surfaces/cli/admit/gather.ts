/** What a command line asks about: artifacts it names and whatever its lock files let in, the same thing once. */
import { basename } from 'node:path';
import type { Usage } from '../../../domain/artifact/artifact.ts';
import { reason } from '../../../domain/decision/reasons.ts';
import type { AdmissionReport } from '../../../explain/index.ts';
import { readAsked } from '../../../intake/gate-artifacts.ts';
import type { AskedArtifact } from '../../../intake/gate-artifacts.ts';
import { readLockFile } from '../../../lockfiles/index.ts';
import type { LockedArtifact, LockFile, Unaskable } from '../../../lockfiles/index.ts';
import { shownText } from '../../../text/shown.ts';
import { readInputFile } from '../../../platform/input-file.ts';
import { PlacedProblems, UsageError } from '../context.ts';
import type { CliContext } from '../context.ts';
import { fileMistake } from '../names/file-name.ts';

/** One artifact of the question, and every place that names it. */
export interface Gathered {
  readonly asked: AskedArtifact;
  /** The name by which policies and receipts know it. */
  readonly name: string;
  readonly usage: Usage;
  readonly at: string[];
  readonly direct?: boolean;
}

export interface GatheredAll extends Pick<AdmissionReport, 'unaskable' | 'passedOver'> {
  readonly artifacts: readonly Gathered[];
}

/** Where artifacts come from. */
export interface Gathering {
  readonly artifacts: readonly string[];
  /** The same as a document lists them. */
  readonly listed?: readonly AskedArtifact[];
  readonly lockfiles: readonly string[];
  readonly usedAs?: Usage | undefined;
}

/** Everything that is to be asked about, in the order in which it is named. Throws for arguments and files that cannot be read. */
export async function gather({ artifacts, listed = [], lockfiles, usedAs }: Gathering, context: CliContext): Promise<GatheredAll> {
  const byKey = new Map<string, Gathered>();
  const [unaskable, passedOver] = [[] as AdmissionReport['unaskable'][number][], [] as AdmissionReport['passedOver'][number][]];
  const add = (asked: AskedArtifact, at: string, direct?: boolean): string | undefined => {
    const key = [asked.kind, asked.uri, asked.digest ?? '', asked.usedAs ?? ''].join(' ');
    const before = byKey.get(key);
    if (before !== undefined) {
      before.at.push(at);
      return undefined;
    }
    const read = readAsked(asked, at);
    if (!read.ok) return read.problem.message;
    byKey.set(key, { asked, name: read.artifact.name, usage: read.artifact.usage, at: [at], ...(direct === undefined ? {} : { direct }) });
    return undefined;
  };
  for (const text of artifacts) {
    const mistake = namedBy(text).kind === 'image' ? await fileMistake(namedBy(text).uri) : undefined;
    if (mistake !== undefined) throw new UsageError(`${mistake}; bytes are named by NAME=DIGEST`);
  }
  artifacts.forEach((text, index) => {
    const problem = add({ ...namedBy(text), usedAs }, `arguments[${index}]`);
    if (problem !== undefined) throw new UsageError(`${text}: ${problem}`);
  });
  listed.forEach((one, index) => {
    const problem = add({ ...one, usedAs: one.usedAs ?? usedAs }, `artifacts[${index}]`);
    if (problem !== undefined) throw new UsageError(`artifacts[${index}] ${one.uri}: ${problem}`);
  });
  for (const path of lockfiles) {
    const file = await readLock(path, context);
    for (const { line, place, why } of file.passedOver) passedOver.push({ at: `${path}:${line}`, place, why });
    const refuse = (line: number, place: string, code: Unaskable['code'], why: string): void => {
      unaskable.push({ at: `${path}:${line}`, place, code, why, title: reason(code).title, fix: FIXES[code] });
    };
    for (const { line, place, code, why } of file.unaskable) refuse(line, place, code, why);
    for (const locked of file.artifacts) {
      for (const digest of digestsOf(locked)) {
        const problem = add({ kind: locked.kind, uri: locked.uri, digest, usedAs }, `${path}:${locked.line}`, locked.direct);
        if (problem !== undefined) refuse(locked.line, locked.place, 'INPUT_ARTIFACT_INVALID', problem);
      }
    }
  }
  return { artifacts: [...byKey.values()], unaskable, passedOver };
}

/** What helps in a lock file; the catalogue speaks of questions. */
const FIXES: Readonly<Record<Unaskable['code'], string>> = {
  INPUT_DIGEST_MISSING: 'have the package manager write the entry anew, with a digest by sha512 or sha256',
  INPUT_ARTIFACT_INVALID: 'take it from a registry at one version, or from a repository over https at a whole commit',
};

function digestsOf({ digests }: LockedArtifact): readonly (string | undefined)[] {
  return digests.length === 0 ? [undefined] : digests;
}

async function readLock(path: string, context: CliContext): Promise<LockFile> {
  const bytes = path === '-' ? await context.stdin() : await readInputFile(path).catch((cause: Error) => {
    throw new UsageError(cause.message);
  });
  const read = readLockFile(basename(path), bytes);
  if (read.ok) return read.file;
  throw new PlacedProblems(`${path}:${read.line}: ${shownText(read.message, 300)}`);
}

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|gitCommit:[0-9a-f]+)$/;
const INTEGRITY = /^(sha256|sha512)-([A-Za-z0-9+/]+={0,2})$/;

/** `pkg:…`, `git+https://…`, `NAME=DIGEST` with the digest of one of these or of a file, and else the reference of an image. */
function namedBy(text: string): AskedArtifact {
  const equals = text.lastIndexOf('=', text.length - 3);
  const written = equals < 0 ? undefined : digestOf(text.slice(equals + 1));
  const uri = written === undefined ? text : text.slice(0, equals);
  const beside = written === undefined ? {} : { digest: written };
  if (/^pkg:/i.test(uri)) return { kind: 'package', uri, ...beside };
  if (/^git\+/.test(uri)) return { kind: 'git', uri, ...beside };
  if (written !== undefined && !/[/@:]/.test(uri)) return { kind: 'blob', uri, ...beside };
  return { kind: 'image', uri, ...beside };
}

function digestOf(text: string): string | undefined {
  if (DIGEST.test(text)) return text;
  const [, algorithm, encoded = ''] = INTEGRITY.exec(text) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  return algorithm !== undefined && bytes.toString('base64') === encoded ? `${algorithm}:${bytes.toString('hex')}` : undefined;
}
