/** requirements.txt as pip reads it (pip.pypa.io, "Requirements File Format" and "Secure installs"): hashes beside pinned versions. */
import { fromHex } from '../digests.ts';
import { Collected, LockFault } from '../entry.ts';
import { fileAddress, gitSource, packageName } from '../names.ts';
import { linesOf } from '../text.ts';
import { LOCAL_WHY } from './npm-entry.ts';

const FETCHING = 'says where or how to fetch; what is fetched is asked about by its digest';
const CONSTRAINS = 'limits versions of what other lines ask for';
const OPTIONS: Readonly<Record<string, string>> = Object.fromEntries([
  ...['-i', '--index-url', '--extra-index-url', '--no-index', '-f', '--find-links', '--no-binary', '--only-binary', '--prefer-binary',
    '--require-hashes', '--pre', '--trusted-host', '--use-feature'].map((name) => [name, FETCHING]),
  ...['-c', '--constraint'].map((name) => [name, CONSTRAINS]),
]);
const NO_PIN = 'is not pinned: expected NAME==VERSION';

/** Reads one. Every file that a hash allows is asked about. A file that it includes is refused with its line: name it beside this one. */
export function readRequirements(text: string): Collected {
  const into = new Collected();
  for (const { line, written } of logicalLines(text)) readLine(written, line, into);
  return into;
}

/** Lines joined at a backslash, without comments, as pip does it; the number is that of the first. */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly written: string }> {
  let open: { line: number; parts: string[] } | undefined;
  for (const [index, one] of linesOf(text).entries()) {
    const line = index + 1;
    const isComment = /^\s*#/.test(one);
    if (one.endsWith('\\') && !isComment) {
      open ??= { line, parts: [] };
      open.parts.push(one.slice(0, -1));
      if (open.parts.length > 10_000) throw new LockFault(open.line, 'expected at most 10000 lines in one requirement');
      continue;
    }
    // A comment ends what was continued, as a line without a backslash does.
    const whole = [...(open?.parts ?? []), isComment ? '' : one].join('');
    const written = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (written !== '') yield { line: open?.line ?? line, written };
    open = undefined;
  }
  const last = (open?.parts.join('') ?? '').replace(/(?:^|\s)#.*$/, '').trim();
  if (open !== undefined && last !== '') yield { line: open.line, written: last };
}

function readLine(written: string, line: number, into: Collected): void {
  if (/\$\{[A-Z0-9_]+\}/.test(written)) throw new LockFault(line, 'expected no variable of the environment: what it means is not known here');
  const [word = ''] = written.split(/[\s=]/, 1);
  if (word === '-r' || word === '--requirement' || /^-r\S/.test(written))
    throw new LockFault(line, `includes another file (${written.slice(0, 200)}): name that file as a lock file of its own, and leave the line out`);
  if (word === '-e' || word === '--editable') return readAddress(written.slice(word.length + 1).trim(), line, [], into);
  if (word.startsWith('-')) {
    const why = OPTIONS[word] ?? OPTIONS[word.slice(0, 2)];
    if (why === undefined) throw new LockFault(line, `option ${word.slice(0, 60)} is not known`);
    return into.pass(line, word, why);
  }
  const mark = written.search(/(?:^|\s)--/);
  const [asked, options] = mark < 0 ? [written, ''] : [written.slice(0, mark).trim(), written.slice(mark).trim()];
  readRequirement(asked, hashesOf(options, line), line, into);
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

function readRequirement(asked: string, hashes: readonly string[], line: number, into: Collected): void {
  const at = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)/.exec(asked);
  if (at !== null) return readAddress(at[2] ?? '', line, hashes, into);
  if (/^(?:[a-z+]+:\/\/|git\+|\.{0,2}\/|file:)/i.test(asked) || /\.(?:whl|tar\.gz|zip)(?:\[|\s|;|$)/.test(asked))
    return readAddress(asked.split(/\s*;\s|\s/, 1)[0] ?? '', line, hashes, into);
  // A marker says on which machines it is installed: it is asked about for all of them.
  const [requirement = ''] = asked.split(';', 1);
  const name = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(requirement)?.[0];
  if (name === undefined) throw new LockFault(line, `is no requirement: ${asked.slice(0, 200)}`);
  // Extras add packages, which have lines of their own.
  const pin = requirement.slice(name.length).trim().replace(/^\[[^\]]*\]/, '').trim();
  const version = /^\(?\s*===?\s*([^\s,*()]+)\s*\)?$/.exec(pin)?.[1];
  const uri = version === undefined ? undefined : packageName('pypi', name, version);
  if (uri === undefined) return into.refuse(line, name, 'INPUT_ARTIFACT_INVALID', NO_PIN);
  const digests = digestsOf(hashes);
  if (digests === undefined) return into.refuse(line, name, 'INPUT_DIGEST_MISSING', 'a hash allows files by something else than sha256 or sha512');
  into.ask({ kind: 'package', uri, digests, line, place: name });
}

/** Something by its address: a repository, a file elsewhere, or something of this project. */
function readAddress(address: string, line: number, hashes: readonly string[], into: Collected): void {
  if (address.startsWith('git+')) {
    const [, repository = '', commit] = /^git\+([^#?]*?)(?:@([^@/#?]+))?(?:[#?].*)?$/.exec(address) ?? [];
    const git = gitSource(`git+${repository}`, commit);
    if (git === undefined) return into.refuse(line, address, 'INPUT_ARTIFACT_INVALID', 'its git repository cannot be asked about');
    return into.ask({ kind: 'git', uri: git.uri, digests: git.digest === undefined ? [] : [git.digest], line, place: address });
  }
  if (!/^[a-z+]+:\/\//i.test(address) || /^file:/i.test(address)) return into.pass(line, address, LOCAL_WHY);
  const [uri, fragment = ''] = [fileAddress(address), address.split('#')[1]];
  const [, algorithm = '', hex = ''] = /(?:^|&)(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]+)/.exec(fragment) ?? [];
  const digests = digestsOf(hashes.length > 0 || algorithm === '' ? hashes : [`${algorithm}:${hex}`]);
  if (uri === undefined) return into.refuse(line, address, 'INPUT_ARTIFACT_INVALID', 'its address cannot be asked about');
  if (digests === undefined) return into.refuse(line, address, 'INPUT_DIGEST_MISSING', 'a hash allows files by something else than sha256 or sha512');
  into.ask({ kind: 'blob', uri, digests, line, place: address });
}

/** All of them, or nothing when one of them allows a file that the gate could not be asked about. */
function digestsOf(hashes: readonly string[]): readonly string[] | undefined {
  const digests = hashes.map((hash) => fromHex(hash.slice(0, hash.indexOf(':')), hash.slice(hash.indexOf(':') + 1)));
  return digests.some((digest) => digest === undefined) ? undefined : [...new Set(digests.filter((digest) => digest !== undefined))];
}
