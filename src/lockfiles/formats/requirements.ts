/** requirements.txt as pip reads it (pip.pypa.io, "Requirements File Format" and "Secure installs"): hashes beside pinned versions. */
import { fromHex } from '../digests.ts';
import { Collected, LockFault } from '../entry.ts';
import { fileAddress, gitSource, packageName } from '../names.ts';
import { LOCAL_WHY } from './npm-entry.ts';
import { logicalLines } from './requirements-lines.ts';

const FETCHING = 'says where or how to fetch; what is fetched is asked about by its digest';
const CONSTRAINS = 'limits versions of what other lines ask for';
/** Options that can have it fetched from elsewhere; of a constraint, one like `a @ https://…`. */
const PLACES = ['-i', '--index-url', '--extra-index-url', '-f', '--find-links', '-c', '--constraint'] as const;
const FLAGS = ['--no-index', '--prefer-binary', '--require-hashes', '--pre'] as const;
/** Options, and why they are passed over. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ...[...PLACES, ...FLAGS, '--no-binary', '--only-binary', '--trusted-host', '--use-feature'].map((name) => [name, FETCHING] as const),
  ...['-c', '--constraint'].map((name) => [name, CONSTRAINS] as const),
]);
const WEAK = 'a hash allows files by something else than sha256 or sha512';
const ELSEWHERE = 'it has no hash, while this file says where packages are fetched: other bytes can lie there under its name';
const NO_PIN = 'is not pinned: expected NAME==VERSION';

/** Reads one. Every file that a hash allows is asked about. A file that it includes is refused with its line: name it beside this one. */
export function readRequirements(text: string): Collected {
  const into = new Collected();
  const lines = [...logicalLines(text)];
  // Where it is fetched counts for the whole file, on whichever line it is said.
  const isElsewhere = lines.some(({ written }) => (PLACES as readonly (string | undefined)[]).includes(optionOf(written)));
  for (const { line, written } of lines) readLine(written, { line, isElsewhere, into });
  return into;
}

interface Around {
  readonly line: number;
  /** The file names an index or a place with files. */
  readonly isElsewhere: boolean;
  readonly into: Collected;
}

/** The name of the option that a line consists of; `undefined` where it begins with none that is known. */
function optionOf(written: string): string | undefined {
  const [word = ''] = written.split(/[\s=]/, 1);
  return [word, word.slice(0, 2)].find((name) => OPTIONS.has(name));
}

