/** Trust stores of the Notary Project, ready to be compared with the ends of chains. */
import type { NotationPlugin, NotationRoot } from '../../domain/policy/trust-root.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { compileAnchors } from '../anchors.ts';
import type { CompiledTrust } from '../compiled-trust.ts';

/** A compiled root of kind notation; `anchors` holds those of both schemes of signing. */
export type CompiledNotation = CompiledTrust & Required<Pick<CompiledTrust, 'anchors'>> & {
  /** By the signing scheme whose chains may end there. */
  readonly stores: Readonly<Record<'notary.x509' | 'notary.x509.signingAuthority', readonly Certificate[]>>;
  readonly tsa: readonly Certificate[];
  readonly verifyTimestamp: NotationRoot['verifyTimestamp'];
  readonly plugins: readonly NotationPlugin[];
};

/** Makes trust stores ready. Throws an `Error` when a certificate cannot be read. */
export function compileNotationRoot(root: NotationRoot): CompiledNotation {
  const [ca, signingAuthority] = [compileAnchors(root.ca), compileAnchors(root.signingAuthority)];
  return {
    name: root.name,
    id: root.id,
    anchors: [...ca, ...signingAuthority],
    stores: { 'notary.x509': ca, 'notary.x509.signingAuthority': signingAuthority },
    tsa: compileAnchors(root.tsa),
    verifyTimestamp: root.verifyTimestamp,
    plugins: root.plugins,
    ...(root.revocation === undefined ? {} : { revocation: root.revocation }),
  };
}
