/** What older cosign wrote beside a layer: signature, certificate, log entry and timestamp, all of it unsigned. */
import { readPem } from '../../pki/pem.ts';
import { decodeBase64, withoutLineEnds } from '../../text/base64.ts';
import { bytes, integer, member, members, text } from '../fields.ts';
import { readJson } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { clip, parsed, Refusal } from '../problem.ts';
import type { Parsed } from '../problem.ts';
import type { DatingMaterial, LogEntry } from '../provers/signed.ts';

/** What cosign v1 and v2 wrote beside a payload: unsigned text under the registry's control. */
export interface CosignAnnotations {
  /** Empty for attestations, whose signatures are inside the envelope. */
  readonly signature: Uint8Array;
  readonly certificateDer?: Uint8Array;
  readonly dating: DatingMaterial;
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/** Where one PEM block ends and another may begin. */
const BEHIND_CERTIFICATE = /(?<=-----END CERTIFICATE-----)(?!$)/;

type Annotations = Readonly<Record<string, string>>;

/**
 * Parses the layer annotations of a legacy cosign signature or attestation (pkg/oci/static/signature.go).
 *
 * The chain annotation is not read: intermediates come from the trust root alone. Nothing is verified; the log
 * entry, certificate and timestamp are bound to the signature by the Sigstore core.
 */
export function parseCosignAnnotations(annotations: Annotations): Parsed<CosignAnnotations> {
  return parsed('VERIFY_MALFORMED', () => {
    const certificateDer = readCertificate(annotations);
    return {
      signature: bytes(annotations, SIGNATURE, 'annotation', LIMITS.blobBytes, 'lines'),
      ...(certificateDer === undefined ? {} : { certificateDer }),
      dating: { logEntries: readLogEntries(annotations), timestamps: readTimestamps(annotations) },
    };
  });
}

/** An annotation of the layer, absent when it is empty. */
function annotation(annotations: Annotations, key: string, max: number): string | undefined {
  if (!Object.hasOwn(annotations, key) || annotations[key] === '') return undefined;
  return text(annotations, key, 'annotation', max);
}

/** The signer's certificate is the first one, as cosign reads it. A chain behind it proves nothing and is only held to its form. */
function readCertificate(annotations: Annotations): Uint8Array | undefined {
  const pem = annotation(annotations, CERTIFICATE, LIMITS.blobBytes);
  if (pem === undefined) return undefined;
  const blocks = pem.trim().split(BEHIND_CERTIFICATE, LIMITS.chainCertificates + 1).map((block) => readPem(block, 'CERTIFICATE'));
  const broken = blocks.find((block) => !block.ok);
  const [first] = blocks;
  if (broken !== undefined || first?.ok !== true || blocks.length > LIMITS.chainCertificates)
    throw new Refusal(`annotation ${CERTIFICATE}: ${broken?.problem ?? 'too many PEM blocks'}`, {
      found: clip(pem, 40),
      expected: `a certificate in PEM, at most with its chain of ${LIMITS.chainCertificates} behind it`,
    });
  return first.der;
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