function readLine(written: string, around: Around): void {
  const { line, into } = around;
  if (/\$\{[A-Z0-9_]+\}/.test(written)) throw new LockFault(line, 'expected no variable of the environment: what it means is not known here');
  const [word = ''] = written.split(/[\s=]/, 1);
  // pip reads options as a shell does: what is in quotes begins otherwise than it looks.
  if (word.startsWith('-') && /["'\\]/.test(written)) throw new LockFault(line, 'expected no quotes in a line of options');
  if (word === '-r' || word === '--requirement' || /^-r\S/.test(written))
    throw new LockFault(line, `includes another file (${written.slice(0, 200)}): name that file as a lock file of its own, and leave the line out`);
  if (word === '-e' || word === '--editable') return readAddress(written.slice(word.length + 1).trim(), line, [], into);
  if (word.startsWith('-')) return readOption(word, written, around);
  const mark = written.search(/(?:^|\s)--/);
  const [asked, options] = mark < 0 ? [written, ''] : [written.slice(0, mark).trim(), written.slice(mark).trim()];
  readRequirement(asked, hashesOf(options, line), around);
}

/** One option with its value and nothing behind it: pip would follow a second one, which may include or install something. */
function readOption(word: string, written: string, { line, into }: Around): void {
  const name = optionOf(written);
  const why = name === undefined ? undefined : OPTIONS.get(name);
  if (name === undefined || why === undefined) throw new LockFault(line, `option ${word.slice(0, 60)} is not known`);
  const value = written.slice(name.length).trim();
  const isFlag = (FLAGS as readonly string[]).includes(name);
  if (isFlag ? value !== '' : /^=?\s*-|\s\S/.test(value.replace(/^=\s*/, '')))
    throw new LockFault(line, `expected one option of its own in a line that begins with ${name}`);
  into.pass(line, word, why);
}

/** The hashes as they are written, `sha256:HEX`; other options of a requirement say how it is built. */
function hashesOf(options: string, line: number): readonly string[] {
  return options.split(/\s(?=--)/).map((option) => option.trim()).filter((option) => option !== '').flatMap((option) => {
    const [, name = '', value = ''] = /^(--[a-z-]+)(?:[ =]+(.*))?$/.exec(option) ?? [];
    if (name === '--hash') return [value.trim()];
    if (name === '--config-settings' || name === '--config-setting' || name === '--global-option') return [];
    throw new LockFault(line, `option ${option.slice(0, 60)} is not known`);
  });
}

function readRequirement(asked: string, hashes: readonly string[], { line, isElsewhere, into }: Around): void {
  const at = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)/.exec(asked);
  if (at !== null) return readAddress(at[2] ?? '', line, hashes, into);
  if (/^(?:[a-z+]+:\/\/|git\+|\.{0,2}\/|file:)/i.test(asked)) return readAddress(asked.split(/\s*;\s|\s/, 1)[0] ?? '', line, hashes, into);
  // A marker says on which machines it is installed: it is asked about for all of them.
  const [requirement = ''] = asked.split(';', 1);
  // A name in a marker that looks like a file's makes no file of the requirement before it.
  if (/^\S+\.(?:whl|tar\.gz|zip)(?:\[[^\]]*\])?\s*$/.test(requirement)) return readAddress(requirement.trim(), line, hashes, into);
  const name = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(requirement)?.[0];
  if (name === undefined) throw new LockFault(line, `is no requirement: ${asked.slice(0, 200)}`);
  // Extras add packages, which have lines of their own.
  const pin = requirement.slice(name.length).trim().replace(/^\[[^\]]*\]/, '').trim();
  const version = /^\(?\s*===?\s*([^\s,*()]+)\s*\)?$/.exec(pin)?.[1];
  const uri = version === undefined ? undefined : packageName('pypi', name, version);
  if (uri === undefined) return into.refuse(line, name, 'INPUT_ARTIFACT_INVALID', NO_PIN);
  const digests = digestsOf(hashes);
  if (digests === undefined) return into.refuse(line, name, 'INPUT_DIGEST_MISSING', WEAK);
  if (digests.length === 0 && isElsewhere) return into.refuse(line, name, 'INPUT_DIGEST_MISSING', ELSEWHERE);
  into.ask({ kind: 'package', uri, digests, line, place: name });
}

/** A folder or file of this machine: no protocol but file without another host, no name before it, no share of another machine. */
const LOCAL = /^(?:file:(?:\/\/(?:localhost)?(?=\/))?)?(?!\/\/)[^\s:@\\]+$/i;

/** Something by its address: a repository, a file elsewhere, or something of this project. */
function readAddress(address: string, line: number, hashes: readonly string[], into: Collected): void {
  if (address.startsWith('git+')) {
    const [, repository = '', commit] = /^git\+([^#?]*?)(?:@([^@/#?]+))?(?:[#?].*)?$/.exec(address) ?? [];
    const git = gitSource(`git+${repository}`, commit);
    if (git === undefined) return into.refuse(line, address, 'INPUT_ARTIFACT_INVALID', 'its git repository cannot be asked about');
    return into.ask({ kind: 'git', uri: git.uri, digests: git.digest === undefined ? [] : [git.digest], line, place: address });
  }
  if (LOCAL.test(address)) return into.pass(line, address, LOCAL_WHY);
  const [uri, fragment = ''] = [fileAddress(address), address.split('#')[1]];
  const [, algorithm = '', hex = ''] = /(?:^|&)(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]+)/.exec(fragment) ?? [];
  const digests = digestsOf(hashes.length > 0 || algorithm === '' ? hashes : [`${algorithm}:${hex}`]);
  if (uri === undefined) return into.refuse(line, address, 'INPUT_ARTIFACT_INVALID', 'its address cannot be asked about');
  if (digests === undefined) return into.refuse(line, address, 'INPUT_DIGEST_MISSING', WEAK);
  into.ask({ kind: 'blob', uri, digests, line, place: address });
}

/** All of them, or nothing when one of them allows a file that the gate could not be asked about. */
function digestsOf(hashes: readonly string[]): readonly string[] | undefined {
  const digests = hashes.map((hash) => fromHex(hash.slice(0, hash.indexOf(':')), hash.slice(hash.indexOf(':') + 1)));
  return digests.some((digest) => digest === undefined) ? undefined : [...new Set(digests.filter((digest) => digest !== undefined))];
}
