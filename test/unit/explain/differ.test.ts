import { describe, expect, test } from 'vitest';
import { differenceOf } from '../../../src/explain/parts/differ.ts';

const ISSUER = '(issuer https://token.actions.githubusercontent.com)';
const at = (ref: string, repository = 'acme/app'): string => `https://github.com/${repository}/.github/workflows/release.yml@${ref} ${ISSUER}`;

describe('row 4: where two long identities differ', () => {
  test.each<[string, string, readonly string[], string | undefined]>([
    ['the ref', at('refs/heads/pr-7'), [`release: ${at('refs/tags/v*')}`], '"@refs/heads/pr-7", expected "@refs/tags/v*"'],
    ['the repository', at('refs/tags/v1', 'acme/lib'), [`release: ${at('refs/tags/v1')}`], '"/lib", expected "/app"'],
    ['the issuer', `${at('refs/tags/v1').replace('.com)', '.com/acme)')}`, [at('refs/tags/v1')], '"/acme", expected nothing'],
    ['the nearest of several', at('refs/heads/x'), [`other: ${at('refs/tags/v1', 'else/where')}`, `release: ${at('refs/heads/main')}`], '"@refs/heads/x", expected "@refs/heads/main"'],
    ['nothing: they are the same', at('refs/tags/v1'), [at('refs/tags/v1')], undefined],
    ['nothing to see: short texts', 'bob@acme.example', ['alice@acme.example'], undefined],
    ['nothing to see: two fingerprints', `key sha256:${'a'.repeat(64)}`, [`alice: key sha256:${'b'.repeat(64)}`], undefined],
    ['nothing to see: another thing altogether', at('refs/tags/v1'), ['an SBOM (spdx or cyclonedx)'], undefined],
    ['nothing expected', at('refs/tags/v1'), [], undefined],
  ])('%s', (_, found, expected, told) => {
    expect(differenceOf(found, expected)).toBe(told);
  });
});
