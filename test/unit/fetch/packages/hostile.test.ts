import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePackageUrl } from '../../../../src/domain/artifact/package-url.ts';
import type { PackageUrl } from '../../../../src/domain/artifact/package-url.ts';
import { ECOSYSTEM } from '../../../../src/fetch/packages/table.ts';
import { FetchFailure } from '../../../../src/net/failure.ts';
import { asDigest } from '../../../world/encode.ts';

// Whatever an ecosystem answers, it is evidence, a problem, or a FetchFailure: nothing else comes out of the files that ask.
const NEVER = new AbortController().signal;
const url = (text: string): PackageUrl => {
  const read = parsePackageUrl(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
};
const WANTED = [
  ['npm', url('pkg:npm/@acme/lib@1.0.0'), asDigest(`sha512:${'0'.repeat(128)}`)],
  ['pypi', url('pkg:pypi/acme-lib@1.0.0'), asDigest(`sha256:${'0'.repeat(64)}`)],
  ['golang', url('pkg:golang/example.com/lib@v1.0.0'), asDigest(`sha256:${'0'.repeat(64)}`)],
  ['cargo', url('pkg:cargo/lib@1.0.0'), asDigest(`sha256:${'0'.repeat(64)}`)],
] as const;

/** Words that the readers look for, so that arbitrary documents come far. */
const KEY = fc.constantFrom('attestations', 'bundle', 'name', 'version', 'dist', 'signatures', 'integrity', 'keyid', 'sig', 'versions', 'time', 'files', 'filename', 'hashes', 'sha256', 'yanked', 'provenance', 'attestation_bundles', 'vers', 'cksum', '1.0.0', '__proto__', 'upload-time');
const TEXT = fc.constantFrom('@acme/lib', 'acme-lib', 'lib', '1.0.0', 'acme_lib-1.0.0.tar.gz', '0'.repeat(64), 'sha512-AAAA', '2026-01-01T00:00:00Z', '');
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof({ maxDepth: 5 }, TEXT, fc.boolean(), fc.integer(), fc.constant(null), fc.array(tie('document'), { maxLength: 4 }), fc.dictionary(KEY, tie('document'), { maxKeys: 6 })),
}));
const body = fc.oneof(
  document.map((value) => Buffer.from(JSON.stringify(value))),
  fc.dictionary(KEY, document, { maxKeys: 8 }).map((value) => Buffer.from(JSON.stringify({ name: '@acme/lib', version: '1.0.0', ...value }))),
  fc.uint8Array({ maxLength: 200 }),
  fc.constant(Buffer.from(`3\nexample.com/lib v1.0.0 h1:x\n\ngo.sum database tree\n9\nAAAA\n\n— a b\n`)),
  fc.constant(undefined),
);

describe.each(WANTED)('%s', (name, wanted, digest) => {
  test('hostile answers are problems', async () => {
    await fc.assert(fc.asyncProperty(fc.infiniteStream(body), fc.boolean(), async (bodies, history) => {
      const ask = (): Promise<Uint8Array | undefined> => Promise.resolve(bodies.next().value);
      const works: readonly (() => Promise<unknown>)[] = [() => ECOSYSTEM[name].evidence({ url: wanted, digest }, ask, NEVER), () => ECOSYSTEM[name].index(wanted, { history }, ask, NEVER)];
      for (const work of works) {
        const failed = await Promise.resolve().then(work).then(() => undefined, (error: unknown) => error);
        if (failed !== undefined) expect(failed).toBeInstanceOf(FetchFailure);
      }
    }), { numRuns: 300 });
  });

  test.each(['../../etc/passwd', 'a b', 'a?b', 'a#b', `${'a'.repeat(300)}`, 'x%2f..%2fy', '\u202ea'])('the name %j is asked for encoded, or not at all', async (path) => {
    const asked: string[] = [];
    const ask = ({ path: at }: { readonly path: string }): Promise<Uint8Array | undefined> => {
      asked.push(at);
      return Promise.resolve(undefined);
    };
    await Promise.resolve().then(() => ECOSYSTEM[name].evidence({ url: { ...wanted, path }, digest }, ask, NEVER)).catch(() => undefined);
    for (const at of asked) expect(at).toMatch(/^\/(?!.*\.\.(?:\/|$))[!-~]*$/);
    expect(asked.filter((at) => at.includes('?') || at.includes('#') || at.includes(' '))).toEqual([]);
  });
});
