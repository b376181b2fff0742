/** What older cosign wrote beside a layer: signature, certificate, log entry and timestamp, all of it unsigned. */
import { readPem } from '../../../pki/pem.ts';
import { decodeBase64, withoutLineEnds } from '../../../text/base64.ts';
import { bytes, integer, member, members, text } from '../../fields.ts';
import { readJson } from '../../json.ts';
import { LIMITS } from '../../limits.ts';
import { clip, parsed, Refusal } from '../../problem.ts';
import type { Parsed } from '../../problem.ts';
import type { DatingMaterial, LogEntry } from '../../provers/signed.ts';

/** What cosign v1 and v2 wrote beside a payload: unsigned text under the registry's control. */
export interface CosignAnnotations {
  /** Empty for attestations, whose signatures are inside the envelope. */
  readonly signature: Uint8Array;
  readonly certificateDer?: Uint8Array;
  /** Certificates behind the signer's own and in the chain beside it, DER: issuers, where one's own authorities prove it. */
  readonly between?: readonly Uint8Array[];
  readonly dating: DatingMaterial;
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** Where one PEM block ends and another may begin. */
const BEHIND_CERTIFICATE = /(?<=-----END CERTIFICATE-----)(?!$)/;

type Annotations = Readonly<Record<string, string>>;

/**
 * Parses the layer annotations of a legacy cosign signature or attestation (pkg/oci/static/signature.go).
 *
 * Nothing is verified; the log entry, certificate and timestamp are bound to the signature by the core. Under a Sigstore root the
 * chain proves nothing: intermediates come from the root alone.
 */
export function parseCosignAnnotations(annotations: Annotations): Parsed<CosignAnnotations> {
  return parsed('VERIFY_MALFORMED', () => {
    const [certificateDer, ...behind] = readCertificates(annotations, CERTIFICATE);
    const between = [...behind, ...readChain(annotations)];
    return {
      signature: bytes(annotations, SIGNATURE, 'annotation', LIMITS.blobBytes, 'lines'),
      ...(certificateDer === undefined ? {} : { certificateDer }),
      ...(between.length === 0 ? {} : { between }),
      dating: { logEntries: readLogEntries(annotations), timestamps: readTimestamps(annotations) },
    };
  });
}

/** An annotation of the layer, absent when it is empty. */
function annotation(annotations: Annotations, key: string, max: number): string | undefined {
  if (!Object.hasOwn(annotations, key) || annotations[key] === '') return undefined;
  return text(annotations, key, 'annotation', max);
}

/** The signer's certificate is the first one of its annotation, as cosign reads it; none where there is no annotation. */
function readCertificates(annotations: Annotations, key: string): readonly Uint8Array[] {
  const pem = annotation(annotations, key, LIMITS.blobBytes);
  if (pem === undefined) return [];
  const blocks = pem.trim().split(BEHIND_CERTIFICATE, LIMITS.chainCertificates + 1).map((block) => readPem(block, 'CERTIFICATE'));
  const broken = blocks.find((block) => !block.ok);
  if (broken !== undefined || blocks.length > LIMITS.chainCertificates)
    throw new Refusal(`annotation ${key}: ${broken?.problem ?? 'too many PEM blocks'}`, {
      found: clip(pem, 40),
      expected: `a certificate in PEM, at most with its chain of ${LIMITS.chainCertificates} behind it`,
    });
  return blocks.flatMap((block) => (block.ok ? [block.der] : []));
}

/** The chain is of use to authorities of one's own alone; what cannot be read of it leads to no issuer, and stops nobody else. */
function readChain(annotations: Annotations): readonly Uint8Array[] {
  try {
    return readCertificates(annotations, CHAIN);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function readLogEntries(annotations: Annotations): readonly LogEntry[] {
  const json = annotation(annotations, BUNDLE, LIMITS.bodyBytes * 4);
  if (json === undefined) return [];
  const bundle = members(readJson(Buffer.from(json, 'utf8')), 'bundle');
  const payload = members(member(bundle, 'Payload'), 'bundle.Payload');
  const logId = text(payload, 'logID', 'bundle.Payload', 64);
  if (!/^[0-9a-f]{64}$/.test(logId))
    throw new Refusal('bundle.Payload.logID is not a log id', { found: clip(logId), expected: '64 hexadecimal digits' });
  return [
    {
      logId: Buffer.from(logId, 'hex'),
      logIndex: integer(payload, 'logIndex', 'bundle.Payload'),
      integratedTime: integer(payload, 'integratedTime', 'bundle.Payload'),
      body: bytes(payload, 'body', 'bundle.Payload', LIMITS.bodyBytes),
      promise: bytes(bundle, 'SignedEntryTimestamp', 'bundle'),
    },
  ];
}

function readTimestamps(annotations: Annotations): readonly Uint8Array[] {
  const json = annotation(annotations, TIMESTAMP, LIMITS.blobBytes * 2);
  if (json === undefined) return [];
  const holder = members(readJson(Buffer.from(json, 'utf8')), 'rfc3161timestamp');
  const encoded = member(holder, 'SignedRFC3161Timestamp');
  const der = typeof encoded === 'string' ? decodeBase64(withoutLineEnds(encoded)) : undefined;
  if (der === undefined || der.length > LIMITS.blobBytes)
    throw new Refusal('rfc3161timestamp.SignedRFC3161Timestamp is not a base64 timestamp');
  return [der];
}
