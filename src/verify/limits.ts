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
  jsonItems: 2_000_000,
  /** Transparency log entries of a bundle (as in sigstore-go). */
  logEntries: 32,
  /** RFC 3161 timestamps of a bundle. */
  timestamps: 32,
  /** Bytes of one timestamp, certificate, signature or signed promise. */
  blobBytes: 64 * 1024,
  /** Hashes of an inclusion proof: a tree of 2^64 leaves needs no more. */
  proofHashes: 64,
  /** Bytes of a checkpoint. */
  checkpointBytes: 64 * 1024,
  /** Certificates of a bundle's chain. */
  chainCertificates: 10,
  /** Signatures of a bare DSSE envelope. */
  envelopeSignatures: 32,
  /** Subjects of a statement, and digests of a subject. */
  subjects: 1024,
  digestsPerSubject: 32,
  /** Characters of a type, a key hint or a name. */
  nameLength: 4096,
  /** Trusted keys tried on one signature. */
  keysPerSignature: 64,
  /** Keys and roots tried in one job, over all its evidence. */
  attemptsPerJob: 10_000,
} as const;
