/** Trust stores of Notation whose signers' authorities are asked nothing: a certificate that was stolen signs until it ends. */
import type { CompiledSigner } from '../../compile/signer/compiled-signer.ts';
import type { Entry } from '../../read/catalogue.ts';
import type { TrustRootDocument } from '../../trust-root/schema.ts';

/** Notes roots under which nobody is asked. Where certificates are short-lived, nobody needs to be; nor where no signer names the root. */
export function lintUnasked(roots: readonly Entry<TrustRootDocument>[], compiled: ReadonlyMap<string, CompiledSigner>): void {
  const identities = [...compiled.values()].flatMap(({ signer }) => signer.identities);
  const lasting = identities.filter((one) => one.kind === 'x509' && one.maxCertificateLifetime === undefined);
  const relied = new Set(lasting.map(({ trustRoot }) => trustRoot));
  for (const { name, value: { spec: { notation } }, report } of roots)
    if (notation !== undefined && (notation.revocation ?? 'off') === 'off' && relied.has(name))
      report.note(
        'notation-revocation-off', ['spec', 'notation', ...(notation.revocation === undefined ? [] : ['revocation'])],
        'nobody asks the authorities of its signers what they have revoked, so a stolen certificate signs until it ends; write revocation: hard, or soft to be told alone',
      );
}
