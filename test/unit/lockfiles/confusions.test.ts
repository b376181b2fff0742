// Lock files in which a package manager sees something that another reader does not: it is asked about, or the file is refused.
import { describe, expect, test } from 'vitest';
import { toldOf } from './support.ts';

const HEX = '0'.repeat(64);
const HASH = `--hash=sha256:${HEX}`;
const GOOD = '1 package pkg:pypi/a@1.0 sha256:00000000…';
const SRI = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const COMMIT = 'a'.repeat(40);
const pnpm = (rest: string): string => `lockfileVersion: '9.0'\npackages:\n${rest}`;
const classic = (rest: string): string => `# yarn lockfile v1\n\n${rest}`;
const berry = (resolution: string): string => `__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.0.0\n  resolution: "${resolution}"\n  checksum: 10c0/00\n`;
const npm = (packages: unknown): string => JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...packages as object } });
const toml = (version: string, ...rest: readonly string[]): string => `${version}\n[[package]]\nname = "a"\nversion = "1.0.0"\n${rest.join('\n')}\n`;
const uv = (...rest: readonly string[]): string => toml('version = 1', ...rest);
const cargo = (...rest: readonly string[]): string => toml('version = 4', ...rest);
const poetry = (...rest: readonly string[]): string => `${toml('', ...rest)}\n[metadata]\nlock-version = "2.1"\n`;

type Case = readonly [what: string, name: string, text: string, expected: readonly string[]];

/** Starts of what is told, in the order of the file. */
function expectTold([, name, text, expected]: Case): void {
  const told = toldOf(name, text);
  expect(told.map((line, index) => line.slice(0, expected[index]?.length ?? 0)), told.join('\n')).toEqual(expected);
}

describe('line ends that only some readers see hide no entry', () => {
  const cases: readonly Case[] = [
    ['LF, which all see', 'requirements.txt', `a==1.0 ${HASH} # x\nevil==1.0`, [GOOD, '2 package pkg:pypi/evil@1.0']],
    // str.splitlines, with which pip reads, ends lines at each of these.
    ...['\r', '\v', '\f', '\x1c', '\x1d', '\x1e', '\u0085', '\u2028', '\u2029'].map((end): Case =>
      [`${JSON.stringify(end)} in a comment for pip`, 'requirements.txt', `a==1.0 ${HASH} # x${end}evil==1.0`, ['1: expected']]),
    ['a lone CR in a comment for pnpm', 'pnpm-lock.yaml', pnpm(`  a@1.0.0: {resolution: {integrity: ${SRI}}} # x\r  evil@1.0.0: {resolution: {}}\n`), ['3: expected']],
    ['a lone CR in a comment for yarn', 'yarn.lock', classic('# x\revil@1:\r  version "1.0.0"\n'), ['3: expected']],
    ['a lone CR for cargo', 'Cargo.lock', `${cargo()}# x\r[[package]]\n`, ['6: expected']],
    ['CRLF for pip', 'requirements.txt', `a==1.0 ${HASH} # x\r\nevil==1.0\r\n`, [GOOD, '2 package pkg:pypi/evil@1.0']],
  ];
  test.each(cases)('line ends: %s', (...one) => expectTold(one));
});

