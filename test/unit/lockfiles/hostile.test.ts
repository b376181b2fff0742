// Lock files that nobody wrote in good faith: each is refused with its line, quickly, and nothing of it is passed over.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLockFile } from '../../../src/lockfiles/index.ts';
import { fixture, toldOf } from './support.ts';

const HASH = `h1:${Buffer.alloc(32).toString('base64')}`;
const YAML = "lockfileVersion: '9.0'\n";
const PNPM = (rest: string): string => `${YAML}packages:\n${rest}`;
const YARN = '# yarn lockfile v1\n\n';

const CASES: readonly (readonly [string, string, string | Uint8Array, string])[] = [
  ['a name that is no lock file', 'Pipfile', '', '1: is no lock file that is known by its name; known are package-lock.json, pnpm-lock.yaml'],
  ['bytes that are no UTF-8', 'go.sum', Buffer.of(0x61, 0xff), '1: expected text in UTF-8'],
  ['UTF-16', 'go.sum', Buffer.from('\ufeffa v1 h1', 'utf16le'), '1: expected text in UTF-8'],
  ['a NUL', 'go.sum', `a.b/c v1.0.0 ${HASH}\na\0`, '2: expected text, found a NUL'],
  ['a line without end', 'requirements.txt', `a==1\n${'x'.repeat(70_000)}`, '2: expected lines of at most 65536 characters'],
  ['too many entries', 'go.sum', `a.b/c v1.0.0 ${HASH}\n`.repeat(100_001), '100001: expected at most 100000 entries'],
  ['fields that are missing', 'go.sum', `a.b/c v1.0.0 ${HASH}\na.b/c v1.0.0\n`, '2: expected MODULE VERSION HASH'],
  ['no JSON', 'package-lock.json', '{\n"lockfileVersion": 3,\n}', '3: is no JSON'],
  ['a key twice', 'package-lock.json', '{"lockfileVersion": 3, "packages": {},\n "packages": {}}', '2: expected every key once'],
  ['__proto__', 'package-lock.json', '{"lockfileVersion": 3,\n "packages": {"__proto__": {}}}', '2: key "__proto__" is not allowed'],
  ['deep JSON', 'package-lock.json', `{"lockfileVersion":3,"packages":${'['.repeat(200)}${']'.repeat(200)}}`, '1: expected at most 128 (depth)'],
  ['another version', 'package-lock.json', '{"lockfileVersion": 4, "packages": {}}', '1: expected lockfileVersion 1, 2 or 3'],
  ['no packages', 'package-lock.json', '{"lockfileVersion": 3}', '1: expected packages'],
  ['an alias', 'pnpm-lock.yaml', PNPM('  a@1: &x {resolution: {integrity: a}}\n  b@1: *x\n'), '3: expected no alias, anchor or tag'],
  ['a bomb', 'pnpm-lock.yaml', `${YAML}a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n`, '2: expected no alias, anchor or tag'],
  ['a merge key', 'pnpm-lock.yaml', PNPM('  a@1: {<<: {resolution: {}}, resolution: {}}\n  <<: {}\n  <<: {}\n'), '5: expected every key once'],
  ['a tag', 'pnpm-lock.yaml', PNPM('  a@1: !!js/function x\n'), '3: is no YAML'],
  ['a key twice in YAML', 'pnpm-lock.yaml', PNPM('  a@1: {resolution: {}}\n  a@1: {resolution: {}}\n'), '4: expected every key once'],
  ['__proto__ in YAML', 'pnpm-lock.yaml', PNPM('  __proto__: {resolution: {}}\n'), '3: expected every key once and no __proto__'],
  ['two documents', 'pnpm-lock.yaml', `${YAML}---\na: b\n`, '1: expected one YAML document'],
  ['deep YAML', 'pnpm-lock.yaml', `${YAML}a: ${'['.repeat(3000)}`, '2: expected at most 2000 open brackets'],
  ['YAML of too many parts', 'pnpm-lock.yaml', `${YAML}${Array.from({ length: 70_000 }, (_, index) => `k${index}: [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]`).join('\n')}`,
    '62501: expected at most 1000000 lines, brackets and commas'],
  ['YAML with a fault in each character', 'pnpm-lock.yaml', `${YAML}a: {b: c${','.repeat(60_000)}`, '2: is no YAML: Unexpected , in flow map'],
  ['YAML with a fault in each line', 'pnpm-lock.yaml', `${YAML}${'{}\n'.repeat(60_000)}`, '2: is no YAML'],
  ['YAML that is deep enough', 'pnpm-lock.yaml', `${YAML}a: ${'['.repeat(100)}${']'.repeat(100)}`, '2: expected at most 32 levels'],
  ['version 5', 'pnpm-lock.yaml', "\nlockfileVersion: 5.4\n", '2: expected lockfileVersion 6 or 9'],
  ['a snapshot without a package', 'pnpm-lock.yaml', `${YAML}packages: {}\nsnapshots:\n  a@1.0.0: {}\n`, '4 INPUT_ARTIFACT_INVALID a@1.0.0'],
  ['a key twice for yarn', 'yarn.lock', `${YARN}a@1:\n  version "1"\n\na@1:\n  version "2"\n`, '6: expected every key once'],
  ['__proto__ for yarn', 'yarn.lock', `${YARN}__proto__:\n  version "1"\n`, '3: expected every key once, and read by yarn'],
  ['what yarn cannot read', 'yarn.lock', `${YARN}a@1:\n  version "1\n`, '4: is no lock file of yarn'],
  ['neither yarn', 'yarn.lock', 'a: b\n', '1: expected a lock file of yarn'],
  ['a patch over nothing', 'yarn.lock', '__metadata:\n  version: 8\n\n"a@patch:a@npm%3A1#x":\n  resolution: "a@patch:a@npm%3A1#x"\n', '4 INPUT_ARTIFACT_INVALID a@patch:a@npm%3A1#x'],
  ['a file that is included', 'requirements.txt', 'a==1.0\n-r other.txt\n', '2: includes another file (-r other.txt)'],
  ['an included file, otherwise', 'requirements.txt', '--requirement=other.txt\n', '1: includes another file'],
  ['an option that is unknown', 'requirements.txt', '--surprise\n', '1: option --surprise is not known'],
  ['a variable', 'requirements.txt', 'a==${VERSION}\n', '1: expected no variable of the environment'],
  ['two versions', 'requirements.txt', 'a==1.0,>=0.9\n', '1 INPUT_ARTIFACT_INVALID a'],
  ['any version of a series', 'requirements.txt', 'a==1.*\n', '1 INPUT_ARTIFACT_INVALID a'],
  ['a weak hash beside a good one', 'requirements.txt', `a==1.0 --hash=sha256:${'0'.repeat(64)} --hash=md5:${'0'.repeat(32)}\n`, '1 INPUT_DIGEST_MISSING a'],
  ['no TOML', 'uv.lock', 'version = 1\n[[package]\n', '2: is no TOML'],
  ['a package without a heading', 'uv.lock', 'version = 1\npackage = [{name = "a"}]\n', '1: expected each package under a [[package]] of its own'],
  ['a heading in a text', 'uv.lock', 'version = 1\nx = """\n[[package]]\n"""\n', '3: expected each package under a [[package]] of its own'],
  ['packages by their older name', 'uv.lock', 'version = 1\n[[distribution]]\nname = "a"\n', '1: expected [[package]], found [[distribution]]'],
  ['a patch of pnpm, which is told', 'pnpm-lock.yaml', `${YAML}patchedDependencies:\n  a@1.0.0:\n    path: a.patch\n`, '3 passed over a@1.0.0'],
  ['a name that goes on in the next line', 'requirements.txt', `good\\\n-evil==1.0 --hash=sha256:${'0'.repeat(64)}\n`, '1 package pkg:pypi/good-evil@1.0 sha256:00000000…'],
  ['a comment that goes on in the next line', 'requirements.txt', `a==1.0 # \\\nb==2.0\n`, '1 package pkg:pypi/a@1.0'],
  ['an address without a scheme', 'package-lock.json', '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", "resolved": "//evil.example/a.tgz"}}}', '1 INPUT_DIGEST_MISSING node_modules/a'],
  ['another version of uv', 'uv.lock', 'version = 2\n', '1: expected version = 1'],
  ['a file without a hash', 'uv.lock', 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "x"}\nwheels = [{url = "x"}]\n', '2 INPUT_DIGEST_MISSING a 1'],
  ['a source that is unknown', 'Cargo.lock', 'version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "magic+x"\n', '2 INPUT_ARTIFACT_INVALID a 1.0.0'],
  ['a checksum of another length', 'Cargo.lock', 'version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+x"\nchecksum = "00"\n', '2 INPUT_DIGEST_MISSING a 1.0.0'],
  ['another lock-version', 'poetry.lock', '[metadata]\nlock-version = "3.0"\n', '1: expected lock-version 1 or 2'],
];

