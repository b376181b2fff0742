// Lock files by format: those that package managers wrote (SOURCE.md says which), and those that follow the documented format.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fixture, toldOf } from './support.ts';

const FILES: readonly (readonly [string, readonly string[]])[] = [
  ['npm-v1/package-lock.json', [
    '7 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf…',
    '12 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf…',
    '17 package pkg:npm/bundler@1.0.0 sha512:f9c0e373…',
    '25 passed over node_modules/bundler/node_modules/inner',
    '31 passed over node_modules/local',
    '34 passed over node_modules/part',
    '37 package pkg:npm/twig@1.2.3 sha512:742fe6d2…',
  ]],
  ['npm-v2/package-lock.json', [
    '20 passed over local',
    '23 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf…',
    '28 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf… direct',
    '34 package pkg:npm/bundler@1.0.0 sha512:f9c0e373… direct',
    '45 passed over node_modules/bundler/node_modules/inner',
    '49 passed over node_modules/local',
    '53 passed over node_modules/part',
    '57 package pkg:npm/twig@1.2.3 sha512:742fe6d2… direct',
    '65 passed over packages/part',
    '75 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf…',
  ]],
  ['npm-v3/package-lock.json', [
    '20 passed over local',
    '23 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf…',
    '28 package pkg:npm/@acme/leaf@2.0.0 sha512:23fcbeaf… direct',
    '34 package pkg:npm/bundler@1.0.0 sha512:f9c0e373… direct',
    '45 passed over node_modules/bundler/node_modules/inner',
    '49 passed over node_modules/local',
    '53 passed over node_modules/part',
    '57 package pkg:npm/twig@1.2.3 sha512:742fe6d2… direct',
    '65 passed over packages/part',
  ]],
  ['pnpm-v6/pnpm-lock.yaml', [
    '16 package pkg:npm/@acme/leaf@2.0.0 sha512:ee5e18c6… direct',
    '20 package pkg:npm/twig@1.2.3 sha512:68856320…',
    '24 git git+https://github.com/acme/forked gitCommit:01234567…',
    '30 passed over file:local',
  ]],
  ['pnpm-v9/pnpm-lock.yaml', [
    '20 passed over . part',
    '24 passed over packages/part',
    '32 package pkg:npm/@acme/leaf@2.0.0 sha512:ee5e18c6… direct',
    '38 blob https://registry.example/archive.tgz sha512:b11537e8… direct',
    '42 git git+https://github.com/acme/forked gitCommit:01234567… direct',
    '46 passed over local@file:local',
    '49 git git+https://git.example/acme/source gitCommit:01234567…',
    '53 package pkg:npm/twig@1.2.3 sha512:68856320… direct',
  ]],
  ['yarn-classic/yarn.lock', [
    '5 package pkg:npm/@acme/leaf@2.0.0 sha512:ee5e18c6…',
    '10 package pkg:npm/twig@1.2.3 sha512:68856320…',
    '17 blob https://registry.example/archive.tgz sha512:b11537e8…',
    '22 git git+https://github.com/acme/forked gitCommit:01234567…',
    '26 passed over local@file:local',
    '29 INPUT_DIGEST_MISSING old@1.0.0',
    '33 git git+https://git.example/acme/source gitCommit:01234567…',
  ]],
  ['yarn-berry/yarn.lock', [
    '8 package pkg:npm/@acme/leaf@2.0.0 direct',
    '15 package pkg:npm/twig@1.2.3 direct',
    '22 passed over app@workspace:.',
    '33 blob https://registry.example/archive.tgz direct',
    '40 git git+https://git.example/acme/source gitCommit:01234567… direct',
    '47 passed over twig@patch:twig@npm%3A1.2.3#~/.yarn/patches/twig.patch',
  ]],
  ['pip/requirements.txt', [
    '2 package pkg:pypi/flat-cap@1.0 sha256:caf8f0c5…',
    '4 package pkg:pypi/beret@2.1 sha256:3807ba23…',
  ]],
  ['written/requirements-hats.txt', [
    '2 passed over --index-url',
    '4 package pkg:pypi/beret@2.1 sha256:ceb45bc2… sha256:467bafc4…',
    '8 package pkg:pypi/flat-cap@1.0 sha256:5dc27af2…',
    '9 blob https://registry.example/helmet-0.2-py3-none-any.whl sha256:11558486…',
    '10 git git+https://git.example/acme/source gitCommit:01234567…',
    '11 INPUT_ARTIFACT_INVALID bowler',
    '12 INPUT_DIGEST_MISSING panama',
    '13 passed over ./local',
  ]],
  ['uv/uv.lock', [
    '5 passed over app 0.1.0',
    '20 package pkg:pypi/beret@2.1 sha256:467bafc4… sha256:ceb45bc2… sha256:f9a381ba…',
    '30 package pkg:pypi/flat-cap@1.0 sha256:5dc27af2… direct',
    '41 blob https://registry.example/helmet-0.2-py3-none-any.whl sha256:11558486…',
    '49 git git+https://git.example/acme/source gitCommit:01234567…',
  ]],
  ['poetry/poetry.lock', [
    '3 package pkg:pypi/beret@2.1 sha256:ceb45bc2… sha256:467bafc4…',
    '15 blob https://registry.example/helmet-0.2-py3-none-any.whl sha256:11558486…',
    '30 passed over local 0.0.1',
    '44 git git+https://git.example/acme/source gitCommit:01234567…',
  ]],
  ['go/go.sum', [
    '1 package pkg:golang/example.com/Acme/tool@v1.2.0 sha256:7f6d35dd…',
    '2 passed over example.com/Acme/tool v1.2.0/go.mod',
    '3 package pkg:golang/example.com/acme/lib@v0.3.0 sha256:c7a01735…',
    '4 passed over example.com/acme/lib v0.3.0/go.mod',
  ]],
  ['cargo/Cargo.lock', [
    '5 passed over app 0.1.0',
    '13 passed over beside 0.1.0',
    '17 package pkg:cargo/kernel@1.0.0 sha256:da695987… direct',
    '26 package pkg:cargo/shell-rs@0.4.2 sha256:f7b1ef26…',
  ]],
];

