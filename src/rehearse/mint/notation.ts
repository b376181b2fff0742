/** Signatures of Notation as a test describes them: envelopes over the descriptor of an image, by whom an authority of the test names. */
import type { UnverifiedEvidence } from '../../domain/evidence.ts';
import { bad, good } from '../../text/result.ts';
import type { Result } from '../../text/result.ts';
import type { WorldEvidence } from '../read/evidence-schema.ts';
import { sha256Hex } from '../world/encode.ts';
import { notarySign } from '../world/notation/envelope.ts';
import type { About } from './evidence.ts';
import { flipped } from './flipped.ts';
import type { SigningParty } from './signers.ts';

/** True for whoever signs as Notation does. */
export function isNotary({ by }: SigningParty): boolean {
  return 'holder' in by && by.own.kind === 'notation';
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const ONLY = 'signs with Notation, which signs images and nothing else: write signature: {}';

/** One envelope, as if fetched, with the manifest that it is about; says why there can be none. */
export function mintNotation(written: WorldEvidence, { by, root }: SigningParty, about: About): Result<UnverifiedEvidence> {
  const { signature, broken } = written;
  if (!('holder' in by)) return bad('is nobody who signs with Notation');
  if (signature === undefined || written.log !== undefined || written.subject !== undefined) return bad(ONLY);
  const { content } = about;
  if (content === undefined)
    return bad('signs with Notation, that is the size and type of a manifest as well: leave the digest of the image out, so that the test makes one up');
  const at = written.at ?? about.at;
  const { expiry, envelope = 'jws', annotations, timestamp } = signature;
  if (expiry !== undefined && expiry <= at) return bad('signs no signature that ends before it is made: write a later signature.expiry, or an earlier at');
  const { key, certificate, chain } = about.issue(by, at);
  const { certificate: anchor } = by.own.authority;
  const format = envelope === 'cose' ? 'notation-cose' : 'notation-jws';
  const signed = broken === 'otherArtifact' ? Buffer.from(`another than ${about.digest}`) : content;
  const bytes = notarySign({
    notary: { key, chain: [certificate, ...chain, anchor], root: anchor }, at, format,
    target: { mediaType: OCI_MANIFEST, digest: `sha256:${sha256Hex(signed)}`, size: signed.length },
    ...(by.own.scheme && { scheme: by.own.scheme }),
    ...(expiry !== undefined && { expiry }),
    ...(annotations && { annotations }),
    ...(root.isStamped && timestamp !== 'none' && { tsa: root.world.tsa }),
    ...(broken === 'tampered' && { signature: flipped }),
  });
  return good({ format, source: about.source, bytes, digest: `sha256:${sha256Hex(bytes)}`, message: content });
}
