/** Which layers of a manifest are evidence, and in which format. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { EvidenceFormat } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import type { Descriptor, ImageManifest } from '../oci/manifest.ts';
import {
  COSIGN_ATTESTATION,
  COSIGN_SIGNATURE,
  DSSE_ENVELOPE,
  essence,
  IN_TOTO,
  NOTATION_SIGNATURE,
  SIGSTORE_BUNDLE,
  SIMPLE_SIGNING,
} from '../oci/media-types.ts';

/** A layer that holds evidence: still to be fetched. */
export interface Piece {
  readonly format: EvidenceFormat;
  readonly source: string;
  readonly layer: Descriptor;
  /** The layer's annotations, for the formats that keep parts of the signature in them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a manifest offers. Problems stand beside the pieces and never hide them. */
export interface Offer {
  readonly pieces: readonly Piece[];
  readonly problems: readonly FetchProblem[];
}

const EXPECTED = 'a Sigstore bundle, a signature of cosign or Notation, or a DSSE envelope';

/**
 * The evidence in the manifest behind a `.sig` or `.att` tag: one piece per layer, in the manifest's order. Where there
 * are more than `limit`, none: that is told at once (attack G01).
 */
export function piecesOfTag(manifest: ImageManifest, source: string, limit: number): Offer {
  if (manifest.layers.length > limit) return { pieces: [], problems: [tooMany(source, manifest.layers.length, limit)] };
  const pieces: Piece[] = [];
  const problems: FetchProblem[] = [...invalidLayers(manifest, source)];
  manifest.layers.forEach((layer, index) => {
    const at = `${source} layer ${index}`;
    const piece = cosignPiece(layer, at);
    if (piece !== undefined) pieces.push(piece);
    else problems.push({ code: 'VERIFY_FORMAT', source: at, found: layer.mediaType.slice(0, 200), expected: EXPECTED });
  });
  return { pieces, problems };
}

function invalidLayers({ invalid }: ImageManifest, source: string): readonly FetchProblem[] {
  return invalid === 0
    ? []
    : [
        {
          code: 'FETCH_MANIFEST_INVALID',
          source,
          found: `${invalid} layers that are no descriptors`,
          expected: 'layers with media type, digest and size',
        },
      ];
}

/**
 * The evidence in a manifest that refers to the artifact. A manifest whose subject is something else is
 * reported and not used, whatever the registry says it refers to (attack E04).
 */
export function piecesOfReferrer(manifest: ImageManifest, source: string, artifact: Digest): Offer {
  if (manifest.subject !== artifact) {
    return {
      pieces: [],
      problems: [
        {
          code: 'FETCH_MANIFEST_INVALID',
          source,
          found: manifest.subject === undefined ? 'no subject' : `subject ${manifest.subject}`,
          expected: `subject ${artifact}`,
          cause: 'the registry lists it as referring to this artifact, but it does not',
        },
      ],
    };
  }
  if (manifest.artifactType === NOTATION_SIGNATURE) return notationPieces(manifest, source);
  const bundles = manifest.layers.filter(({ mediaType }) => mediaType.startsWith(SIGSTORE_BUNDLE));
  const [bundle] = bundles;
  const problems = invalidLayers(manifest, source);
  if (bundle !== undefined && manifest.layers.length === 1)
    return { pieces: [{ format: 'sigstore-bundle', source, layer: bundle }], problems };
  const pieces = manifest.layers
    .map((layer, index) => cosignPiece(layer, manifest.layers.length === 1 ? source : `${source} layer ${index}`))
    .filter((piece) => piece !== undefined);
  if (bundle !== undefined)
    return {
      pieces,
      problems: [
        ...problems,
        {
          code: 'VERIFY_FORMAT',
          source,
          found: `${manifest.layers.length} layers`,
          expected: 'exactly one layer beside which no other stands',
        },
      ],
    };
  return pieces.length > 0 || !claimsEvidence(manifest.artifactType)
    ? { pieces, problems }
    : {
        pieces,
        problems: [...problems, { code: 'VERIFY_FORMAT', source, found: manifest.artifactType.slice(0, 200), expected: EXPECTED }],
      };
}

const NOTATION_FORMATS: ReadonlyMap<string, EvidenceFormat> = new Map([
  ['application/jose+json', 'notation-jws'], ['application/cose', 'notation-cose'],
]);

/** A signature of the Notary Project is one envelope in one layer (signature-specification, "OCI Signatures"). */
function notationPieces(manifest: ImageManifest, source: string): Offer {
  const problems = invalidLayers(manifest, source);
  const refused = (found: string, expected: string): Offer =>
    ({ pieces: [], problems: [...problems, { code: 'VERIFY_FORMAT', source, found, expected }] });
  const [layer] = manifest.layers;
  if (layer === undefined || manifest.layers.length > 1 || manifest.invalid > 0)
    return refused(`${manifest.layers.length} layers`, 'one layer, the envelope of a signature of Notation');
  const format = NOTATION_FORMATS.get(layer.mediaType);
  return format === undefined
    ? refused(layer.mediaType.slice(0, 200), [...NOTATION_FORMATS.keys()].join(' or '))
    : { pieces: [{ format, source, layer }], problems };
}

/**
 * What to do with a referrer, by the type the list gives for it. That type is the word of whoever made the list, and registries get it
 * wrong: it orders what is read, and leaves out nothing but what cannot be read.
 */
export type Interest = 'first' | 'after' | 'unsupported';

const UNTOLD: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Evidence and what does not say what it is come first; what says that it is something else is looked at after them. */
export function interestIn({ artifactType = '', mediaType }: Pick<Descriptor, 'artifactType' | 'mediaType'>): Interest {
  if (mediaType === 'application/vnd.oci.artifact.manifest.v1+json') return 'unsupported';
  return claimsEvidence(artifactType) || UNTOLD.has(artifactType) ? 'first' : 'after';
}

/** The problem with a referrer of a type that cannot be read. */
export function unsupported(source: string, { artifactType, mediaType }: Descriptor): FetchProblem {
  return { code: 'VERIFY_FORMAT', source, found: (artifactType || mediaType).slice(0, 200), expected: EXPECTED };
}

/** The problem with a place that holds more than is read. */
export function tooMany(source: string, found: number | string, limit: number): FetchProblem {
  return { code: 'FETCH_TOO_MANY', source, found: `${found} pieces`, expected: `at most ${limit}`, cause: 'none of them was read' };
}

function claimsEvidence(artifactType: string): boolean {
  return (
    artifactType.startsWith(SIGSTORE_BUNDLE) ||
    [COSIGN_SIGNATURE, COSIGN_ATTESTATION, IN_TOTO, DSSE_ENVELOPE, SIMPLE_SIGNING, NOTATION_SIGNATURE].includes(artifactType)
  );
}

const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/**
 * What a layer holds by its media type (its parameters say nothing). One of another type with a signature beside it is read as a
 * payload: cosign looks at the annotation alone, and whatever it is, only bytes that were signed prove anything.
 */
function cosignPiece(layer: Descriptor, source: string): Piece | undefined {
  const type = essence(layer.mediaType);
  const { annotations } = layer;
  if (type === DSSE_ENVELOPE || type === IN_TOTO) return { format: 'cosign-dsse', source, layer, annotations };
  const signed = Object.hasOwn(annotations ?? {}, SIGNATURE_ANNOTATION) && annotations?.[SIGNATURE_ANNOTATION] !== '';
  return type === SIMPLE_SIGNING || signed ? { format: 'cosign-simple', source, layer, annotations } : undefined;
}
