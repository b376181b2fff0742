import { jsonBytes } from '../../world/encode.ts';
import { evidenceFromFile } from '../../../src/fetch/index.ts';
import { DIGEST, doc, HOUR, iso, NOW, OTHER } from '../policy/every-field/world.ts';
import type { Doc } from '../policy/every-field/world.ts';
import { keys, keyed } from '../policy/every-field/world.ts';
import { layout, link, person, signed, step } from '../verify/intoto/support.ts';
import { pieceOf } from './pieces.ts';
import type { Piece, Shape, Somebody } from './pieces.ts';

/** One part in a proof: of those who play it at least so many must be believed. */
export interface Role {
  readonly need: number;
  /** Makes the word of somebody in this part. */
  readonly make: (by: Somebody, shape: Shape) => Piece;
  /** Who can play it, when not everybody can. */
  readonly cast?: readonly Somebody[];
}

/** A sort of demand, with the parts that it takes. */
export interface Kind {
  readonly name: string;
  readonly demand: (casts: readonly (readonly Somebody[])[]) => object;
  readonly roles: readonly Role[];
  readonly documents?: readonly Doc[];
  /** Evidence of the roles from this one on lies beside another digest. */
  readonly elsewhere?: { readonly digest: string; readonly from: number };
}

const SLSA = 'https://slsa.dev/provenance/v1';
const NODE = `sha256:${'ef'.repeat(32)}` as typeof DIGEST;
const COMMIT = '1'.repeat(40);
const REPOSITORY = 'https://github.com/acme/app';
const BUILD = {
  buildDefinition: {
    buildType: 'https://ci.example/build', externalParameters: {},
    resolvedDependencies: [{ uri: `git+${REPOSITORY}`, digest: { gitCommit: COMMIT } }, { uri: 'pkg:docker/node@24', digest: { sha256: 'ef'.repeat(32) } }],
  },
  runDetails: { builder: { id: 'https://ci.example' }, metadata: { invocationId: 'run-1' } },
};
const SUMMARY = {
  verifier: { id: 'https://verifier.example' }, timeVerified: iso(NOW - HOUR), resourceUri: 'oci://ghcr.io/acme/app',
  verificationResult: 'PASSED', verifiedLevels: ['SLSA_BUILD_LEVEL_2'], policy: { uri: 'https://p.example' },
};
const SOURCE = { ...SUMMARY, resourceUri: `git+${REPOSITORY}`, verifiedLevels: ['SLSA_SOURCE_LEVEL_3'] };
const VSA = 'https://slsa.dev/verification_summary/v1';
const TEST = 'https://in-toto.io/attestation/test-result/v0.1';
const REVIEW = 'https://in-toto.io/attestation/human-review/v0.1';
const CHECKED = 'https://example.com/checked/v1';

const signing = (need: number): Role => ({ need, make: (by, shape) => pieceOf({ by, shape }, DIGEST) });
const saying = (type: string, predicate: unknown, need = 1): Role =>
  ({ need, make: (by, shape) => pieceOf({ by, shape, statement: [type, predicate] }, DIGEST) });
const one = (casts: readonly (readonly Somebody[])[], at = 0): object => ({ by: casts[at] ?? [] });

/** Whoever makes this object, which is what the next step takes, is not heard about the artifact itself. */
const APP = { name: 'app', digest: { sha256: '22'.repeat(32) } };
const compiled: Role = {
  need: 1,
  make: (by, shape) => pieceOf({ by, shape, statement: [SLSA, { ...BUILD, buildDefinition: { ...BUILD.buildDefinition, resolvedDependencies: [] } }], word: { about: [APP] } }, `sha256:${APP.digest.sha256}`),
};
const packed = saying(SLSA, { ...BUILD, buildDefinition: { ...BUILD.buildDefinition, resolvedDependencies: [{ ...APP, uri: 'file:app' }] } });

const [owner, worker] = [person('p256'), person('p256')];
const built = { ...link('build', {}, {}), products: { image: { sha256: DIGEST.slice(7) } } };
const DOCUMENT = JSON.stringify(signed(layout([step('build', [worker])], [worker], { expires: '2090-01-01T00:00:00Z' }), [owner]));
const LINK = evidenceFromFile(`build.${worker.keyid.slice(0, 8)}.link`, jsonBytes(signed(built, [worker]))).evidence;
/** Whoever is cast: the one owner and the one functionary of the layout. */
const acting = (of: typeof owner, evidence: Piece['evidence']): Role =>
  ({ need: 1, cast: ['alice'], make: (by) => ({ by, evidence, dated: false, things: [{ digest: DIGEST }, { key: of.key.keyId }] }) });
