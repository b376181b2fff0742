/** Validators of Connaisseur for Notation: trust roots are stores with one certificate each, in a trust policy that a rule completes. */
import { ALWAYS } from '../formula.ts';
import type { Formula } from '../formula.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { signersBelow } from '../notation/stores.ts';
import { placeOf } from '../session.ts';
import type { Session } from '../session.ts';
import { signedBy } from '../signing.ts';

/** A trust root: certificates in PEM, of which the first counts. */
interface Store {
  readonly name: string;
  readonly cert: string;
  readonly tsCert: string | undefined;
}

/** What the levels only log there; `skip` is refused beside trust stores. */
const LOGGED = new Map([
  ['strict', []], ['permissive', ['authenticTimestamp', 'expiry']], ['audit', ['authenticity', 'authenticTimestamp', 'expiry']],
]);

/** What a rule demands by its `with`. */
type Demands = (rule: MapReader, options: MapReader | undefined, session: Session) => Formula;

/** Reads the trust roots of a validator, and what rules demand of them. */
export function notationValidator(of: MapReader, validator: string): Demands {
  const { source } = of;
  const stores = of.maps('trustRoots').map((root): Store => {
    const [name, cert, tsCert] = [root.text('name') ?? '', root.text('cert') ?? '', root.text('tsCert')];
    if (name === '') refuse(source, root.at('name'), 'a name');
    if (cert === '' || root.has('key') || root.has('keyless')) refuse(source, root.at('cert'), 'a certificate, and neither key nor keyless');
    root.without('key', 'keyless');
    return { name, cert, tsCert };
  });
  if (stores.length === 0) refuse(source, of.at('trustRoots'), 'at least one trust root');
  return (rule, options, session) => {
    const wanted = options?.text('trustRoot') ?? 'default';
    const [level, verifyTimestamp] = [options?.text('verificationLevel') ?? 'strict', options?.text('verifyTimestamp')];
    const logged = LOGGED.get(level);
    if (logged === undefined) refuse(source, options?.at('verificationLevel') ?? rule.path, 'strict, permissive or audit');
    if (verifyTimestamp !== undefined && verifyTimestamp !== 'always' && verifyTimestamp !== 'afterCertExpiry')
      refuse(source, options?.at('verifyTimestamp') ?? rule.path, 'always or afterCertExpiry');
    const meant = wanted === '*' ? stores : stores.filter(({ name }) => name === wanted).slice(0, 1);
    if (meant.length === 0) {
      refuse(source, options?.at('trustRoot') ?? rule.path, `a trust root of validator ${validator}; found ${JSON.stringify(wanted)}`);
      return ALWAYS;
    }
    if (logged !== undefined && logged.length > 0)
      source.remark('stricter', options?.at('verificationLevel') ?? rule.path, {
        what: `${logged.join(', ')} is enforced`, why: 'there it is only logged', help: 'see with mode: audit what that would refuse, before it is enforced',
      });
    const label = wanted === '*' ? validator : `${validator}-${wanted}`;
    const tsa = meant.flatMap(({ tsCert }) => (tsCert === undefined || tsCert === '' ? [] : [tsCert]));
    const signers = signersBelow(
      { ca: meant.map(({ cert }) => cert), tsa, verifyTimestamp, revocation: level === 'strict' ? 'hard' : 'soft', most: 1 },
      { source, path: of.at('trustRoots'), name: label, session },
    );
    if ('none' in signers) return signers.none;
    const from = placeOf(source, rule.path);
    return { kind: 'any', parts: signers.any.map((identities) => signedBy(session.signer(label, identities, from), wanted, from)) };
  };
}
