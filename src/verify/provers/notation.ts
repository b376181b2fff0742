/** Signatures of the Notary Project under its trust stores: the chain ends in the store of its scheme, and its time is what the scheme says. */
import type { ProvenTime } from '../../domain/policy/identity.ts';
import { equal, serialText } from '../../pki/certificate.ts';
import { keyIdOf } from '../../pki/key-rules.ts';
import { nameText } from '../../pki/name-text.ts';
import { fingerprintsOf } from '../../pki/signatures/fingerprint.ts';
import type { CompiledNotation } from '../../trust/index.ts';
import type { NotaryAttributes } from '../notation/attributes.ts';
import { requireChain } from '../notation/chain.ts';
import type { NotaryChain } from '../notation/chain.ts';
import { proveCountersignature } from '../notation/timestamp.ts';
import { clip, refuse } from '../problem.ts';
import type { ProofResult } from '../proof.ts';
import { problemOf, settled } from './settled.ts';
import type { NotaryContent, SignedContent } from './signed.ts';
import { pathCertificates, waysOf } from './ways.ts';
import { provenX509 } from './x509.ts';

/**
 * Proves what stands behind an envelope of which `verify/notation/` has verified that the leaf's key signed it: nothing else comes with
 * `content.notary`.
 *
 * On success: the chain is one by the specification, its root is byte for byte in the store of its scheme, no critical attribute is
 * left that nobody answers for, and the chain was valid at the proven time. Not established: that it is valid now (needed where no time is
 * proven), that the signature has not ended (`expiresAt`), revocation, and that anybody trusts this name. Pure; never throws.
 */
export function proveNotation(content: SignedContent, _leaf: Uint8Array, _dating: unknown, trust: CompiledNotation): ProofResult {
  return settled(() => {
    const { notary } = content;
    if (notary === undefined)
      return refuse('VERIFY_CERTIFICATE_UNTRUSTED', { expected: 'a signature of the Notary Project', cause: `trust root ${trust.name} proves nothing else` });
    const { attributes, chain } = notary;
    requireListed(attributes, chain, trust);
    requireAnswered(attributes, trust);
    requireChain(chain);
    const { times, undated } = datingOf(content.signature, notary, trust);
    const [way] = waysOf([chain], times, []);
    const signer = provenX509(way, trust.name, trust.revocation);
    const { expiresAt } = attributes;
    return {
      ok: true,
      // A certificate that signed itself is signer and root at once, and can be revoked as the signer.
      signer: chain.length > 1 ? signer : { ...signer, path: [selfSigned(chain)] },
      times,
      logEntries: [],
      ...(undated === undefined ? {} : { undated }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  });
}

function requireListed({ scheme }: NotaryAttributes, chain: NotaryChain, { name, stores, anchors }: CompiledNotation): void {
  const root = chain.at(-1) ?? chain[0];
  if (stores[scheme].some(({ der }) => equal(der, root.der))) return;
  const elsewhere = anchors.some(({ der }) => equal(der, root.der));
  refuse('VERIFY_CERTIFICATE_UNTRUSTED', {
    found: `${nameText(root.subject)} (scheme ${scheme})`,
    expected: `a root of ${scheme === 'notary.x509' ? 'ca' : 'signingAuthority'} of trust root ${name}`,
    cause: elsewhere ? 'the root is trusted for the other signing scheme only' : 'the last certificate of the chain is in no store',
  });
}

/** What is critical has to be understood by somebody: by us nothing is, by plug-ins that the root names what it says. */
function requireAnswered({ critical, plugin }: NotaryAttributes, { name, plugins }: CompiledNotation): void {
  const declared = plugins.find((one) => one.name === plugin);
  if (plugin !== undefined && declared === undefined)
    refuse('VERIFY_FORMAT', {
      found: `a signature that needs plug-in ${clip(plugin, 80)}`,
      expected: 'a signature that needs none',
      cause: `trust root ${name} does not name this plug-in among verificationPlugins, and it is not run`,
      fix: 'sign without a plug-in, or ask the owner of the policy whether its signatures may count although nobody runs the plug-in',
    });
  const unknown = critical.filter((attribute) => declared?.attributes.includes(attribute) !== true);
  if (unknown.length > 0)
    refuse('VERIFY_FORMAT', {
      found: `critical attribute ${clip(unknown.join(', '), 160)}`,
      expected: 'no critical attribute that is not understood',
      fix: declared === undefined
        ? 'sign without critical attributes of your own, which nobody here understands'
        : `ask the owner of the policy whether plug-in ${clip(declared.name, 80)} may leave it unread: then it belongs in verificationPlugins[].attributes`,
    });
}

/** When it was signed as far as that is proven, and why a timestamp that came along does not say it. */
interface Dating {
  readonly times: readonly ProvenTime[];
  readonly undated?: string;
}

const PRESENT: Dating = { times: [] };

function datingOf(signature: Uint8Array, { attributes, chain, timestamp }: NotaryContent, trust: CompiledNotation): Dating {
  const { scheme, signedAt } = attributes;
  if (scheme === 'notary.x509.signingAuthority')
    return { times: [{ source: 'authority', at: signedAt, by: nameText((chain.at(-1) ?? chain[0]).subject) }] };
  if (trust.tsa.length === 0) return PRESENT;
  const isDemanded = trust.verifyTimestamp === 'always';
  if (timestamp === undefined && isDemanded)
    refuse('VERIFY_TIME_MISSING', {
      found: 'a signature without a timestamp',
      expected: `a timestamp by an authority under tsa of trust root ${trust.name}`,
      cause: 'the trust root names timestamp authorities and verifyTimestamp is always',
      fix: 'sign again with a timestamp authority below these roots: notation sign --timestamp-url URL --timestamp-root-cert FILE IMAGE',
    });
  if (timestamp === undefined) return PRESENT;
  try {
    const { time, path } = proveCountersignature(timestamp, signature, chain, trust.tsa);
    if (trust.revocation === undefined) return { times: [time] };
    const asked = { path: pathCertificates(path, trust.revocation), ...(isDemanded ? {} : { isSpare: true as const }) };
    return { times: [{ ...time, ...asked }] };
  } catch (thrown) {
    const { code, cause, found } = problemOf(thrown);
    if (isDemanded || code === 'ENGINE_FAULT') throw thrown;
    // Nobody has signed the timestamp: without it the present would decide, so it does.
    return { ...PRESENT, undated: clip([cause ?? code, ...(found === undefined ? [] : [found])].join(': ')) };
  }
}

/** As whoever revokes it names it: by its own key, which is its issuer's. */
function selfSigned([leaf]: NotaryChain): ReturnType<typeof provenX509>['path'][number] {
  return { fingerprints: fingerprintsOf(leaf, leaf), serial: serialText(leaf), issuerKeyId: keyIdOf(leaf.spki) };
}
