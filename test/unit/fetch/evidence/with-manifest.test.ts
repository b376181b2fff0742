import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../../../src/domain/artifact/artifact.ts';
import type { UnverifiedEvidence } from '../../../../src/domain/evidence.ts';
import type { EvidenceBatch, EvidenceLookup } from '../../../../src/domain/ports.ts';
import { besides, besideStores, offlineSource, sourceByKind } from '../../../../src/fetch/index.ts';
import { makeImage } from '../../../world/image.ts';
import { artifact, SCOPE, within } from '../support.ts';

/** Evidence that was brought along and lacks the manifest of its image gets it from where the image lies, last and once. */
const image = makeImage({ seed: 'manifest' });
const IMAGE = artifact('registry.example/app', image.digest);
const piece = (format: UnverifiedEvidence['format'], name: string, more: Partial<UnverifiedEvidence> = {}): UnverifiedEvidence =>
  ({ format, source: name, bytes: Buffer.from('{}'), digest: name, ...more });
const [notation, envelope] = [piece('notation-jws', 'notation'), piece('dsse', 'envelope')];
const ed25519 = piece('sigstore-bundle', 'message', { bytes: Buffer.from('{"messageSignature":{}}') });
const found = piece('notation-cose', 'found', { message: image.manifest });
const given = (...evidence: readonly UnverifiedEvidence[]): EvidenceBatch => ({ evidence, problems: [] });
const NO_STORES = { for: () => [], forget: () => undefined, close: () => Promise.resolve(), stats: () => ({ requests: 0, retries: 0, cacheEntries: 0, cacheBytes: 0 }) };

/** A registry that has these pieces, and what it answers when it is asked for the manifest. */
function registry(evidence: readonly UnverifiedEvidence[], manifest: () => Promise<Uint8Array | undefined>): { readonly source: ReturnType<typeof offlineSource> & Parameters<typeof sourceByKind>[0]['images']; readonly reads: () => number } {
  let reads = 0;
  const bundle = (): Promise<never> => Promise.reject(new Error('none'));
  return {
    reads: () => reads,
    source: { ...offlineSource(given(...evidence)), bundle, manifest: () => { reads += 1; return manifest(); } },
  };
}

async function heard(lookup: EvidenceLookup | Promise<EvidenceLookup>): Promise<{ readonly atOnce: readonly string[]; readonly all: readonly string[]; readonly problems: readonly string[] }> {
  const opened = await lookup;
  const names = (): readonly string[] => opened.batches.flatMap(({ evidence }) => evidence.map(({ source, message }) => `${source}${message === undefined ? '' : ' with its manifest'}`));
  const atOnce = names();
  while ((await opened.next(within(10_000))) !== undefined);
  return { atOnce, all: names(), problems: opened.batches.flatMap(({ problems }) => problems.map(({ code, source }) => `${code} ${source}`)) };
}

describe.each<[string, (from: ReturnType<typeof registry>['source'], brought: EvidenceBatch) => EvidenceLookup | Promise<EvidenceLookup>]>([
  ['at the gate', (from, brought) => besideStores(sourceByKind({ images: from }), NO_STORES).open({ ...IMAGE, presented: { ...brought, digest: 'presented' } } as Artifact, SCOPE)],
  ['on the command line', (from, brought) => besideStores(besides(brought, offlineSource(brought), from), NO_STORES).open(IMAGE, SCOPE)],
])('brought along %s', (_, open) => {
  test('it comes last, with the manifest', async () => {
    const { source, reads } = registry([found], () => Promise.resolve(image.manifest));
    expect(await heard(open(source, given(notation, envelope, ed25519)))).toEqual({
      atOnce: ['envelope', 'found with its manifest'],
      all: ['envelope', 'found with its manifest', 'notation with its manifest', 'message with its manifest'], problems: [],
    });
    expect(reads()).toBe(1);
  });

  test('what the manifest is not, or cannot be, is told, and nothing is lost', async () => {
    const failing = registry([], () => Promise.reject(new Error('down')));
    expect(await heard(open(failing.source, given(notation)))).toEqual({ atOnce: [], all: ['notation'], problems: ['ENGINE_FAULT manifest'] });
    const other = registry([], () => Promise.resolve(Buffer.from('{}')));
    expect(await heard(open(other.source, given(notation)))).toEqual({ atOnce: [], all: ['notation'], problems: [] });
  });

  test('of other evidence nobody asks for a manifest', async () => {
    const { source, reads } = registry([found], () => Promise.resolve(image.manifest));
    expect(await heard(open(source, given(envelope)))).toMatchObject({ all: ['envelope', 'found with its manifest'] });
    expect(reads()).toBe(0);
  });
});
