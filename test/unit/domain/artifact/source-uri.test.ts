import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSourceUri } from '../../../../src/domain/artifact/source-uri.ts';

const APP = 'https://github.com/acme/app';
const COMMIT = '6dcb09b5b57875f334f61aebed695e2e4193db5e';

describe('source URIs', () => {
  test.each([
    ['https://github.com/acme/app', APP, undefined],
    ['git+https://github.com/acme/app', APP, undefined],
    ['git+https://github.com/acme/app.git', APP, undefined],
    ['https://github.com/acme/app/', APP, undefined],
    ['https://GitHub.COM/acme/app', APP, undefined],
    ['git+https://github.com/acme/app@refs/tags/v1', APP, 'refs/tags/v1'],
    ['git+https://github.com/acme/app.git@refs/heads/a/b', APP, 'refs/heads/a/b'],
    [`git+https://github.com/acme/app@${COMMIT}`, APP, COMMIT],
    [`https://github.com/acme/app.git#${COMMIT}`, APP, COMMIT],
    ['https://github.com/acme/app.git#refs/heads/main', APP, 'refs/heads/main'],
    ['git+ssh://git@git.acme.example/acme/app.git', 'ssh://git.acme.example/acme/app', undefined],
    ['git+https://git.acme.example:8443/acme/app', 'https://git.acme.example:8443/acme/app', undefined],
    ['https://github.com/acme/App', 'https://github.com/acme/App', undefined],
  ])('%s', (text, repository, ref) => {
    expect(parseSourceUri(text)).toEqual({ repository, ...(ref === undefined ? {} : { ref }) });
  });

  test.each([
    ['a trusted repository in the query', 'https://evil.com/?x=https://github.com/acme/app'],
    ['a trusted repository in the path', 'https://evil.com/https://github.com/acme/app'],
    ['a trusted host as user name', 'https://github.com@evil.com/acme/app'],
    ['a trusted host as user name, with password', 'https://github.com:x@evil.com/acme/app'],
    ['a ref that is none', 'git+https://github.com/acme/app@evil.com/acme/app'],
    ['a short commit', 'git+https://github.com/acme/app@6dcb09b'],
    ['dot segments', 'https://github.com/acme/../evil/app'],
    ['an empty segment', 'https://github.com//acme/app'],
    ['percent signs', 'https://github.com/acme%2fapp'],
    ['a backslash', 'https://github.com\\acme/app'],
    ['white space', 'https://github.com/acme/app '],
    ['a line break', 'https://github.com/acme/app\n'],
    ['no path', 'https://github.com'],
    ['only a slash', 'https://github.com/'],
    ['no scheme', 'github.com/acme/app'],
    ['another scheme', 'file:///acme/app'],
    ['a doubled prefix', 'git+git+https://github.com/acme/app'],
    ['scp syntax', 'git@github.com:acme/app.git'],
    ['a host that ends in a dot', 'https://github.com./acme/app'],
    ['a host in other letters', 'https://gіthub.com/acme/app'],
    ['a fragment behind a ref', 'git+https://github.com/acme/app@refs/tags/v1#dir'],
    ['3,000 characters', `https://github.com/${'a'.repeat(3000)}`],
  ])('C02 %s is no source', (_, text) => {
    expect(parseSourceUri(text)).toBeUndefined();
  });

  const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);

  test('C02 git+, .git and a trailing slash never change which repository it is', () => {
    fc.assert(fc.property(segment, segment, fc.constantFrom('', 'git+'), fc.constantFrom('', '.git', '/', '.git/'), fc.constantFrom('', '@refs/tags/v1', `@${COMMIT}`), (owner, name, before, after, ref) => {
      expect(parseSourceUri(`${before}https://github.com/${owner}/${name}${after}${ref}`)?.repository).toBe(`https://github.com/${owner}/${name}`);
    }));
  });

  test('C02 whatever stands around a trusted repository, the host that is read is the one before the first slash', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (before, after) => {
      const read = parseSourceUri(`https://${before}github.com/acme/app${after}`);
      if (read?.repository === APP) expect(`${before}|${after}`).toMatch(/^\||^git@\|/);
      if (read !== undefined) expect(parseSourceUri(read.repository)).toEqual({ repository: read.repository });
    }), { numRuns: 2000 });
  });
});
