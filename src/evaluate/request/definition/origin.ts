/** Where a definition comes from, and whether what is named there can move. Judged by the reference alone. */
import type { DefinitionSource, DefinitionUse } from '../../../domain/build/definition.ts';
import type { AllowedSource, DefinitionsRequirement } from '../../../domain/policy/request-policy.ts';
import type { RequestOutcome } from '../question.ts';

type Rules = Pick<DefinitionsRequirement, 'sources' | 'pinned'>;

/**
 * What is wrong with the place that a definition comes from. Local ones come from the namespace of the run and need neither source nor
 * pin; a namespace of the cluster that the policy names needs no pin either, since what lies there is looked at whenever it is used.
 * What another controller runs, and what an unknown resolver brings, is from nowhere that could be allowed.
 */
export function judgeOrigin(use: DefinitionUse, { sources, pinned }: Rules): RequestOutcome | undefined {
  if (use.form === 'custom') {
    return from(sources, `${use.apiVersion} ${use.customKind} ${use.name}`.trim(), 'what another controller runs is not judged here');
  }
  if (use.form !== 'remote') return undefined;
  const { source } = use;
  if (source.from === 'unknown') return from(sources, use.resolver, source.why);
  const isNamed = sources?.some((allowed) => covers(allowed, source)) === true;
  if (sources !== undefined && !isNamed) {
    const cause = source.from === 'deferred' ? 'the place is known only when the run is on its way' : undefined;
    return from(sources, sourceText(source), cause);
  }
  if (!pinned || isPinned(source) || (source.from === 'cluster' && isNamed)) return undefined;
  return { code: 'POLICY_DEFINITION_UNPINNED', expected: [PINS[source.from]], found: [sourceText(source)] };
}

function from(sources: Rules['sources'], found: string, cause: string | undefined): RequestOutcome {
  return {
    code: 'POLICY_DEFINITION_SOURCE',
    expected: (sources ?? []).map(
      (allowed) => `${allowed.kind} ${allowed.kind === 'cluster' ? allowed.namespace : allowed.pattern.source}`,
    ),
    found: [found],
    ...(cause === undefined ? {} : { cause }),
  };
}

function covers(allowed: AllowedSource, source: DefinitionSource): boolean {
  if (allowed.kind === 'cluster') return source.from === 'cluster' && source.namespace === allowed.namespace;
  switch (source.from) {
    case 'bundle': return allowed.kind === 'bundle' && allowed.pattern.test(source.name);
    case 'git': return allowed.kind === 'git' && allowed.pattern.test(source.url);
    case 'http': return allowed.kind === 'http' && allowed.pattern.test(source.url);
    case 'hub': return allowed.kind === 'hub' && allowed.pattern.test(hubName(source));
    default: return false;
  }
}

/** A hub that the run itself names is another hub: its address is part of the name. */
function hubName({ catalog, name, url }: Extract<DefinitionSource, { readonly from: 'hub' }>): string {
  return url === undefined || url === '' ? `${catalog}/${name}` : `${url}/${catalog}/${name}`;
}

function isPinned(source: DefinitionSource): boolean {
  switch (source.from) {
    case 'bundle': case 'http': return source.digest !== undefined;
    case 'git': return source.pinned;
    default: return false;
  }
}

const PINS: Readonly<Record<Exclude<DefinitionSource['from'], 'unknown'>, string>> = {
  bundle: 'a digest: name@sha256:…',
  git: 'a commit: 40 or 64 hexadecimal digits',
  http: 'the parameter digest',
  hub: 'a bundle by digest, or a repository by commit: a version of a hub can move',
  cluster: 'a namespace that the policy names among its sources',
  deferred: 'a reference that is known when the run is asked for',
};

/** A source as people write it. */
function sourceText(source: DefinitionSource): string {
  switch (source.from) {
    case 'bundle': return `bundle ${source.reference}`;
    case 'git': return `git ${source.url} at ${source.revision || 'no revision'}`;
    case 'hub': return `hub ${hubName(source)} ${source.version}`;
    case 'http': return `http ${source.url}`;
    case 'cluster': return `cluster ${source.namespace}/${source.name}`;
    case 'unknown': return source.why;
    case 'deferred': return source.expression;
  }
}