describe('requirements.txt', () => {
  const cases: readonly Case[] = [
    ['a declared encoding in which a comment is a requirement', 'requirements.txt', `# coding: utf-7 +AAo-evil+AD0APQ-1.0\na==1.0 ${HASH}\n`, ['1: expected text in UTF-8']],
    ['the same in the second line', 'requirements.txt', `# x\n# -*- coding=utf_7 -*-\na==1.0 ${HASH}\n`, ['2: expected text in UTF-8']],
    ['a declared UTF-8', 'requirements.txt', `# -*- coding: utf-8 -*-\na==1.0 ${HASH}\n`, ['2 package pkg:pypi/a@1.0']],
    ['a second option, which includes a file', 'requirements.txt', '--pre -r evil.txt\n', ['1: expected one option']],
    ['a second option behind a value', 'requirements.txt', '--index-url https://x.example -r evil.txt\n', ['1: expected one option']],
    ['a second option that installs', 'requirements.txt', '--pre -e git+https://evil.example/x\n', ['1: expected one option']],
    ['a second option behind an equals sign', 'requirements.txt', '--index-url=https://x.example -revil.txt\n', ['1: expected one option']],
    ['one option alone', 'requirements.txt', '--index-url https://x.example/simple\n--pre\n-f https://x.example/links\n', ['1 passed over --index-url', '2 passed over --pre', '3 passed over -f']],
    ['quotes around an address', 'requirements.txt', `-e "git+https://evil.example/x@${COMMIT}"\n`, ['1: expected no quotes']],
    ['quotes within an address', 'requirements.txt', `-e git'+'https://evil.example/x@${COMMIT}\n`, ['1: expected no quotes']],
    ['a name before an address that is installed', 'requirements.txt', `-e evil@git+https://evil.example/x@${COMMIT}\n`, ['1 INPUT_ARTIFACT_INVALID']],
    ['a protocol with a dash', 'requirements.txt', 'evil @ hg+static-http://evil.example/x\n', ['1 INPUT_ARTIFACT_INVALID']],
    ['the same, to be installed', 'requirements.txt', '-e hg+static-http://evil.example/x\n', ['1 INPUT_ARTIFACT_INVALID']],
    ['a share of another machine', 'requirements.txt', 'evil @ file://evil.example/x.whl\n', ['1 INPUT_ARTIFACT_INVALID']],
    ['the same without a protocol', 'requirements.txt', '-e //evil.example/x\n', ['1 INPUT_ARTIFACT_INVALID']],
    ['the same as Windows writes it', 'requirements.txt', '\\\\evil.example\\share\\evil.whl\n', ['1 INPUT_ARTIFACT_INVALID']],
    ['a marker that names a file', 'requirements.txt', `evil==1.0; extra != ".zip "\n`, ['1 package pkg:pypi/evil@1.0']],
    ['a file with a marker', 'requirements.txt', 'evil-1.0.zip; extra != "x"\nevil-1.0-py3-none-any.whl[x]\n', ['1 passed over evil-1.0.zip', '2 passed over evil-1.0-py3-none-any.whl[x]']],
    ['folders and files of the project', 'requirements.txt', '-e .\n-e ./local[extra]\nb @ file:///srv/b.whl\n../c\n', ['1 passed over .', '2 passed over ./local', '3 passed over file', '4 passed over ../c']],
  ];
  test.each(cases)('requirements.txt: %s', (...one) => expectTold(one));
});

describe('what is fetched from an address of its own is not asked about by a name alone', () => {
  const MISSING = 'INPUT_DIGEST_MISSING';
  const cases: readonly Case[] = [
    ['npm, a good one', 'package-lock.json', npm({ 'node_modules/a': { version: '1.0.0' } }), ['1 package pkg:npm/a@1.0.0']],
    ['npm', 'package-lock.json', npm({ 'node_modules/a': { version: '1.0.0', resolved: 'https://evil.example/a.tgz' } }), [`1 ${MISSING} node_modules/a`]],
    ['npm 6', 'package-lock.json', JSON.stringify({ lockfileVersion: 1, dependencies: { a: { version: '1.0.0', resolved: 'https://evil.example/a.tgz' } } }), [`1 ${MISSING} node_modules/a`]],
    ['pnpm, a good one', 'pnpm-lock.yaml', pnpm('  a@1.0.0: {resolution: {}}\n'), ['3 package pkg:npm/a@1.0.0']],
    ['pnpm', 'pnpm-lock.yaml', pnpm('  a@1.0.0: {resolution: {tarball: "https://evil.example/a.tgz"}}\n'), [`3 ${MISSING} a@1.0.0`]],
    ['yarn 1, a good one', 'yarn.lock', classic('a@^1:\n  version "1.0.0"\n'), ['3 package pkg:npm/a@1.0.0']],
    ['yarn 1', 'yarn.lock', classic('a@^1:\n  version "1.0.0"\n  resolved "https://evil.example/a.tgz"\n'), [`3 ${MISSING} a@^1`]],
    ...['evil/repo', 'github:evil/repo', 'gitlab:evil/repo', 'git+https://evil.example/x', 'https://evil.example/a.tgz'].map((range): Case =>
      [`yarn 1 of ${range}, and nothing resolved`, 'yarn.lock', classic(`"a@${range}":\n  version "1.0.0"\n`), ['3 INPUT_ARTIFACT_INVALID']]),
    ['yarn 1, an alias and a tag', 'yarn.lock', classic('"a@npm:@acme/b@^1":\n  version "1.0.0"\n\nc@latest:\n  version "1.0.0"\n'), ['3 package pkg:npm/@acme/b@1.0.0', '6 package pkg:npm/c@1.0.0']],
    ['yarn, a good one', 'yarn.lock', berry('a@npm:1.0.0'), ['4 package pkg:npm/a@1.0.0']],
    ['yarn', 'yarn.lock', berry('a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fevil.example%2Fa.tgz'), [`4 ${MISSING} a@npm:^1`]],
    ['pip, a good one', 'requirements.txt', 'a==1.0\n', ['1 package pkg:pypi/a@1.0']],
    ...['-i https://x.example', '--extra-index-url=https://x.example', '--find-links https://x.example', '-fhttps://x.example', '-c other.txt'].map((option): Case =>
      [`pip with ${option}`, 'requirements.txt', `a==1.0\n${option}\nb==1.0 ${HASH}\n`, [`1 ${MISSING} a`, '2 passed over -', '3 package pkg:pypi/b@1.0']]),
    ['poetry, a good one', 'poetry.lock', poetry('files = []'), ['2 package pkg:pypi/a@1.0.0']],
    ['poetry', 'poetry.lock', poetry('files = []', '[package.source]', 'type = "legacy"', 'url = "https://x.example/simple"'), [`2 ${MISSING} a 1.0.0`]],
    ['uv, a good one', 'uv.lock', uv('source = {registry = "https://pypi.org/simple"}'), ['2 package pkg:pypi/a@1.0.0']],
    ['uv', 'uv.lock', uv('source = {registry = "https://x.example/simple"}'), [`2 ${MISSING} a 1.0.0`]],
    ['cargo, a good one', 'Cargo.lock', cargo('source = "registry+https://github.com/rust-lang/crates.io-index"'), ['2 package pkg:cargo/a@1.0.0']],
    ['cargo by its sparse index', 'Cargo.lock', cargo('source = "sparse+https://index.crates.io/"'), ['2 package pkg:cargo/a@1.0.0']],
    ['cargo', 'Cargo.lock', cargo('source = "registry+https://x.example/index"'), [`2 ${MISSING} a 1.0.0`]],
  ];
  test.each(cases)('an address and no digest: %s', (...one) => expectTold(one));
});

