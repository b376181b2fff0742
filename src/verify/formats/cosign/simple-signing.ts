/** The payload of an older signature: which digest, under which repository name. */
import { member, members, text } from '../../fields.ts';
import { readJson } from '../../json.ts';
import { signedAnnotations } from '../../statement/annotations.ts';
import type { SignedAnnotations } from '../../statement/annotations.ts';
import { clip, parsed, Refusal } from '../../problem.ts';
import type { Parsed } from '../../problem.ts';

/** What a simple-signing payload says: this digest, under this repository name. */
export interface SimpleSigning {
  readonly manifestDigest: string;
  /** The repository the signer meant; compared only when a policy sets `bindRepository`. */
  readonly dockerReference: string;
  /** Texts of the signed `optional`. */
  readonly annotations?: SignedAnnotations;
}

const TYPES: ReadonlySet<string> = new Set([
  'cosign container image signature', 'atomic container signature', 'https://sigstore.dev/cosign/sign/v1',
  // Binary Authorization, as its documents write it and as its tools do.
  'Google cloud binauthz container signature', 'Google Cloud BinAuthz container signature',
]);
const CRITICAL: ReadonlySet<string> = new Set(['type', 'image', 'identity']);

/**
 * Parses a simple-signing payload (cosign SIGNATURE_SPEC.md, containers/image docs/containers-signature.5.md).
 *
 * A member of `critical` that we do not know is refused, for that is what critical means; `optional` is the
 * signer's own business: its texts are handed on for policies that ask for them. Nothing is verified here.
 */
export function parseSimpleSigning(payload: Uint8Array): Parsed<SimpleSigning> {
  return parsed('VERIFY_MALFORMED', () => {
    const payloadMembers = members(readJson(payload), 'payload');
    const critical = members(member(payloadMembers, 'critical'), 'critical');
    const annotations = signedAnnotations(member(payloadMembers, 'optional'));
    const type = text(critical, 'type', 'critical');
    if (!TYPES.has(type))
      throw new Refusal('critical.type is unknown', { code: 'VERIFY_PAYLOAD_TYPE', found: clip(type), expected: [...TYPES].join(' or ') });
    const unknown = Object.keys(critical).find((key) => !CRITICAL.has(key));
    if (unknown !== undefined)
      throw new Refusal('critical has a member that is not known', { found: clip(unknown, 80), expected: [...CRITICAL].join(', ') });
    return {
      manifestDigest: text(members(member(critical, 'image'), 'critical.image'), 'docker-manifest-digest', 'critical.image'),
      dockerReference: text(members(member(critical, 'identity'), 'critical.identity'), 'docker-reference', 'critical.identity'),
      ...(annotations === undefined ? {} : { annotations }),
    };
  });
}
