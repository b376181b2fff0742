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

  test('what is read is read the same again, and two names never read alike', () => {
    const segment = fc.stringMatching(/^[a-z0-9@%._/?#-]{0,8}$/);
    fc.assert(fc.property(segment, segment, segment, (scope, name, version) => {
      const read = parsePackageUrl(`pkg:npm/${scope}/${name}@${version}`);
      if (read.ok) expect(parsePackageUrl(read.value.name)).toEqual(read);
    }));
  });
});
