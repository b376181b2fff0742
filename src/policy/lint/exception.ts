/** What an exception probably does not mean: to be for everything, or for places where it lets nothing through. */
import type { AdmissionException } from '../../domain/decision/exception.ts';
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import { parseArtifactPattern } from '../match/artifact-pattern.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';
import { overlaps } from '../match/overlaps.ts';
import type { Reporter } from '../read/reporter.ts';

/** An exception with the policies that it names, in its order, and the place where advice about it is reported. */
export interface LintedException {
  readonly exception: AdmissionException;
  readonly named: readonly (Pick<CompiledPolicy, 'namespace' | 'name' | 'requirements' | 'mode' | 'patterns'> | undefined)[];
  /** The patterns of the exception, as they are written. */
  readonly patterns: readonly ArtifactPattern[];
  readonly report: Reporter;
}

/** Advice about one exception. */
export function lintException({ exception, named, patterns, report }: LintedException): void {
  const { artifacts, digests, namespaces, demands } = exception;
  for (const [index, { kind, source }] of artifacts.entries())
    if (digests.length === 0 && source.endsWith('**'))
      report.advise(
        'exception-wide', ['spec', 'artifacts', index, kind],
        `lets through whatever is pushed under ${JSON.stringify(source)} until it ends; name the artifact, or its digest under digests`,
      );
  lintReach(patterns, named, report);
  for (const [index, policy] of named.entries()) {
    if (policy === undefined) continue;
    const path = ['spec', 'policies', index];
    const { namespace, name, mode, requirements } = policy;
    if (mode !== 'enforce')
      report.advise('exception-needless', [...path, 'name'], `policy ${name} is in mode ${mode}, which denies nothing: there is nothing to except`);
    if (namespace !== undefined && !namespaces.includes(namespace))
      report.advise('exception-needless', [...path, 'name'], `speaks only in ${namespace}, which is none of the namespaces: nothing is let through`);
    if (demands[index]?.requirement === undefined && requirements.length > 1)
      report.advise(
        'exception-wide', [...path, 'name'],
        `excepts from all ${requirements.length} requirements of the policy; name the one that cannot hold now: requirement`,
      );
  }
}

/** A typing mistake in the name of an image is found out at night otherwise. */
function lintReach(patterns: readonly ArtifactPattern[], named: LintedException['named'], report: Reporter): void {
  const known = named.flatMap((policy) => policy?.patterns ?? []).map(({ kind, source }) => parseArtifactPattern(kind, source));
  // Of a policy that is broken nobody knows what it speaks about.
  if (named.includes(undefined) || known.some(({ ok }) => !ok)) return;
  for (const [index, pattern] of patterns.entries())
    if (!known.some((other) => other.ok && overlaps(other.value, pattern)))
      report.advise(
        'exception-needless', ['spec', 'artifacts', index, pattern.kind],
        `no policy that the exception names speaks about ${JSON.stringify(pattern.source)}: nothing is let through`,
      );
}
