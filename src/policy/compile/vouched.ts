/** Who must vouch is looked up by name, and a threshold that nobody could reach is refused. */
import type { Signer } from '../../domain/policy/requirement.ts';
import type { Site } from '../kinds/kind.ts';
import type { Path } from '../read/problems.ts';
import { closest } from '../read/suggest.ts';

/** Names shown in "known are …"; a set may hold thousands. */
const MAX_SHOWN = 10;

/** Who must vouch, how many of them, and for how long their word counts (milliseconds), as written. */
export interface VouchedField {
  readonly by: readonly string[];
  readonly threshold?: number | undefined;
  readonly maxAge?: number | undefined;
}

/** The same, compiled, with the name of the requirement. */
export interface VouchedBase {
  readonly name: string;
  readonly by: readonly Signer[];
  readonly threshold: number;
  readonly maxAge?: number;
}

/** Compiles what signers vouch for: `make` adds the rest, and is only called when name and signers are in order. */
export function compileVouched<R>(written: VouchedField, site: Site, make: (base: VouchedBase) => R | undefined): R | undefined {
  const { name, path } = site;
  const vouchers = compileVouchers(written, path, site);
  return vouchers === undefined || name === undefined ? undefined : make({ name, ...vouchers });
}

/** Finds the signers of `by` (or of the `key` under which they are written), and checks that as many as the threshold says (one, when it is not written) could vouch. */
export function compileVouchers(
  { by: names, threshold = 1, maxAge }: VouchedField,
  path: Path,
  site: Pick<Site, 'tools' | 'collected'>,
  key = 'by',
): Omit<VouchedBase, 'name'> | undefined {
  const by = findSigners(names, [...path, key], site);
  const reachable = threshold <= names.length;
  if (!reachable)
    site.tools.report.error(
      [...path, 'threshold'],
      `is ${threshold}, but only ${names.length} signer${names.length === 1 ? ' is' : 's are'} named in ${key}: nothing could satisfy it; lower it, or name more of them`,
    );
  return by === undefined || !reachable ? undefined : { by, threshold, ...(maxAge === undefined ? {} : { maxAge }) };
}

/** Signers by their names, on whom the policy then relies; reports those that do not exist, and gives `undefined` then. */
export function findSigners(
  names: readonly string[],
  path: Path,
  { tools, collected }: Pick<Site, 'tools' | 'collected'>,
): readonly Signer[] | undefined {
  const found: Signer[] = [];
  for (const [index, name] of names.entries()) {
    const compiled = tools.signers.get(name);
    if (compiled !== undefined) {
      found.push(compiled.signer);
      collected.signers.set(name, compiled);
    } else if (!tools.declaredSigners.has(name)) {
      const [at, why] = [[...path, index], tools.unusable?.get(`Signer ${name}`)];
      if (why === undefined) tools.report.unresolved(at, unknownSigner(name, tools.declaredSigners));
      else tools.report.unresolved(at, unusableName('Signer', name, why));
    }
  }
  return found.length === names.length ? found : undefined;
}

/** What is said where a name is that of a document that cannot be used. */
export function unusableName(kind: 'Signer' | 'TrustRoot', name: string, why: string): string {
  return `${kind} ${name} cannot be used until it is mended: ${why}`;
}

function unknownSigner(name: string, known: ReadonlySet<string>): string {
  const near = closest(name, known);
  const sorted = [...known].toSorted();
  const shown = sorted.slice(0, MAX_SHOWN).join(', ') + (sorted.length > MAX_SHOWN ? ` and ${sorted.length - MAX_SHOWN} more` : '');
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `no Signer is named ${JSON.stringify(name)}; ${known.size === 0 ? 'none is defined' : `known are ${shown}`}${hint}`;
}
