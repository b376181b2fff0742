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
    ['a letter of another alphabet', 'C=US, O=Acme, CN=r\u0435lease (issued by O=Acme, CN=a)', ['notary: C=US, O=Acme, CN=release'], '"\u0435" (U+0435) in "CN=r\u0435lease", expected "e" (U+0065)'],
    ['a letter that looks like another', 'spiffe://acme.example/ns/ci/sa/reIease', ['a: spiffe://acme.example/ns/ci/sa/release'], '"I" (U+0049) in "reIease", expected "l" (U+006C)'],
    ['a digit that looks like a letter, of the organisation', 'O=Acme 0y, CN=x', ['O=Acme Oy, CN=x'], '"0" (U+0030) in "0y", expected "O" (U+004F)'],
    ['several, of which the first is told', 'CN=\u0430\u0441me', ['CN=acme'], '"\u0430" (U+0430) in "CN=\u0430\u0441me", expected "a" (U+0061)'],
    ['a space that is none', 'O=Acme\u00a0Inc, CN=x', ['O=Acme Inc, CN=x'], '"\u00a0" (U+00A0) in "O=Acme\u00a0Inc", expected " " (U+0020)'],
    ['nothing to see: another letter', 'O=Acme, CN=relaese', ['release: O=Acme, CN=release'], undefined],
    ['nothing to see: a longer name', 'O=Acme, CN=r\u0435leases', ['release: O=Acme, CN=release'], undefined],
    ['nothing to see: one letter alike and one other', 'O=Acme, CN=r\u0435least', ['release: O=Acme, CN=release'], undefined],
    ['nothing expected', at('refs/tags/v1'), [], undefined],
  ])('%s', (_, found, expected, told) => {
    expect(differenceOf(found, expected)).toBe(told);
  });
});
