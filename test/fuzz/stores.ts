/** Answers of stores of evidence, mutated: whatever comes out is evidence within bounds, a problem, or a failure that leaves it open. */
import { createHash } from 'node:crypto';
import { reason } from '../../src/domain/decision/reasons.ts';
import { gitoidOf } from '../../src/fetch/stores/archivista.ts';
import type { StoreAnswer, StoreQuestion } from '../../src/fetch/stores/store.ts';
import { nextTargets } from '../../src/fetch/stores/github/link.ts';
import { unpackSnappy } from '../../src/fetch/stores/github/snappy.ts';
import { finderOf } from '../../src/fetch/stores/table.ts';
import type { StorePlace } from '../../src/fetch/stores/table.ts';
import { FetchFailure } from '../../src/net/failure.ts';
import { asDigest } from '../world/encode.ts';
import { attested, binaryAuthorizationPayload } from '../world/stores/grafeas.ts';
import { witnessStatement } from '../world/witness.ts';

const DIGEST = asDigest(`sha256:${'ab'.repeat(32)}`);
const WANTED = { kind: 'image', name: 'registry.example/app', digest: DIGEST } as const;
const BOUNDS = { pieces: 5, bytes: 20_000, pages: 3, concurrency: 2 };
const ENVELOPE = { payload: 'AAAA', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] };
const RESOURCE = `https://registry.example/app@${DIGEST}`;
const SIGNATURE = createHash('sha256').update('x').digest();

const RUN = {
  metadata: {
    name: 'run', namespace: 'ci', annotations: {
      'chains.tekton.dev/signature-taskrun-1': Buffer.from(JSON.stringify(ENVELOPE)).toString('base64'), 'chains.tekton.dev/signed': 'true',
      'chains.tekton.dev/signature-abababababab': 'AAAA', 'chains.tekton.dev/payload-abababababab': 'e30=', 'chains.tekton.dev/cert-abababababab': 'AAAA',
    },
  },
};

/** What stores answer; collections are here since Archivista is where they are kept. */
export const STORE_ANSWERS = {
  archivista: [{ data: { dsses: { edges: [{ node: { gitoidSha256: gitoidOf(Buffer.from(JSON.stringify(ENVELOPE))) } }], pageInfo: { hasNextPage: false, endCursor: 'MQ==' } } } }, ENVELOPE],
  grafeas: [{
    occurrences: [
      { name: 'projects/p/occurrences/1', kind: 'DSSE_ATTESTATION', resourceUri: RESOURCE, noteName: 'projects/p/notes/n', envelope: ENVELOPE, dsseAttestation: { envelope: ENVELOPE } },
      { kind: 'ATTESTATION', resourceUri: RESOURCE, ...attested(binaryAuthorizationPayload('registry.example/app', DIGEST), [{ signature: SIGNATURE, publicKeyId: 'ni:///sha-256;x' }]) },
      { kind: 'BUILD', resourceUri: RESOURCE, build: {}, envelope: ENVELOPE },
    ],
    nextPageToken: '',
  }],
  folder: [ENVELOPE],
  tekton: [
    { kind: 'TaskRunList', apiVersion: 'tekton.dev/v1', metadata: { continue: '', remainingItemCount: 0 }, items: [RUN] },
    { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: { continue: 'next', remainingItemCount: 1 }, items: [RUN, RUN] },
  ],
  github: [{ attestations: [{ bundle: { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {} }, repository_id: 1, bundle_url: 'https://x' }] }],
} as const;

/** A collection about the digest. */
export const collectionOf = (digest: string): unknown => witnessStatement({ name: 'build', materials: { a: 'b' }, products: { c: 'd' }, image: digest });

const PLACES: Readonly<Record<keyof typeof STORE_ANSWERS, StorePlace>> = {
  archivista: { kind: 'archivista', url: 'https://x', artifacts: ['**'] },
  grafeas: { kind: 'grafeas', url: 'https://x', artifacts: ['**'], project: 'p', notes: [] },
  folder: { kind: 'folder', url: 'https://x', artifacts: ['**'] },
  tekton: { kind: 'tekton', url: 'https://x', artifacts: ['**'], namespaces: [] },
  github: { kind: 'github', url: 'https://x', artifacts: ['**'], owner: 'o' },
};

/** Asks a store that answers every question with these bytes. */
export async function askStore(kind: keyof typeof STORE_ANSWERS, body: Uint8Array): Promise<void> {
  let asked = 0;
  const ask = ({ path }: StoreQuestion): Promise<StoreAnswer> => {
    asked += 1;
    if (asked > 100 || !/^\/[!-~]*$/.test(path)) throw new Error(`asked ${asked} times, for ${path}`);
    return Promise.resolve({ body });
  };
  try {
    const { evidence } = await finderOf(PLACES[kind])(WANTED, { ask, label: kind, bounds: BOUNDS }, new AbortController().signal);
    const bytes = evidence.reduce((sum, piece) => sum + piece.bytes.length, 0);
    if (evidence.length > BOUNDS.pieces || bytes > BOUNDS.bytes) throw new Error('more than the bounds');
  } catch (error) {
    if (!(error instanceof FetchFailure) || reason(error.problem.code).verdict !== 'undetermined') throw error;
  }
}

/** A block of snappy, whatever it holds: its content in the length that it says, or a fault. */
export function unpack(block: Uint8Array): void {
  const most = 100_000;
  const content = unpackSnappy(block, most);
  if (content instanceof Uint8Array && content.length > most) throw new Error(`${content.length} bytes`);
}

/** A header `Link`: targets as they stand in it, or nothing. */
export function linkHeader(header: Uint8Array): void {
  const text = Buffer.from(header).toString('latin1');
  for (const target of nextTargets(text) ?? []) if (!text.includes(`<${target}>`)) throw new Error(`${target} does not stand in it`);
}

export const PACKED = [Buffer.from('0900611101', 'hex'), Buffer.from('3df03c' + '78'.repeat(61), 'hex'), Buffer.from('0510616263646508', 'hex')];
export const LINKS = ['<https://x/y?after=1>; rel="next", <https://x/y?before=1>; rel="prev first"; title="a, \\"b"', '<x>;rel=next;REL=prev'].map((text) => Buffer.from(text));