test.each(CASES)('%s', (_, name, text, expected) => {
  const lines = toldOf(name, text);
  expect(lines.filter((line) => line.startsWith(expected)), lines.join('\n')).toHaveLength(1);
});

test('users and passwords of addresses are never repeated, and never asked about', () => {
  const [secret, commit, sha256] = ['user:hunter2', 'a'.repeat(40), '0'.repeat(64)];
  const file = `https://${secret}@x.example/a.tgz?sig=hunter3#frag`;
  const cases: readonly (readonly [string, string])[] = [
    ['requirements.txt', `a @ ${file} --hash=sha256:${sha256}\nb @ git+https://${secret}@x.example/b.git@${commit}\n${file}\n`],
    ['requirements.txt', `-r https://${secret}@x.example/other.txt\n`],
    ['yarn.lock', `${YARN}"a@${file}":\n  version "1.0.0"\n  resolved "${file}"\n`],
    ['pnpm-lock.yaml', PNPM(`  a@${file.split('#')[0]}:\n    resolution: {tarball: "${file}"}\n`)],
    ['package-lock.json', JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies: { a: file } }, 'node_modules/a': { version: '1.0.0', resolved: file } } })],
    ['package-lock.json', JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/a': { version: '1.0.0', resolved: `git+https://${secret}@x.example/a.git#${commit}` } } })],
    ['uv.lock', `version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = {url = "${file}"}\n`],
  ];
  for (const [name, text] of cases) {
    const read = readLockFile(name, Buffer.from(text));
    expect(JSON.stringify(read), text).not.toMatch(/hunter2/);
    if (read.ok) expect(read.file.artifacts, text).toEqual([]);
  }
  // Without a user it is asked about; what is behind the path stays here.
  expect(toldOf('requirements.txt', `https://x.example/a.tgz?sig=hunter3 --hash=sha256:${sha256}\n`)).toEqual(['1 blob https://x.example/a.tgz sha256:00000000…']);
});

