/** A forecast taken apart by policy: what each of them would refuse if it enforced, for its status. */
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

/** By the name of the policy as findings have it: `acme-images`, `team-a/our-images`. Policies that would refuse nothing are not in it. */
export function forecastByPolicy(
  { refused, at, incomplete }: Pick<Forecast, 'refused' | 'at' | 'incomplete'>,
): ReadonlyMap<string, PolicyForecast> {
  const items = new Map<string, PolicyForecastItem[]>();
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
