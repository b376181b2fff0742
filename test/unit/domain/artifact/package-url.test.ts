import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePackageUrl } from '../../../../src/domain/artifact/package-url.ts';

describe('a package URL', () => {
  test.each([
    ['pkg:npm/semver@7.5.4', 'npm', 'semver', '7.5.4', 'pkg:npm/semver@7.5.4'],
    ['pkg:npm/%40acme/lib@1.0.0', 'npm', '@acme/lib', '1.0.0', 'pkg:npm/@acme/lib@1.0.0'],
    ['pkg:npm/@acme/lib@1.0.0-rc.1+build.7', 'npm', '@acme/lib', '1.0.0-rc.1+build.7', 'pkg:npm/@acme/lib@1.0.0-rc.1+build.7'],
    ['PKG:NPM/Semver@7', 'npm', 'Semver', '7', 'pkg:npm/Semver@7'],
    ['pkg:maven/org.acme/app@1%2B2', 'maven', 'org.acme/app', '1+2', 'pkg:maven/org.acme/app@1+2'],
    ['pkg:golang/github.com/acme/app@v1', 'golang', 'github.com/acme/app', 'v1', 'pkg:golang/github.com/acme/app@v1'],
  ])('%s is read', (text, type, path, version, name) => expect(parsePackageUrl(text)).toEqual({ ok: true, value: { type, path, version, name } }));

  test.each([
    'pkg:npm/semver', 'pkg:npm/semver@', 'pkg:npm/@acme/lib', 'pkg:npm/@1.0.0', 'pkg:npm/', 'pkg:npm', 'pkg:', 'npm/semver@1', 'pkg://npm/semver@1', 'pkg:npm//semver@1',
    'pkg:npm/semver@1?repository_url=evil.example', 'pkg:npm/semver@1#sub', 'pkg:npm/a/../semver@1', 'pkg:npm/%2e%2e/semver@1', 'pkg:npm/a%2fb@1', 'pkg:npm/a%40b@1', 'pkg:npm/a@b@1', 'pkg:npm/x/@acme/lib@1',
    'pkg:npm/a%00@1', 'pkg:npm/a b@1', 'pkg:npm/a%20b@1', 'pkg:npm/a%zz@1', 'pkg:npm/a%2525@1', 'pkg:npm/semver@1%3Fx', 'pkg:n%70m/semver@1', `pkg:npm/${'a'.repeat(1100)}@1`, 'pkg:npm/a\u202e@1', 'pkg:npm/a\\b@1',
  ])('%s is none', (text) => expect(parsePackageUrl(text).ok).toBe(false));

  test.each<[string, string, string, Record<string, string>]>([
    ['pkg:docker/alpine', 'alpine', '', {}],
    ['pkg:docker/alpine@3.19?platform=linux%2Famd64', 'alpine', '3.19', { platform: 'linux/amd64' }],
    ['PKG:OCI/base@sha256%3Aab?repository_url=ghcr.io/acme/base&TAG=v1', 'base', 'sha256:ab', { repository_url: 'ghcr.io/acme/base', tag: 'v1' }],
    ['pkg:docker/localhost%3A5000/a@1?x=', 'localhost:5000/a', '1', { x: '' }],
  ])('%s is read when qualifiers are', (text, path, version, qualifiers) => {
    const read = parsePackageUrl(text, { qualifiers: 'read' });
    expect(read.ok && [read.value.path, read.value.version, Object.fromEntries(read.value.qualifiers ?? [])]).toEqual([path, version, qualifiers]);
    if (version === '' || text.includes('?')) expect(parsePackageUrl(text).ok).toBe(false);
  });

  test.each([
    'pkg:docker/alpine@', 'pkg:docker/@3', 'pkg:docker/', 'pkg:docker//alpine', 'pkg:docker/a?', 'pkg:docker/a?x', 'pkg:docker/a?=1', 'pkg:docker/a?x=1&x=2', 'pkg:docker/a?x=1&X=2',
    'pkg:docker/a?x=1?y=2', 'pkg:docker/a?x=%zz', 'pkg:docker/a#sub', 'pkg:docker/a?x=1#sub', 'pkg:docker/a%2fb', 'pkg:docker/a%2/b', 'pkg:docker/../a', 'pkg:docker/a b',
  ])('%s is none, even when qualifiers are read', (text) => expect(parsePackageUrl(text, { qualifiers: 'read' }).ok).toBe(false));

  test('what is read is read the same again, and two names never read alike', () => {
    const segment = fc.stringMatching(/^[a-z0-9@%._/?#-]{0,8}$/);
    fc.assert(fc.property(segment, segment, segment, (scope, name, version) => {
      const read = parsePackageUrl(`pkg:npm/${scope}/${name}@${version}`);
      if (read.ok) expect(parsePackageUrl(read.value.name)).toEqual(read);
    }));
  });
});
