/** Revocations as signers and lists write them become one form, and each remembers who declared it. */
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { Catalogue } from '../read/catalogue.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import type { RevocationField } from '../schema/revocation.ts';
import { revokedThing } from '../schema/revocation.ts';
import { didYouMean } from '../read/suggest.ts';

/** What revocations are compiled with. */
export interface RevocationContext {
  readonly report: Reporter;
  /** `Signer acme-release` or `RevocationList incidents`. */
  readonly declaredBy: string;
  /** Names of all trust roots, broken ones too. */
  readonly knownRoots: ReadonlySet<string>;
}

/**
 * Compiles the `spec.revocations` of one document; a trust root that does not exist is reported, because the entry would revoke
 * nothing.
 */
export function compileRevocations(fields: readonly RevocationField[], context: RevocationContext): readonly Revocation[] {
  return fields.flatMap((field, index) => {
    const what = revokedThing(field);
    if (what === undefined || !isKnownRoot(field, ['spec', 'revocations', index], context)) return [];
    const { reason, compromisedAt } = field;
    return { what, reason, declaredBy: context.declaredBy, ...(compromisedAt === undefined ? {} : { compromisedAt }) };
  });
}

/** Compiles all RevocationLists into one sequence, in the order of the documents. */
export function compileRevocationLists(documents: Catalogue, knownRoots: ReadonlySet<string>): readonly Revocation[] {
  return documents.revocationLists.flatMap(({ name, value, report }) =>
    compileRevocations(value.spec.revocations, { report, declaredBy: `RevocationList ${name}`, knownRoots }));
}

function isKnownRoot(field: RevocationField, path: Path, { report, knownRoots }: RevocationContext): boolean {
  const name = field.certificate?.trustRoot;
  if (name === undefined || knownRoots.has(name)) return true;
  const known = [...knownRoots].toSorted();
  report.unresolved(
    [...path, 'certificate', 'trustRoot'],
    `no TrustRoot is named ${JSON.stringify(name)}; known are ${known.join(', ')}${didYouMean(name, known)}`,
  );
  return false;
}
