import { createHash, X509Certificate } from 'node:crypto';
import type { DatingMaterial, LogEntry, SignedContent } from '../../../../src/verify/provers/signed.ts';

/** A bundle in the shapes that the core takes. The product's own parser is stricter and lives elsewhere; this one serves the tests of the core. */
export interface Adapted {
  readonly content: SignedContent;
  readonly certificate?: Uint8Array;
  readonly dating: DatingMaterial;
}

type Json = Record<string, any>;

const VERSIONS = new Map([
  ['application/vnd.dev.sigstore.bundle+json;version=0.1', 1],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', 2],
  ['application/vnd.dev.sigstore.bundle+json;version=0.3', 3],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 3],
]);

function bytes(text: string | undefined): Buffer {
  const base64 = text ?? '';
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) throw new Error('bundle: base64');
  return Buffer.from(base64, 'base64');
}

/** Pre-authentication encoding of DSSE v1. */
export function pae(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

function logEntry(json: Json): LogEntry {
  const proof = json['inclusionProof'] as Json | undefined;
  return {
    logId: bytes(json['logId']?.keyId),
    logIndex: BigInt(json['logIndex']),
    ...(json['kindVersion'] === undefined ? {} : { kind: json['kindVersion'].kind, version: json['kindVersion'].version }),
    integratedTime: BigInt(json['integratedTime'] ?? 0),
    body: bytes(json['canonicalizedBody']),
    ...(json['inclusionPromise'] === undefined ? {} : { promise: bytes(json['inclusionPromise'].signedEntryTimestamp) }),
    ...(proof === undefined ? {} : {
      proof: {
        logIndex: BigInt(proof['logIndex'] ?? 0),
        treeSize: BigInt(proof['treeSize'] ?? 0),
        rootHash: bytes(proof['rootHash']),
        hashes: (proof['hashes'] as string[] | undefined ?? []).map(bytes),
        checkpoint: proof['checkpoint']?.envelope ?? '',
      },
    }),
  };
}

function contentOf(bundle: Json, artifact: Buffer | string): SignedContent {
  const envelope = bundle['dsseEnvelope'] as Json | undefined;
  const hex = typeof artifact === 'string' ? artifact : createHash('sha256').update(artifact).digest('hex');
  if (envelope !== undefined) {
    const payload = bytes(envelope['payload']);
    const signatures = (envelope['signatures'] as Json[]).map((one) => ({ keyid: one['keyid'] ?? '', sig: bytes(one['sig']) }));
    const statement = JSON.parse(payload.toString('utf8')) as { subject: { digest: Record<string, string> }[] };
    if (!statement.subject.some((subject) => Object.values(subject.digest).includes(hex))) throw new Error('bundle: subject is another artifact');
    const signature = signatures[0]?.sig;
    if (signature === undefined) throw new Error('bundle: no signature');
    return { signature, message: pae(envelope['payloadType'], payload), envelope: { payloadType: envelope['payloadType'], payload, signatures } };
  }
  const message = bundle['messageSignature'] as Json;
  const digest = bytes(message['messageDigest']?.digest).toString('hex');
  if (digest !== hex) throw new Error('bundle: digest is of another artifact');
  const signature = bytes(message['signature']);
  return typeof artifact === 'string' ? { signature, messageDigest: { algorithm: 'sha256', hex } } : { signature, message: artifact };
}

/** Reads a bundle for an artifact (bytes) or a digest (sha256 hex). Throws when the bundle itself is not well formed. */
export function adaptBundle(text: string, artifact: Buffer | string): Adapted {
  const bundle = JSON.parse(text) as Json;
  const version = VERSIONS.get(bundle['mediaType']);
  if (version === undefined) throw new Error('bundle: media type');
  const material = bundle['verificationMaterial'] as Json;
  const chain = (material['x509CertificateChain']?.certificates as Json[] | undefined)?.map((one) => bytes(one['rawBytes']));
  if (chain !== undefined && (chain.length === 0 || chain.slice(1).some(isSelfIssued))) throw new Error('bundle: chain');
  const single = material['certificate'] === undefined ? undefined : bytes(material['certificate'].rawBytes);
  const certificate = single ?? chain?.[0];
  const dating = {
    logEntries: (material['tlogEntries'] as Json[] | undefined ?? []).map(logEntry),
    timestamps: (material['timestampVerificationData']?.rfc3161Timestamps as Json[] | undefined ?? []).map((one) => bytes(one['signedTimestamp'])),
  };
  for (const entry of dating.logEntries) {
    if (version === 1 ? entry.promise === undefined : entry.proof === undefined) throw new Error('bundle: log entry is incomplete');
  }
  return { content: contentOf(bundle, artifact), dating, ...(certificate === undefined ? {} : { certificate }) };
}

function isSelfIssued(der: Buffer): boolean {
  const certificate = new X509Certificate(der);
  return certificate.subject === certificate.issuer;
}