test('a file of more than 32 MiB is not read', () => {
  expect(toldOf('go.sum', new Uint8Array(32 * 1024 * 1024 + 1))).toEqual(['1: expected at most 33554432 bytes, found 33554433']);
});

describe('whatever the bytes are', () => {
  const files = ['npm-v2/package-lock.json', 'pnpm-v9/pnpm-lock.yaml', 'yarn-classic/yarn.lock', 'yarn-berry/yarn.lock', 'written/requirements-hats.txt',
    'uv/uv.lock', 'poetry/poetry.lock', 'go/go.sum', 'cargo/Cargo.lock'];

  test.each(files)('a line of %s that is left out takes away no other entry, but those that hang on it', (path) => {
    const text = fixture(path);
    const lines = text.split('\n');
    fc.assert(fc.property(fc.nat(lines.length - 1), (index) => {
      const read = readLockFile(path.split('/')[1] ?? '', Buffer.from(lines.toSpliced(index, 1).join('\n')));
      if (!read.ok) expect(read.line).toBeGreaterThan(0);
      else for (const { line } of [...read.file.artifacts, ...read.file.passedOver, ...read.file.unaskable]) expect(line).toBeLessThanOrEqual(lines.length);
    }), { numRuns: 60 });
  });

  test('go.sum: every line of a module becomes exactly one entry', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const line = fc.tuple(word, word, fc.nat(99), fc.boolean()).map(([host, name, patch, isMod]) => `${host}.example/${name} v1.0.${patch}${isMod ? '/go.mod' : ''} ${HASH}`);
    fc.assert(fc.property(fc.array(line, { maxLength: 50 }), (all) => {
      expect(toldOf('go.sum', `${all.join('\n')}\n`)).toHaveLength(all.length);
    }));
  });
});
