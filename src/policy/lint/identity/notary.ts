/** What identities below trust stores and public authorities probably do not mean: anybody who pays for a certificate, or nobody at all. */
import type { NameAttribute } from '../../../domain/policy/identity.ts';
import type { NameMatcher, X509Identity } from '../../../domain/policy/requirement.ts';
import type { TrustInventory } from '../../../domain/policy/expiry.ts';
import type { TrustReader } from '../../../domain/ports.ts';
import { usagesText } from '../../../text/names/usages.ts';
import type { CompiledSigner } from '../../compile/signer/compiled-signer.ts';
import type { Entry } from '../../read/catalogue.ts';
import type { Path } from '../../read/problems.ts';
import type { Reporter } from '../../read/reporter.ts';
import type { SignerDocument } from '../../schema/signer.ts';
import type { TrustRootDocument } from '../../trust-root/schema.ts';
import { nameField } from './holder.ts';
import { matchesAnything } from './text.ts';

/** What advice about them takes. */
export interface NotaryLook {
  readonly signers: readonly Entry<SignerDocument>[];
  readonly compiled: ReadonlyMap<string, CompiledSigner>;
  readonly roots: readonly Entry<TrustRootDocument>[];
  readonly inventory: TrustInventory;
  readonly trust: Pick<TrustReader, 'notationStore'>;
}

/** Who sells certificates for code, or gives them to everybody, as their roots name them. */
const PUBLIC = new RegExp(
  '(?:^|, )O="?(?:DigiCert|VeriSign|Symantec|thawte|GlobalSign|Sectigo|The USERTRUST|COMODO|SSL Corp|Entrust|IdenTrust|Unizeto|Asseco|Certum'
  + '|Hellenic Academic|Actalis|SwissSign|QuoVadis|GoDaddy|Starfield|Amazon|Microsoft Corp|Internet Security Research|Google Trust)', 'i',
);

/** Usages that no certificate of a Notation signer may have (signature-specification, "Certificate Requirements"). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  '1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.9',
]);

/** Advice about identities whose roots say more about them than they do themselves. */
export function lintNotaries({ signers, compiled, roots, inventory, trust }: NotaryLook): void {
  const publicNames = new Map(inventory.roots.flatMap(({ name, windows }): [string, string][] => {
    const found = windows.find((window) => window.kind === 'certificate-authority' && PUBLIC.test(window.name));
    return found === undefined ? [] : [[name, found.name]];
  }));
  const stores = new Map(roots.map(({ name, value: { spec: { notation } } }) => [name, notation]));
  for (const { name, report } of signers)
    for (const [index, identity] of (compiled.get(name)?.signer.identities ?? []).entries()) {
      if (identity.kind !== 'x509') continue;
      const path: Path = ['spec', 'identities', index, 'x509'];
      const authority = publicNames.get(identity.trustRoot);
      if (authority !== undefined && !namesOrganisation(identity))
        report.advise('identity-public-root', path, `whoever gets a certificate below ${authority} may sign here, which certifies anybody: name the organisation (O) that signs as well`);
      const store = stores.get(identity.trustRoot);
      if (store !== undefined) lintNobody(identity, aloneIn([store.ca, store.signingAuthority], trust), path, report);
    }
}

/** The holders in all stores of a root; `undefined` where some certificate is an authority, which may certify anybody. */
function aloneIn(pems: readonly (string | undefined)[], trust: NotaryLook['trust']): readonly (readonly NameAttribute[])[] | undefined {
  const all = pems.flatMap((pem) => (pem === undefined ? [] : [trust.notationStore(pem, 'signing').alone]));
  const known = all.flatMap((one) => (one === undefined ? [] : [one]));
  return known.length === all.length ? known.flat() : undefined;
}

function lintNobody(
  { subject, issuer, usages }: X509Identity, alone: readonly (readonly NameAttribute[])[] | undefined, path: Path, report: Reporter,
): void {
  const foreign = usages.filter((usage) => FORBIDDEN.has(usage));
  if (foreign.length > 0)
    report.advise('notation-matches-nobody', [...path, 'eku'], `demands a certificate for ${usagesText(foreign)}, and none that is signs with Notation; leave eku out`);
  if (alone === undefined) return;
  const held = alone.map(textOf).join(' or ');
  // Whoever signed his own certificate is its issuer.
  for (const [field, name] of [[subject === undefined ? 'subject' : nameField(subject), subject], ['issuer', issuer]] as const)
    if (name !== undefined && !alone.some((one) => couldBe(name, one)))
      report.advise('notation-matches-nobody', [...path, field], `is none of those in the stores of its trust root, which have signed themselves and certify nobody else: ${held}`);
}

/** Without the rule that each attribute is one other: whoever does not pass this does not pass that either. */
function couldBe({ kind, attributes }: NameMatcher, name: readonly NameAttribute[]): boolean {
  return (kind !== 'exact' || attributes.length === name.length)
    && attributes.every((wanted) => name.some(({ type, value }) => type === wanted.type && wanted.value.test(value)));
}

/** An alternative name is somebody's as well. */
function namesOrganisation({ subject, san }: X509Identity): boolean {
  if (san !== undefined) return !matchesAnything(san);
  return subject?.attributes.some(({ type, value }) => type === 'O' && !/^\*+$/.test(value.source)) === true;
}

function textOf(name: readonly NameAttribute[]): string {
  return name.map(({ type, value }) => `${type}=${value}`).join(', ');
}
