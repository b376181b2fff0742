/** What an exception probably does not mean: to be for everything, or for places where it lets nothing through. */
import type { AdmissionException } from '../../domain/decision/exception.ts';
import type { CompiledPolicy } from '../../domain/policy/policy.ts';
import type { Reporter } from '../read/reporter.ts';

/** An exception with the policies that it names, in its order, and the place where advice about it is reported. */
export interface LintedException {
  readonly exception: AdmissionException;
  readonly named: readonly (Pick<CompiledPolicy, 'namespace' | 'name' | 'requirements' | 'mode'> | undefined)[];
  readonly report: Reporter;
}

/** Advice about one exception. */
export function lintException({ exception, named, report }: LintedException): void {
  const { artifacts, digests, namespaces, demands } = exception;
  for (const [index, { kind, source }] of artifacts.entries())
    if (digests.length === 0 && source.endsWith('**'))
      report.advise(
        'exception-wide', ['spec', 'artifacts', index, kind],
        `lets through whatever is pushed under ${JSON.stringify(source)} until it ends; name the artifact, or its digest under digests`,
      );
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