const LAYOUT = [acting(owner, []), acting(worker, LINK)];

/** Every kind of requirement that believes somebody. */
export const KINDS: readonly Kind[] = [
  { name: 'signature', demand: (casts) => ({ signature: one(casts) }), roles: [signing(1)] },
  { name: 'two signatures', demand: (casts) => ({ signature: { ...one(casts), threshold: 2 } }), roles: [signing(2)] },
  { name: 'attestation', demand: (casts) => ({ attestation: { ...one(casts), type: CHECKED } }), roles: [saying(CHECKED, {})] },
  { name: 'provenance', demand: (casts) => ({ provenance: one(casts) }), roles: [saying(SLSA, BUILD)] },
  { name: 'vsa', demand: (casts) => ({ vsa: { ...one(casts), levels: ['SLSA_BUILD_LEVEL_2'] } }), roles: [saying(VSA, SUMMARY)] },
  { name: 'testResult', demand: (casts) => ({ testResult: one(casts) }), roles: [saying(TEST, { result: 'PASSED', passedTests: ['unit'] })] },
  { name: 'reproducible', demand: (casts) => ({ reproducible: { ...one(casts), threshold: 2 } }), roles: [saying(SLSA, BUILD, 2)] },
  { name: 'anyOf', demand: (casts) => ({ anyOf: [{ name: 'a', signature: one(casts) }, { name: 'b', attestation: { ...one(casts), type: CHECKED } }] }), roles: [signing(1)] },
  {
    name: 'codeReview', demand: (casts) => ({ codeReview: { ...one(casts), authors: casts[1] ?? [] } }),
    roles: [{ ...saying(REVIEW, { result: 'pass', timestamp: iso(NOW - HOUR) }), cast: ['alice', 'ci'] }, { ...signing(1), cast: ['bob', 'dora'] }],
  },
  {
    name: 'source statements', demand: (casts) => ({ provenance: { ...one(casts), source: { uri: REPOSITORY, reviewed: { by: casts[1] ?? [], level: 'SLSA_SOURCE_LEVEL_3' } } } }),
    roles: [saying(SLSA, BUILD), { need: 1, make: (by, shape) => sourcePiece(by, shape) }],
  },
  {
    name: 'images that it was built with', demand: (casts) => ({ provenance: { ...one(casts), dependencies: { images: { admitted: true } } } }),
    roles: [saying(SLSA, BUILD), { need: 1, make: (by, shape) => pieceOf({ by, shape, word: { digest: NODE } }, NODE) }],
    documents: [doc('ClusterArtifactPolicy', 'images', { artifacts: [{ image: 'docker.io/library/node' }], usedAs: ['dependency'], require: [{ name: 'signed', signature: { by: ['alice', 'bob', 'ci', 'dora'] } }] })],
    elsewhere: { digest: NODE, from: 1 },
  },
  {
    name: 'steps of a layout', demand: (casts) => ({ layout: { steps: [{ name: 'compile', type: SLSA, by: casts[0] }, { name: 'pack', type: SLSA, by: casts[1] }] } }),
    roles: [compiled, packed],
  },
  { name: 'signed layout', demand: () => ({ layout: { document: DOCUMENT, owners: ['owner'] } }), roles: LAYOUT, documents: [] },
  { name: 'signed layout, owners by key', demand: () => ({ layout: { document: DOCUMENT, ownerKeys: [JSON.stringify(owner.inToto)] } }), roles: LAYOUT },
];

/** The owner of the layouts, with these revocations of his own. */
export const ownerWith = (revocations: readonly object[]): Doc =>
  doc('Signer', 'owner', { identities: [keyed(owner.key, {})], ...(revocations.length === 0 ? {} : { revocations }) });

/** Nothing that anybody here uses. */
export const UNUSED = [{ key: keys.stranger.keyId }, { digest: OTHER }, { certificate: { serial: '01' } }, { logEntry: '0'.repeat(64) }] as const;

function sourcePiece(by: Somebody, shape: Shape): Piece {
  const about = [{ digest: { gitCommit: COMMIT }, annotations: { sourceRefs: ['refs/heads/main'] } }];
  const { things, ...piece } = pieceOf({ by, shape, statement: [VSA, SOURCE], word: { about } }, DIGEST);
  // It speaks about the commit, not about the artifact.
  return { ...piece, things: things.filter((thing) => !('digest' in thing)) };
}
