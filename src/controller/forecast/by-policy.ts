/** A forecast taken apart by policy: what each of them would refuse if it enforced, for its status. */
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Forecast, ForecastObject } from '../../domain/decision/forecast.ts';

/** What one policy would refuse, whatever others do. */
export interface PolicyForecast {
  /** Owners that have something that it would refuse. */
  readonly wouldDeny: number;
  /** RFC 3339. */
  readonly checkedAt: string;
  readonly items: readonly PolicyForecastItem[];
  /** Not everything could be listed. */
  readonly incomplete?: true;
}

/** One of them. */
export interface PolicyForecastItem extends ForecastObject {
  readonly since?: string;
  readonly repairs?: string;
  readonly reasons: readonly string[];
}

/** Most that are listed in a status; the number counts all. */
const MOST_ITEMS = 20;

/**
 * By the name of the policy as findings have it: `acme-images`, `team-a/our-images`. Policies of the set that would refuse nothing are
 * in it as such.
 */
export function forecastByPolicy(
  { refused, at, incomplete }: Pick<Forecast, 'refused' | 'at' | 'incomplete'>,
  set: Pick<PolicySet, 'policies' | 'requestPolicies'>,
): ReadonlyMap<string, PolicyForecast> {
  const names = [...set.policies.map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`)),
    ...(set.requestPolicies ?? []).map(({ name }) => name)];
  const items = new Map<string, PolicyForecastItem[]>(names.map((name) => [name, []]));
  for (const { object, since, repairs, parts } of refused) {
    const reasons = parts.flatMap((part) => part.reasons);
    for (const policy of new Set(reasons.flatMap((one) => one.policy ?? []))) {
      const codes = [...new Set(reasons.filter((one) => one.policy === policy).map(({ code }) => code))];
      const item = { ...object, ...(since === undefined ? {} : { since }), ...(repairs === undefined ? {} : { repairs }), reasons: codes };
      items.set(policy, [...(items.get(policy) ?? []), item]);
    }
  }
  return new Map([...items].map(([policy, all]) => [policy, {
    wouldDeny: all.length, checkedAt: at, items: all.slice(0, MOST_ITEMS), ...(incomplete ? { incomplete } : {}),
  }]));
}
