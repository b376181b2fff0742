/** Of what is signed itself, the bytes: a message signature about an image is over its manifest, and so is a descriptor of it. */
import type { Digest } from '../../domain/artifact/digest.ts';
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import type { EvidenceBatch } from '../../domain/ports.ts';
import { problemOf } from '../../net/failure.ts';
import { hashesTo } from '../oci/content.ts';

/** A hint and no more: only what `verify/` reads decides, and what hides the member by another spelling gets no message. */
const MEMBER = Buffer.from('"messageSignature"', 'latin1');

/**
 * The batch, with the artifact's own bytes beside the bundles that may hold a message signature (some algorithms, Ed25519 among
 * them, cannot be verified from a digest) and beside signatures of the Notary Project, which name its size and media type. Without
 * such a piece nothing is read, and never more than once. Bytes of another
 * digest are no message; when they cannot be had, the reason is told, and what needs only the digest is verified without them.
 */
export async function withSignedMessage(
  batch: EvidenceBatch, artifact: Digest, read: () => Promise<Uint8Array | undefined>,
): Promise<EvidenceBatch> {
  if (!batch.evidence.some(needsMessage)) return batch;
  try {
    const found = await read();
    if (found === undefined || !hashesTo(found, artifact)) return batch;
    // It is kept with the evidence: a view into a larger block would keep all of that.
    const message = new Uint8Array(found);
    return { ...batch, evidence: batch.evidence.map((piece) => (needsMessage(piece) ? { ...piece, message } : piece)) };
  } catch (error) {
    return { ...batch, problems: [...batch.problems, problemOf(error, 'manifest')] };
  }
}

/** True where the artifact's own bytes are asked for; whoever has none of them says less, or nothing. */
export function needsMessage({ format, bytes }: UnverifiedEvidence): boolean {
  if (format === 'notation-jws' || format === 'notation-cose') return true;
  return format === 'sigstore-bundle' && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(MEMBER);
}
