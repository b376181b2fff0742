/** What policies revoke, as far as receipts are concerned. */
import type { ReceiptRevocations } from '../../domain/gate/receipt.ts';
import { revokedText } from '../../domain/policy/revocation.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { PolicyStore } from '../../domain/ports.ts';

/** What lists and signers of the policies in force revoke. Receipts carry no proof of time, so whatever their key signed falls with it. */
export function revocationsOf(policies: PolicyStore): ReceiptRevocations {
  return ({ id, keyId, digests }) => {
    const state = policies.current();
    // What is revoked is not known then: nobody is believed.
    if (!state.ready) return 'no set of policies is loaded, so revocations are not known';
    const [first] = state.set.revocations?.matching({ keys: [keyId], certificates: [], logEntries: [], digests, receipt: id }) ?? [];
    return first === undefined ? undefined : revocationText(first);
  };
}

/** What is revoked, by whom and why, for whoever is refused. */
export function revocationText({ what, declaredBy, reason }: Revocation): string {
  return `${revokedText(what)} is revoked by ${declaredBy}: ${reason}`;
}
