import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reason } from '../../../../src/domain/decision/reasons.ts';
import type { EvidenceBatch } from '../../../../src/domain/ports.ts';
import { gitoidOf } from '../../../../src/fetch/stores/archivista.ts';
import type { StoreAnswer, StoreQuestion } from '../../../../src/fetch/stores/store.ts';
import { finderOf } from '../../../../src/fetch/stores/table.ts';
import type { StorePlace } from '../../../../src/fetch/stores/table.ts';
import { FetchFailure } from '../../../../src/net/failure.ts';
import { asDigest } from '../../../world/encode.ts';

// Whatever a store answers, it is evidence, a problem, or a FetchFailure that leaves it open: nothing else comes out, and never more than the bounds.
const NEVER = new AbortController().signal;
const WANTED = { kind: 'image', name: 'registry.acme.example/app', digest: asDigest(`sha256:${'ab'.repeat(32)}`) } as const;
const common = { url: 'https://store.acme.example', artifacts: ['**'] };
const PLACES: readonly StorePlace[] = [
  { ...common, kind: 'archivista' }, { ...common, kind: 'folder' },
  { ...common, kind: 'grafeas', project: 'acme', notes: [] }, { ...common, kind: 'github', owner: 'acme', bundles: ['https://blobs.acme.example'] },
  { ...common, kind: 'tekton', namespaces: [] },
];
const BOUNDS = { pieces: 3, bytes: 2000, pages: 3, concurrency: 2 };

/** Words that the readers look for, so that arbitrary documents come far. */
const KEY = fc.constantFrom(
  'data', 'dsses', 'edges', 'node', 'gitoidSha256', 'pageInfo', 'hasNextPage', 'endCursor', 'errors', 'message', 'occurrences', 'nextPageToken', 'resourceUri', 'kind', 'name', 'noteName',
  'attestation', 'serializedPayload', 'signatures', 'signature', 'publicKeyId', 'jwts', 'envelope', 'dsseAttestation', 'payload', 'payloadType', 'sig', 'attestations', 'bundle', 'bundle_url', 'error', 'unreachable', 'items', 'metadata', 'continue', 'annotations', 'chains.tekton.dev/signature-x', 'chains.tekton.dev/payload-x', 'remainingItemCount', '__proto__', 'constructor',
);
const RESOURCE = `https://${WANTED.name}@${WANTED.digest}`;
const TEXT = fc.constantFrom('ATTESTATION', 'DSSE_ATTESTATION', 'BUILD', RESOURCE, 'AAAA', 'a'.repeat(64), '', 'x', '-----BEGIN PGP MESSAGE-----', 'openpgp4fpr:AA', '\u202e');
const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof({ maxDepth: 6 }, TEXT, fc.boolean(), fc.integer(), fc.constant(null), fc.array(tie('document'), { maxLength: 5 }), fc.dictionary(KEY, tie('document'), { maxKeys: 6 })),
}));
const occurrence = fc.record({ kind: TEXT, resourceUri: fc.constant(RESOURCE), envelope: document, attestation: document, name: document }, { requiredKeys: [] });
const shaped = fc.oneof(
  document,
  fc.record({ data: fc.record({ dsses: fc.record({ edges: fc.array(fc.record({ node: fc.record({ gitoidSha256: TEXT }) }), { maxLength: 5 }), pageInfo: fc.record({ hasNextPage: fc.boolean(), endCursor: document }) }) }) }),
  fc.record({ occurrences: fc.array(occurrence, { maxLength: 5 }), nextPageToken: document }, { requiredKeys: [] }),
  fc.record({ attestations: fc.array(fc.record({ bundle: document, bundle_url: document }, { requiredKeys: [] }), { maxLength: 5 }) }),
  fc.record({ kind: fc.constantFrom('TaskRunList', 'PipelineRunList', 'PartialObjectMetadataList', 'Status'), metadata: fc.record({ continue: TEXT, remainingItemCount: document }, { requiredKeys: [] }), items: fc.array(fc.record({ metadata: fc.record({ name: document, annotations: fc.dictionary(KEY, TEXT, { maxKeys: 4 }) }) }), { maxLength: 5 }) }),
  fc.record({ payload: TEXT, payloadType: TEXT, signatures: document }),
);
const body = fc.oneof(shaped.map((value) => Buffer.from(JSON.stringify(value))), fc.uint8Array({ maxLength: 200 }), fc.array(shaped, { maxLength: 6 }).map((lines) => Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))));
const link = fc.constantFrom(undefined, '<https://store.acme.example/x?after=1>; rel="next"', '<https://evil.example/?after=%zz>; rel="next"', '<x>; rel="next"', '<>; rel=next', 'x');
const answer: fc.Arbitrary<StoreAnswer | undefined> = fc.oneof({ weight: 9, arbitrary: fc.record({ body, link }).map(({ body: bytes, link: at }) => ({ body: bytes, ...(at === undefined ? {} : { link: at }) })) }, { weight: 1, arbitrary: fc.constant(undefined) });

describe.each(PLACES.map((place) => [place.kind, place] as const))('%s', (_, place) => {
  test('hostile answers are problems, within bounds', async () => {
    await fc.assert(fc.asyncProperty(fc.infiniteStream(answer), async (answers) => {
      const paths: string[] = [];
      const ask = ({ path }: StoreQuestion): Promise<StoreAnswer | undefined> => {
        paths.push(path);
        return Promise.resolve(answers.next().value);
      };
      const store = { ask, label: 'store', bounds: BOUNDS };
      const batch = await finderOf(place)(WANTED, store, NEVER).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FetchFailure);
        if (error instanceof FetchFailure) expect(reason(error.problem.code).verdict).toBe('undetermined');
        return undefined;
      });
      expect(paths.length).toBeLessThan(40);
      for (const path of paths) expect(path).toMatch(/^\/(?!.*\.\.(?:\/|$))[!-~]*$/);
      expect(batch === undefined || isWithin(batch)).toBe(true);
    }), { numRuns: 250 });
  });
});

function isWithin({ evidence }: EvidenceBatch): boolean {
  const bytes = evidence.reduce((sum, piece) => sum + piece.bytes.length, 0);
  return evidence.length <= BOUNDS.pieces && bytes <= BOUNDS.bytes && new Set(evidence.map(({ digest }) => digest)).size === evidence.length;
}

test('a gitoid is what git says of a blob in a repository of sha256', () => {
  // printf 'hello\n' | git hash-object --stdin, in a repository made with --object-format=sha256.
  expect(gitoidOf(Buffer.from('hello\n'))).toBe('2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4');
});

test('names that could end the quotes of a filter are not asked about', async () => {
  const asked: unknown[] = [];
  const ask = (question: StoreQuestion): Promise<undefined> => {
    asked.push(question);
    return Promise.resolve(undefined);
  };
  const grafeas = PLACES.find(({ kind }) => kind === 'grafeas') ?? PLACES[0];
  if (grafeas === undefined) throw new Error('no store');
  expect(await finderOf(grafeas)({ ...WANTED, name: 'x" OR kind="y' }, { ask, label: 'store', bounds: BOUNDS }, NEVER)).toEqual({ evidence: [], problems: [] });
  expect(asked).toEqual([]);
});
