/** Advice about the stores of evidence that a configuration names, beside the policies that it is for. */
import { canonicalRepository } from '../../../domain/artifact/registry-host.ts';
import type { CompiledPolicy, PolicyProblem, PolicySet, SourcePosition } from '../../../domain/policy/policy.ts';
import { singlesOf } from '../../../domain/policy/requirement.ts';
import type { LintRule } from '../rules.ts';

/** A store as it is configured, as far as advice goes. */
export interface LintedStore {
  /** Where it stands in the configuration: `evidenceStores[0]`. */
  readonly path: string;
  readonly kind: 'archivista' | 'folder' | 'github' | 'grafeas' | 'tekton';
  readonly url: string;
  readonly artifacts: readonly string[];
  readonly hasToken: boolean;
}

/** Nobody is on the way to an address of the machine itself. */
const PLAIN = /^http:\/\/(?!localhost(?:[:/]|$)|127(?:\.[0-9]+){3}(?:[:/]|$)|\[::1\])/;

/** Reports stores that nobody needs, that are asked without TLS, or that show a part of what a policy has to see whole. */
export function lintStores(
  { policies }: Pick<PolicySet, 'policies'>, stores: readonly LintedStore[], at: SourcePosition,
): readonly PolicyProblem[] {
  return stores.flatMap((store) => {
    const report = (rule: LintRule, path: string, message: string): PolicyProblem =>
      ({ ...at, severity: 'warning', rule, path: `${store.path}.${path}`, message });
    const asking = policies.filter((policy) => isAskedBy(store, policy));
    const decided = asking.find(hasNewest);
    const part = partOf(store);
    return [
      ...(asking.length > 0
        ? []
        : [report('store-unused', 'artifacts', `no policy is about ${whatOf(store)}, so nobody asks this store; write the names that policies are about`)]),
      ...(PLAIN.test(store.url)
        ? [report('store-plain-http', `${store.kind}.${store.kind === 'github' ? 'api' : 'url'}`,
            'whoever is on the way can hold evidence back, and reads the token; write an https:// address')]
        : []),
      ...(decided === undefined || part === undefined
        ? []
        : [report('store-shows-part', store.kind,
            `${part}, and in ${decided.kind} ${decided.name} the newest decides: an older one counts where the newest is not shown`)]),
    ];
  });
}

function whatOf({ kind, artifacts }: LintedStore): string {
  const names = artifacts.map((name) => `"${name}"`).join(', ');
  return kind === 'grafeas' ? `images by the names ${names} (Grafeas is asked about images alone)` : names;
}

/** What of its evidence it does not show, without saying so. */
function partOf({ kind, hasToken }: LintedStore): string | undefined {
  if (kind === 'github' && !hasToken) return 'without tokenFile GitHub shows what public repositories have';
  return kind === 'tekton' ? 'runs are deleted after a while, and what Chains keeps in them with them' : undefined;
}

function hasNewest({ requirements }: CompiledPolicy): boolean {
  return requirements.some((one) => singlesOf(one).some((single) => single.kind === 'examined' && single.newest === true));
}

/** Whether some artifact that the policy is about is one of the store's; when in doubt there is one. */
function isAskedBy({ kind, artifacts }: LintedStore, { patterns }: CompiledPolicy): boolean {
  const mine = artifacts.map(beginningOf);
  return patterns.some((pattern) => (kind !== 'grafeas' || pattern.kind === 'image')
    && mine.some((one) => one.startsWith(beginningOf(pattern.source)) || beginningOf(pattern.source).startsWith(one)));
}

/** What all names that a pattern matches begin with. */
function beginningOf(pattern: string): string {
  return canonicalRepository(pattern).replace(/[*?[{].*/s, '');
}
