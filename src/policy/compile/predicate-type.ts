/** A predicate type as policies write it: in full, or as the short name of a family. */
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';
import { didYouMean } from '../read/suggest.ts';

/** The exact predicate types that a written text stands for: those of its family, or itself. */
export function predicateTypes(written: string): readonly string[] {
  return isFamily(written) ? PREDICATE_FAMILIES[written] : [written];
}

/** True for the short name of a family. */
export function isFamily(written: string): written is keyof typeof PREDICATE_FAMILIES {
  return Object.hasOwn(PREDICATE_FAMILIES, written);
}

/** Warns of an exact type that is no URI: it is probably a short name with a mistake in it. `others` are further names that may be written. */
export function lintPredicateType(type: string, path: Path, report: Reporter, others: readonly string[] = []): void {
  if (/^[a-z][a-z0-9+.-]*:/i.test(type)) return;
  report.advise(
    'predicate-type-unknown',
    path,
    `${JSON.stringify(type)} is no URI and no short name; predicate types are compared exactly, for example "https://slsa.dev/provenance/v1"${didYouMean(type, [...others, ...Object.keys(PREDICATE_FAMILIES)])}`,
  );
}
