/** How a signer signs: with a key at hand, in a workflow of his own, or logged in; and what is signed: an image, or a file. */
import type { ArtifactKind } from '../../domain/artifact/artifact.ts';
import { subjectTypes } from '../../domain/policy/identity.ts';
import type { Signer, SignerIdentity } from '../../domain/policy/requirement.ts';

type Way = 'key' | 'workflow' | 'login' | 'certificate' | 'notation' | 'workload' | 'openPgp';

/** cosign takes certificates for code signing alone, which an SVID is not. */
const BY_SVID = 'in that workload, by an envelope (DSSE) with its SVID';
/** As Kritis and Binary Authorization attest; cosign takes no such keys. */
const BY_PGP = 'gpg --armor --sign PAYLOAD, where PAYLOAD names the digest as Binary Authorization writes it, kept in Grafeas';

/** `sign`, or `attest --type …`, as cosign calls it for this kind of artifact, with what it signs at the end. */
export interface Command {
  readonly verb: 'sign' | 'attest';
  readonly flags?: readonly string[];
  readonly kind: ArtifactKind;
}

/**
 * The command of cosign 3, in the form that these signers need: with `--key KEY`, without it in the signer's own workflow, or
 * both where there are signers of both sorts. Placeholders (KEY, IMAGE, FILE) are written in capitals.
 */
export function commandText(by: readonly Pick<Signer, 'identities'>[], command: Command): string {
  const ways = new Set(by.flatMap(({ identities }) => identities.map(wayOf)));
  const keyless = ways.has('workflow') || !ways.has('login') ? 'in its workflow' : 'logged in as it';
  const keyed = ways.has('key') ? [written(command, ['--key KEY'])] : [];
  const certified = ways.has('certificate') ? [written(command, ['--key KEY', '--certificate CERTIFICATE', '--certificate-chain CHAIN'])] : [];
  const notation = ways.has('notation') && command.verb === 'sign' && command.kind === 'image' ? [`notation sign${metadata(command)} IMAGE`] : [];
  const workload = ways.has('workload') ? [BY_SVID] : [];
  const openPgp = ways.has('openPgp') && command.verb === 'sign' && command.kind === 'image' ? [BY_PGP] : [];
  const withKey = [...keyed, ...certified, ...notation, ...workload, ...openPgp].join(', or ');
  if (!ways.has('workflow') && !ways.has('login')) return withKey === '' ? written(command, []) : withKey;
  return withKey === '' ? `${written(command, [])}, ${keyless}` : `${withKey}; without --key ${keyless}`;
}

/** True when none of them holds a key: they are workflows, whose runs sign. */
export function areWorkflows(by: readonly Pick<Signer, 'identities'>[]): boolean {
  const ways = new Set(by.flatMap(({ identities }) => identities.map(wayOf)));
  return ways.size === 1 && ways.has('workflow');
}

function wayOf(identity: SignerIdentity): Way {
  switch (identity.kind) {
    case 'key':
      return identity.openPgp === undefined ? 'key' : 'openPgp';
    case 'keyless':
      return subjectTypes(identity.subject.source).includes('email') ? 'login' : 'workflow';
    case 'x509':
      return identity.notation === true ? 'notation' : 'certificate';
    case 'spiffe':
      return 'workload';
  }
}

/** Annotations, which cosign takes with `-a` and Notation with `-m`; other flags of cosign mean nothing there. */
function metadata({ flags = [] }: Command): string {
  const said = flags.filter((flag) => flag.startsWith('-a '));
  return said.map((flag) => ` -m ${flag.slice(3)}`).join('');
}

function written({ verb, flags = [], kind }: Command, more: readonly string[]): string {
  const [name, target, out] = kind === 'image' ? [verb, 'IMAGE', []] : [`${verb}-blob`, 'FILE', ['--bundle evidence.json']];
  return ['cosign', name, ...flags, ...more, ...out, target].join(' ');
}
