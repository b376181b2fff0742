/** The address of the page about an object, for texts that lead there. */
import type { DecisionRequest } from '../domain/decision/decision.ts';

/** Longest part of a name in it. */
const MOST = 253;

/** `BASE?kind=Pod&namespace=shop&name=web`: of the object and not of the decision, so that equal requests get equal texts. */
export function pageLink(base: string, { kind, namespace, name }: Pick<DecisionRequest, 'kind' | 'namespace' | 'name'>): string {
  const query = Object.entries({ kind, namespace, name })
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(value.slice(0, MOST).toWellFormed())}`);
  return query.length === 0 ? base : `${base}?${query.join('&')}`;
}