describe('a source of two kinds, or of none that can be read, is nothing of this project', () => {
  const cases: readonly Case[] = [
    ['uv, a good one', 'uv.lock', uv('source = {virtual = "."}'), ['2 passed over a 1.0.0']],
    ...['virtual', 'editable', 'directory', 'path'].map((kind): Case =>
      [`uv, a registry that calls itself ${kind}`, 'uv.lock', uv(`source = {registry = "https://x.example/simple", ${kind} = "."}`), ['2 INPUT_ARTIFACT_INVALID a 1.0.0']]),
    ['cargo, a good one', 'Cargo.lock', cargo(), ['2 passed over a 1.0.0']],
    ['cargo, a list', 'Cargo.lock', cargo('source = ["registry+https://x.example"]'), ['2 INPUT_ARTIFACT_INVALID a 1.0.0']],
  ];
  test.each(cases)('source: %s', (...one) => expectTold(one));
});

describe('npm: what a package brings along is what it lists, and what that asks for', () => {
  const holder = (rest: object): object => ({ 'node_modules/h': { version: '1.0.0', integrity: SRI, bundleDependencies: ['x'], dependencies: { x: '1' }, ...rest } });
  const x = { 'node_modules/h/node_modules/x': { version: '1.0.0', inBundle: true, dependencies: { y: '1' } } };
  const marked = { version: '1.0.0', inBundle: true };
  const [H, X] = ['1 package pkg:npm/h@1.0.0 sha512:01010101…', '1 passed over node_modules/h/node_modules/x'];
  const cases: readonly Case[] = [
    ['what is listed', 'package-lock.json', npm({ ...holder({}), ...x }), [H, X]],
    ['what that asks for', 'package-lock.json', npm({ ...holder({}), ...x, 'node_modules/h/node_modules/y': marked }), [H, X, '1 passed over node_modules/h/node_modules/y']],
    ['what lies below it', 'package-lock.json', npm({ ...holder({}), ...x, 'node_modules/h/node_modules/x/node_modules/y': marked }), [H, X, '1 passed over node_modules/h/node_modules/x/node_modules/y']],
    ['all, where all are', 'package-lock.json', npm({ ...holder({ bundleDependencies: true }), ...x }), [H, X]],
    ['what is not listed', 'package-lock.json', npm({ ...holder({ dependencies: { x: '1', evil: '1' } }), ...x, 'node_modules/h/node_modules/evil': marked }), [H, '1 package pkg:npm/evil@1.0.0', X]],
    ['what is found nearer than beside it', 'package-lock.json', npm({ ...holder({}), ...x, 'node_modules/h/node_modules/x/node_modules/y': marked, 'node_modules/h/node_modules/y': marked }),
      [H, '1 package pkg:npm/y@1.0.0', X, '1 passed over node_modules/h/node_modules/x/node_modules/y']],
    ['where nothing is known of the holder', 'package-lock.json', npm({ ...holder({ integrity: undefined }), ...x }), ['1 package pkg:npm/h@1.0.0', '1 package pkg:npm/x@1.0.0']],
  ];
  test.each(cases)('inBundle: %s', (...one) => expectTold(one));
});
