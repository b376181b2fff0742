/** Git objects from a clone on this machine, read by git itself: with nothing of the clone run, and nobody asked. */
import { execFile } from 'node:child_process';
import { resolve as absolute } from 'node:path';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { makeEvidence } from '../oci/content.ts';

/** Which objects are wanted of which clone. */
export interface Wanted {
  readonly folder: string;
  /** A whole id: 40 or 64 hexadecimal digits in lower case. */
  readonly commit: string;
  /** Also every commit before it that is not also before this one. */
  readonly since?: string | undefined;
  /** Where programs lie, as `PATH` has it. */
  readonly programs: string;
}

/** What cannot be read of a clone, for whoever named it. */
export class CloneProblem extends Error {}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const MOST_COMMITS = 1000;
const MOST_TAGS = 500;
const LARGEST = 64 * 1024 * 1024;
const TIMEOUT = 60_000;

/**
 * The raw commit, every annotated tag that points to it, and with `since` the commits before it, newest first. Nothing in them is
 * verified; what git says that their ids are is not believed either. Nothing, where the clone does not hold the commit: whether it is
 * signed nobody here can say then. Throws {@link CloneProblem} for what else stands in the way.
 */
export async function readClone({ folder, commit, since, programs }: Wanted): Promise<readonly UnverifiedEvidence[]> {
  for (const id of [commit, ...(since === undefined ? [] : [since])])
    if (!ID.test(id)) throw new CloneProblem(`${id}: expected a whole commit id`);
  const git: Git = (args, input = '') => run({ folder: absolute(folder), programs }, args, input);
  const [{ type } = { type: 'missing' }] = objectsOf(await git(['cat-file', '--batch-check'], `${commit}\n`));
  if (type === 'missing') return [];
  const commits = since === undefined ? [commit] : await history(git, commit, since);
  const tags = lines(await git(['for-each-ref', `--points-at=${commit}`, '--format=%(objecttype) %(objectname)', 'refs/tags']))
    .flatMap((line) => (line.startsWith('tag ') ? [line.slice(4)] : []));
  if (tags.length > MOST_TAGS)
    throw new CloneProblem(`${folder}: more than ${MOST_TAGS} annotated tags point to ${commit}; give those that count with --evidence`);
  const ids = [...commits, ...tags];
  return objectsOf(await git(['cat-file', '--batch'], `${ids.join('\n')}\n`)).map(({ id, type, content }) => {
    if (content === undefined) throw new CloneProblem(`${folder}: holds no object ${id}; fetch it first`);
    return makeEvidence('git-object', `${type} ${id}`, content);
  });
}

type Git = (args: readonly string[], input?: string) => Promise<Buffer>;

async function history(git: Git, commit: string, since: string): Promise<readonly string[]> {
  const [{ type } = { type: 'missing' }] = objectsOf(await git(['cat-file', '--batch-check'], `${since}\n`));
  if (type === 'missing') throw new CloneProblem(`holds no commit ${since}; fetch it first`);
  if (type !== 'commit') throw new CloneProblem(`${since} is a ${type} and no commit`);
  const found = lines(await git(['rev-list', `--max-count=${MOST_COMMITS + 1}`, commit, `^${since}`, '--']));
  if (found.length > MOST_COMMITS) throw new CloneProblem(`more than ${MOST_COMMITS} commits since ${since}; name a later one`);
  return [commit, ...found.filter((id) => id !== commit)];
}

function lines(bytes: Buffer): readonly string[] {
  return bytes.toString('latin1').split('\n').filter((line) => line !== '');
}

/** What `cat-file --batch` prints: a line with id, type and length, the content, and a line end. */
function objectsOf(output: Buffer): readonly { readonly id: string; readonly type: string; readonly content?: Buffer }[] {
  const found: { id: string; type: string; content?: Buffer }[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    const [id = '', type = '', length = ''] = output.toString('latin1', at, end < 0 ? output.length : end).split(' ');
    if (end < 0 || type === 'missing') {
      found.push({ id, type });
      at = end < 0 ? output.length : end + 1;
    } else {
      found.push({ id, type, content: output.subarray(end + 1, end + 1 + Number(length)) });
      at = end + Number(length) + 2;
    }
  }
  return found;
}

/** Nothing of the caller's environment reaches git but where programs lie; no settings of the machine or the user, no network. */
function environment(programs: string): Record<string, string> {
  return {
    PATH: programs, LC_ALL: 'C', HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0',
    // A partial clone would fetch what it lacks, by programs that its settings name.
    GIT_ALLOW_PROTOCOL: '', GIT_NO_LAZY_FETCH: '1',
  };
}

/** Whoever names a folder means it, whoever owns it; the commands used here run nothing that its settings could name. */
const SETTINGS = ['safe.directory=*', 'core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.allow=never', 'core.pager=cat'];

function run({ folder, programs }: Pick<Wanted, 'folder' | 'programs'>, args: readonly string[], input: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const all = ['-C', folder, '--no-replace-objects', '--no-pager', ...SETTINGS.flatMap((setting) => ['-c', setting]), ...args];
    const limits = { timeout: TIMEOUT, maxBuffer: LARGEST, killSignal: 'SIGKILL' } as const;
    const options = { ...limits, encoding: 'buffer', env: environment(programs), shell: false } as const;
    const child = execFile('git', all, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.toString('utf8').split('\n');
      // Warnings and hints stand before what went wrong.
      const line = said.find((one) => one.startsWith('fatal: ')) ?? said[0] ?? '';
      const isAbsent = 'code' in error && error.code === 'ENOENT';
      const why = isAbsent ? 'git is not installed here' : line === '' ? error.message : line.replace(/^fatal: /, '');
      reject(new CloneProblem(`${folder}: ${why.slice(0, 300)}`));
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}