test.each(FILES)('every entry of %s is told, with its line', (path, expected) => {
  expect(toldOf(path, fixture(path))).toEqual(expected);
});

test.each(FILES)('%s says the same with line ends of Windows and a byte order mark', (path, expected) => {
  expect(toldOf(path, `\ufeff${fixture(path).replaceAll('\n', '\r\n')}`)).toEqual(expected);
});

test('the digest of a Go module is the directory hash that the go command reckons', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const files = { 'code.go': 'package lib\n', 'go.mod': 'module example.com/acme/lib\n\ngo 1.21\n' };
  const lines = Object.entries(files).map(([name, text]) => `${sha256(text)}  example.com/acme/lib@v0.3.0/${name}\n`);
  const base64 = createHash('sha256').update(lines.join('')).digest('base64');
  expect(fixture('go/go.sum')).toContain(`example.com/acme/lib v0.3.0 h1:${base64}\n`);
});

describe('package-lock.json: what an entry claims is not believed beyond what is asked', () => {
  const sri = (fill: number): string => `sha512-${Buffer.alloc(64, fill).toString('base64')}`;
  const lock = (packages: unknown, rest: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies: { a: '^1' } }, ...packages as object }, ...rest });
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['a good one', lock({ 'node_modules/a': { version: '1.0.0', integrity: sri(1) } }), ['1 package pkg:npm/a@1.0.0 sha512:01010101… direct']],
    ['another address is the same question', lock({ 'node_modules/a': { version: '1.0.0', integrity: sri(1), resolved: 'https://evil.example/a.tgz' } }),
      ['1 package pkg:npm/a@1.0.0 sha512:01010101… direct']],
    ['the strongest digest counts', lock({ 'node_modules/a': { version: '1.0.0', integrity: `sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= ${sri(1)} sha256-${Buffer.alloc(32).toString('base64')}` } }),
      ['1 package pkg:npm/a@1.0.0 sha512:01010101… direct']],
    ['two of one strength are alternatives', lock({ 'node_modules/a': { version: '1.0.0', integrity: `${sri(1)} ${sri(2)}` } }),
      ['1 package pkg:npm/a@1.0.0 sha512:01010101… sha512:02020202… direct']],
    ['a digest that is cut short', lock({ 'node_modules/a': { version: '1.0.0', integrity: 'sha512-AAAA' } }), ['1 INPUT_DIGEST_MISSING node_modules/a']],
    ['sha384 alone', lock({ 'node_modules/a': { version: '1.0.0', integrity: `sha384-${Buffer.alloc(48).toString('base64')}` } }), ['1 INPUT_DIGEST_MISSING node_modules/a']],
    ['sha1 alone', lock({ 'node_modules/a': { version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } }), ['1 INPUT_DIGEST_MISSING node_modules/a']],
    ['no digest is asked about without one', lock({ 'node_modules/a': { version: '1.0.0' } }), ['1 package pkg:npm/a@1.0.0 direct']],
    ['a mark of being bundled, in nothing', lock({ 'node_modules/a': { version: '1.0.0', inBundle: true } }), ['1 package pkg:npm/a@1.0.0 direct']],
    ['a mark of being a link, to an address', lock({ 'node_modules/a': { version: '1.0.0', link: true, resolved: 'https://evil.example/a.tgz', integrity: sri(1) } }),
      ['1 package pkg:npm/a@1.0.0 sha512:01010101… direct']],
    ['a name that leaves its folder', lock({ 'node_modules/a': { name: '../b', version: '1.0.0', integrity: sri(1) } }), ['1 INPUT_ARTIFACT_INVALID node_modules/a']],
    ['a version with an escape', lock({ 'node_modules/a': { version: '1.0.0%40', integrity: sri(1) } }), ['1 INPUT_ARTIFACT_INVALID node_modules/a']],
    ['git', lock({ 'node_modules/a': { version: '1.0.0', resolved: `git+ssh://git@github.com/acme/a.git#${'a'.repeat(40)}` } }),
      ['1 git git+https://github.com/acme/a gitCommit:aaaaaaaa… direct']],
    ['git without a commit', lock({ 'node_modules/a': { version: '1.0.0', resolved: 'git+ssh://git@github.com/acme/a.git#main' } }), ['1 git git+https://github.com/acme/a direct']],
    ['a repository with a user', lock({ 'node_modules/a': { version: '1.0.0', resolved: `git+https://user:pass@github.com/acme/a.git#${'a'.repeat(40)}` } }),
      ['1 INPUT_ARTIFACT_INVALID node_modules/a']],
    ['an address that the project asks for', lock({ '': { dependencies: { a: 'https://x.example/a.tgz' } }, 'node_modules/a': { version: '1.0.0', resolved: 'https://x.example/a.tgz', integrity: sri(1) } }),
      ['1 blob https://x.example/a.tgz sha512:01010101… direct']],
    ['what npm 6 would install is asked about too', JSON.stringify({
      lockfileVersion: 2, packages: { 'node_modules/a': { version: '1.0.0', integrity: sri(1) } }, dependencies: { a: { version: '1.0.0', integrity: sri(2) } },
    }), ['1 package pkg:npm/a@1.0.0 sha512:01010101…', '1 package pkg:npm/a@1.0.0 sha512:02020202…']],
  ];
  test.each(cases)('%s', (_, text, expected) => {
    expect(toldOf('package-lock.json', text)).toEqual(expected);
  });
});
