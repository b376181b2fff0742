/** What ends soon, said where it is written; only whoever gives the time is told. */
import type { TrustInventory } from '../../domain/policy/expiry.ts';
import type { Signer } from '../../domain/policy/requirement.ts';
import { expiries } from '../expiries.ts';
import type { Entry } from '../read/catalogue.ts';
import type { Reporter } from '../read/reporter.ts';
import type { ExceptionDocument } from '../schema/exception.ts';
import type { TrustRootDocument } from '../trust-root/schema.ts';
import { adviseEnd } from './ends.ts';

/** Advice about the keys of a signer and its own window. A key that ends while others go on is a rotation, and no loss. */
export function lintSignerEnds({ name, identities, validity }: Signer, now: number, report: Reporter): void {
  const ends = identities.map((identity) => (identity.kind === 'key' ? (identity.notAfter ?? Infinity) : Infinity));
  const last = ends.indexOf(Math.max(...ends));
  const at = ends[last] ?? Infinity;
  if (at !== Infinity)
    adviseEnd({
      at, path: ['spec', 'identities', last, 'key', 'notAfter'], what: `the last key of ${name}`,
      fix: 'add its successor as another identity, or write a later notAfter if the key may go on',
    }, now, report, 'trust');
  if (validity?.notAfter !== undefined)
    adviseEnd({
      at: validity.notAfter, path: ['spec', 'validity', 'notAfter'], what: `the validity of ${name}`,
      fix: 'write a later notAfter, or name its successor where it is relied on',
    }, now, report, 'trust');
}

/** Advice about authorities of trust roots that some signer names, of which fewer go on than evidence needs. */
export function lintRootEnds(roots: readonly Entry<TrustRootDocument>[], inventory: TrustInventory, now: number): void {
  const reports = new Map(roots.map(({ name, report }) => [name, report]));
  for (const { kind, name, item, at, state } of expiries({ inventory: { signers: [], revocations: [], roots: inventory.roots } }, now)) {
    const report = reports.get(name);
    if (report === undefined || (state !== 'expired' && state !== 'expiring')) continue;
    adviseEnd({
      at, path: ['spec'], what: `the ${kind} ${JSON.stringify(item)}`,
      fix: 'too few of its sort go on; add the one that follows it, or take the root from its TUF repository',
    }, now, report, 'trust');
  }
}

/** Advice about exceptions that act no longer. Of those that still act nothing is said: to end is what they are made for. */
export function lintExceptionEnds(exceptions: readonly Entry<ExceptionDocument>[], now: number): void {
  for (const { name, value: { spec: { expiresAt } }, report } of exceptions)
    if (expiresAt < now)
      adviseEnd({
        at: expiresAt, path: ['spec', 'expiresAt'], what: `the exception ${name}`, fix: 'it lets nothing through any more; remove it',
      }, now, report, 'exception');
}
