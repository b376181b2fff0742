/** A flag in provenance counts only where the build platform sets it and the build cannot. */
import type { BuilderFlag, ProvenanceRequirement } from '../../domain/policy/build-requirement.ts';
import type { Mismatch } from '../content/mismatch.ts';
import type { Stated } from '../content/predicate-reader.ts';
import type { Provenance } from './model.ts';
import type { Assessment } from './profiles/profile.ts';

/** What each flag is called in messages. */
const CLAIMS: Readonly<Record<BuilderFlag, string>> = {
  hermetic: 'hermetic',
  parameters: 'completeness of parameters',
  environment: 'completeness of environment',
  dependencies: 'completeness of dependencies',
};

/**
 * What the policy demands of how the build was run. A flag counts only when the platform is known to set it out of reach of
 * what it builds: anybody who writes provenance can write `true`. Isolation is no flag at all, but what level 3 means.
 */
export function checkFlags(
  { hermetic, isolated, complete = [] }: ProvenanceRequirement,
  provenance: Provenance,
  assessment: Assessment,
): readonly Mismatch[] {
  return [
    ...(hermetic === undefined ? [] : checkFlag('hermetic', provenance.hermetic, assessment)),
    ...complete.flatMap((what) => checkFlag(what, provenance.completeness[what], assessment)),
    ...(isolated === undefined || assessment.level === 3
      ? []
      : [mismatch('isolated', provenance.builderId.path, 'a builder that is known to isolate builds from each other', assessment.because)]),
  ];
}

function checkFlag(flag: BuilderFlag, stated: Stated<boolean> | undefined, { sets }: Assessment): readonly Mismatch[] {
  const claim = CLAIMS[flag];
  if (stated?.value !== true) return [mismatch(claim, stated?.path ?? 'predicate', 'true', stated === undefined ? 'nothing' : 'false')];
  return sets.includes(flag)
    ? []
    : [mismatch(claim, stated.path, 'true, by a builder that is known to say so itself', 'true, by a builder that is not')];
}

function mismatch(claim: string, path: string, expected: string, found: string): Mismatch {
  return { code: 'POLICY_PROVENANCE_BUILD', claim, path, expected, found };
}
