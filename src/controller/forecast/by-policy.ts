/** A forecast taken apart by policy: what each of them would refuse if it enforced, for its status. */
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Forecast, ForecastEnd, ForecastObject, ForecastOwner } from '../../domain/decision/forecast.ts';
import { endText } from '../../explain/index.ts';
import { shownText } from '../../text/shown.ts';
import { policyKey } from '../activity/sum.ts';
import { keyOf } from '../documents/kinds.ts';

/** What one policy would refuse, whatever others do. */
export interface PolicyForecast {
  /** Owners that have something that it would refuse. */
  readonly wouldDeny: number;
  /** RFC 3339. */
  readonly checkedAt: string;
  /** The first of them. */
  readonly items: readonly PolicyForecastItem[];
  /** Reason codes of all of them. */
  readonly reasons: readonly string[];
  /** Of all of them, those that the cluster needs to mend itself. */
  readonly repairs: number;
  /** What it would refuse besides once trust or an exception ends; absent where nothing is let in only until then. */
  readonly ends?: readonly PolicyForecastEnd[];
  /** Not everything could be listed. */
  readonly incomplete?: true;
}

/** One of them. */
export interface PolicyForecastItem extends ForecastObject {
  readonly since?: string;
  readonly repairs?: string;
  readonly reasons: readonly string[];
}

/** What ends, and what of the policy would be refused from then on. */
export interface PolicyForecastEnd {
  /** RFC 3339. */
  readonly at: string;
  readonly what: readonly string[];
  /** Owners that are let in until then. */
  readonly wouldDeny: number;
}

/** Most that are listed in a status; the numbers count all. */
const MOST = { items: 20, what: 8, text: 512 };

/**
 * By the key of its document: `ClusterArtifactPolicy acme-images`, `ArtifactPolicy team-a/our-images`. Policies of the set that would
 * refuse nothing are in it as such.
 */
export function forecastByPolicy(
  { refused, ends, at, incomplete }: Pick<Forecast, 'refused' | 'ends' | 'at' | 'incomplete'>,
  set: Pick<PolicySet, 'policies' | 'requestPolicies'>,
): ReadonlyMap<string, PolicyForecast> {
  const keys = [
    ...set.policies.map(({ namespace = '', name, kind }) => keyOf({ kind, namespace, name })),
    ...(set.requestPolicies ?? []).map(({ name }) => keyOf({ kind: 'PipelinePolicy', namespace: '', name })),
  ];
  const items = itemsOf(refused);
  const later = ends.map((end) => ({ end, items: itemsOf(end.refused) }));
  return new Map(keys.map((key): [string, PolicyForecast] => {
    const all = items.get(key) ?? [];
    const coming = later.flatMap(({ end, items: of }) => endOf(end, of.get(key)?.length ?? 0, key.startsWith('ArtifactPolicy ')));
    return [key, {
      wouldDeny: all.length, checkedAt: at, items: all.slice(0, MOST.items),
      reasons: [...new Set(all.flatMap(({ reasons }) => reasons))].toSorted(),
      repairs: all.filter((item) => item.repairs !== undefined).length,
      ...(coming.length === 0 ? {} : { ends: coming }),
      ...(incomplete ? { incomplete } : {}),
    }];
  }));
}

function itemsOf(owners: readonly ForecastOwner[]): ReadonlyMap<string, readonly PolicyForecastItem[]> {
  const items = new Map<string, PolicyForecastItem[]>();
  for (const { object, since, repairs, ungated, parts } of owners) {
    // Nobody asks about it, so that nothing of it is denied.
    if (ungated === true) continue;
    const codes = new Map<string, Set<string>>();
    for (const { policy, ofRequest = false, code } of parts.flatMap((part) => part.reasons)) {
      if (policy === undefined) continue;
      const key = policyKey({ policy, ofRequest });
      codes.set(key, (codes.get(key) ?? new Set()).add(code));
    }
    for (const [key, reasons] of codes) {
      const more = { ...(since === undefined ? {} : { since }), ...(repairs === undefined ? {} : { repairs }) };
      const item = { ...object, ...more, reasons: [...reasons] };
      const known = items.get(key);
      if (known === undefined) items.set(key, [item]);
      else known.push(item);
    }
  }
  return items;
}

/** At one moment more can end than the policy of a tenant knows of: exceptions are called after whoever asked for them. */
function endOf({ at, ends }: ForecastEnd, wouldDeny: number, ofTenant: boolean): readonly PolicyForecastEnd[] {
  if (wouldDeny === 0) return [];
  const what = new Set(ends.map((one) => (ofTenant && one.kind === 'exception' ? 'an exception' : shownText(endText(one), MOST.text))));
  return [{ at, what: [...what].slice(0, MOST.what), wouldDeny }];
}
