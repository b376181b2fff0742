/** Attestations of Python packages, made into the bundles they stand for. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { makeEvidence } from '../oci/content.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';

/** Attestations of one file that are read. */
const MOST = 1000;

/**
 * Attestations of PEP 740, each as the Sigstore bundle that it stands for: a single one, or what an index serves for a file
 * (`attestation_bundles`); `undefined` when the document is neither. Who the publisher is says the certificate, so what
 * the index says of it is not read.
 */
export function readPep740(source: string, json: unknown): readonly (UnverifiedEvidence | FetchProblem)[] | undefined {
  if (!isObject(json)) return undefined;
  if (isObject(own(json, 'verification_material'))) return [toEvidence(source, json)];
  const groups = ownList(json, 'attestation_bundles');
  if (groups === undefined) return undefined;
  const attestations = groups.flatMap((group) => (isObject(group) ? (ownList(group, 'attestations') ?? []) : []));
  if (attestations.length === 0)
    return [{ code: 'VERIFY_MALFORMED', source, found: 'no attestations', expected: 'at least one attestation' }];
  if (attestations.length > MOST)
    return [{ code: 'FETCH_TOO_MANY', source, found: `${attestations.length} attestations`, expected: `at most ${MOST}` }];
  return attestations.map((attestation, index) => toEvidence(`${source} attestation ${index + 1}`, attestation));
}

function toEvidence(source: string, attestation: unknown): UnverifiedEvidence | FetchProblem {
  const bundle = isObject(attestation) ? toBundle(attestation) : undefined;
  if (bundle === undefined)
    return {
      code: 'VERIFY_FORMAT',
      source,
      found: 'an attestation of another version or shape',
      expected: 'version 1, with verification_material and envelope (PEP 740)',
    };
  return makeEvidence('sigstore-bundle', source, Buffer.from(JSON.stringify(bundle)));
}

/** Every byte that was signed is handed on as it is; what is missing or of another type is for the bundle's reader to refuse. */
function toBundle(attestation: JsonObject): unknown {
  const material = own(attestation, 'verification_material');
  const envelope = own(attestation, 'envelope');
  if (own(attestation, 'version') !== 1 || !isObject(material) || !isObject(envelope)) return undefined;
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: ownText(material, 'certificate') },
      tlogEntries: ownList(material, 'transparency_entries'),
    },
    dsseEnvelope: {
      payload: ownText(envelope, 'statement'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: ownText(envelope, 'signature') }],
    },
  };
}
