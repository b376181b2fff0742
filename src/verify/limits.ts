/** How large evidence may be, and how much work one job may cause. */
import type { TrustedKey } from '../domain/evidence.ts';
import { ED25519_SIGNATURE } from '../pki/signatures/curves.ts';
import type { DatingMaterial, SignedContent } from './provers/signed.ts';

/**
 * Upper bounds on evidence, checked before the counted things are looked at one by one: each check costs time
 * that whoever pushed the evidence would otherwise spend for us (CVE-2024-45395, CVE-2023-46737).
 */
export const LIMITS = {
  /** Bytes of one piece of evidence. */
  evidenceBytes: 16 * 1024 * 1024,
  /** Nesting of its JSON. */
  jsonDepth: 512,
  /** Its members and items: what it may grow to in memory. */
  jsonItems: 1_000_000,
  /** Its different keys: the files of a large link are some ten thousand, an SBOM of any size has a few hundred. */
  jsonKeys: 65_536,
  /** Nesting, and members and items, of what is wrapped around signed bytes: 32 entries with 64 hashes each are some 3,000. */
  wrappingDepth: 64,
  wrappingItems: 16_384,
  /** Transparency log entries of a bundle (as in sigstore-go). */
  logEntries: 32,
  /** RFC 3161 timestamps of a bundle. */
  timestamps: 32,
  /** Bytes of a log entry's body: signatures, certificates and hashes, never what was signed. */
  bodyBytes: 64 * 1024,
  /** Bytes of one timestamp, certificate, signature or signed promise. */
  blobBytes: 64 * 1024,
  /** Hashes of an inclusion proof: a tree of 2^64 leaves needs no more. */
  proofHashes: 64,
  /** Bytes of a checkpoint. */
  checkpointBytes: 64 * 1024,
  /** Certificates of a bundle's chain, which together are no larger than one may be. */
  chainCertificates: 10,
  /** Signatures of a bare DSSE envelope. */
  envelopeSignatures: 32,
  /** Subjects of a statement, and digests of a subject. */
  subjects: 1024,
  digestsPerSubject: 32,
  /** Refs that a summary lists for a commit; what stands behind is not read. */
  sourceRefs: 1024,
  /** Annotations of a signature, and characters of their names and values; what is beyond says nothing. */
  annotations: 64,
  annotationLength: 1024,
  /** Characters of a type, a key hint or a name. */
  nameLength: 4096,
  /** Signatures of one envelope or file that name no key, or not the one that made them: each is tried with every key. */
  unnamedSignatures: 4,
  /** Signatures of one envelope that are tried with a certificate of their own. */
  envelopeCertificates: 8,
  /** Trusted keys tried on one signature. */
  keysPerSignature: 64,
  /** What keys and roots tried in one job may cost together, over all its evidence; see {@link keyCost}. */
  attemptsPerJob: 10_000,
  /** What a piece may cost when nothing is left of that: a certificate with an entry, or a bundle that names its key. */
  attemptsPerPiece: 16,
} as const;

/** What asking the second implementation adds (8 to 16 ms where our core accepts, nothing where it refuses), in the same units. */
export const OPINION_COST = 50;

/** Bytes that are hashed in the time of one unit of {@link keyCost}. */
const HASHED_BYTES = 64 * 1024;
const NOTHING = new Uint8Array();

/** What trying a certificate costs, in units of {@link keyCost}: its chain and one log entry or timestamp, and what comes on top. */
export function certificateCost({ message }: SignedContent, { logEntries, timestamps }: DatingMaterial): number {
  return 9 + messageCost(message ?? NOTHING) + 5 * Math.max(0, logEntries.length + timestamps.length - 1);
}

/** What a verification costs that is computed without OpenSSL (about 2 ms), in the same units. */
const COMPUTED = 25;

/** How the PEM of every Ed25519 key begins, since it has one accepted DER: algorithm and length, then the key. */
const ED25519_PEM = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA';

/**
 * What trying a key costs, in verifications of a P-256 signature over a short message (about 0.1 ms); every key hashes the
 * message anew. A signature of which only the digest is known is computed without OpenSSL and takes far longer, and so is
 * Ed25519ph: what may be a signature of an Ed25519 key by its length is tried so when it is none of plain Ed25519.
 */
export function keyCost({ message, signature }: SignedContent, { pem }: Pick<TrustedKey, 'pem'>): number {
  if (message === undefined) return COMPUTED;
  const prehashed = signature.length === ED25519_SIGNATURE && pem.startsWith(ED25519_PEM);
  // A key that a policy names may have signed with any of three hashes, and a long message is hashed for each.
  return messageCost(message) + 2 * Math.floor(message.length / HASHED_BYTES) + (prehashed ? COMPUTED : 0);
}

/** What one verification over this message costs, in the same units. */
export function messageCost(message: Uint8Array): number {
  return 1 + Math.floor(message.length / HASHED_BYTES);
}
