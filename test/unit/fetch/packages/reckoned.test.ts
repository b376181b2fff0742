import { expect, test } from 'vitest';
import { createPackageSource } from '../../../../src/fetch/index.ts';
import { asDigest } from '../../../world/encode.ts';
import { startFake } from '../../../world/packages/fake.ts';
import { artifact, manualClock, within } from '../support.ts';

// What is kept of an index counts by what it holds: a version may have thousands of files.
test.each<[string, number, string | false]>([['one file', 1, false], ['2,000 files', 2000, false], ['2,000 files, withdrawn', 2000, 'y'.repeat(200)]])('a version of %s', async (_, count, yanked) => {
  const fake = await startFake();
  const hashOf = (index: number): string => index.toString(16).padStart(64, '0');
  const files = Array.from({ length: count }, (__, index) => ({ filename: `acme_lib-1.0.0-${index}-py3-none-any.whl`, hashes: { sha256: hashOf(index) }, yanked }));
  fake.answers.set('/simple/acme-lib/', { body: JSON.stringify({ name: 'acme-lib', files }) });
  const source = createPackageSource({
    clock: manualClock(), plainHttp: ['127.0.0.1'], limits: { requestTimeout: 60_000, retries: 0 }, ecosystems: [{ ecosystem: 'pypi', url: fake.url }],
  });
  const wheel = artifact('pkg:pypi/acme-lib@1.0.0', asDigest(`sha256:${hashOf(0)}`), { kind: 'package' });
  const before = source.stats().cacheBytes;
  const fact = await source.index(wheel, { history: false }, within(60_000));
  expect(fact).toMatchObject({ ok: true });
  const kept = source.stats().cacheBytes - before;
  expect([kept >= 70 * count, kept <= 4096 + 200 * count]).toEqual([true, true]);
  await source.close();
  await fake.close();
});
