/** Which namespaces a rule of Kyverno is for; what narrows it by anything else is told, and the policy speaks about more. */
import type { JsonObject } from '../../text/json/fields.ts';
import type { MapReader } from '../fields.ts';
import { selectorAt } from '../selector.ts';

const NAME = 'kubernetes.io/metadata.name';
const PLAIN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A label selector over namespaces; `undefined`: every namespace. */
export function namespacesOf(rule: MapReader): JsonObject | undefined {
  const wanted = filtersOf(rule, 'match');
  const isAll = (left: readonly string[]): boolean =>
    left.length === 0 || wanted.every(({ kinds }) => kinds.length > 0 && kinds.every((kind) => isAmong(kind, left)));
  const unwanted = filtersOf(rule, 'exclude').map((filter) => ({ ...filter, isOnlyNames: filter.isOnlyNames && isAll(filter.kinds) }));
  const expressions: JsonObject[] = [];
  const chosen = wanted.map((filter) => filter.namespaces);
  const labels = wanted.length === 1 ? wanted[0]?.selector : undefined;
  if (wanted.length > 0 && chosen.every((names) => names !== undefined))
    expressions.push({ key: NAME, operator: 'In', values: unique(chosen.flat()) });
  const excluded = unwanted.filter(({ isOnlyNames }) => isOnlyNames).flatMap(({ namespaces = [] }) => namespaces);
  if (excluded.length > 0) expressions.push({ key: NAME, operator: 'NotIn', values: unique(excluded) });
  if (unwanted.some(({ isOnlyNames }) => !isOnlyNames))
    rule.source.remark('stricter', rule.at('exclude'), {
      what: 'nothing is left out but namespaces by name', why: 'a policy here speaks about images in namespaces', help: 'label the namespaces, and select them',
    });
  if (wanted.some(({ isNarrower }) => isNarrower) || (wanted.length > 1 && wanted.some(({ selector }) => selector !== undefined)))
    rule.source.remark('stricter', rule.at('match'), {
      what: 'the policy speaks about more objects', why: 'a policy here speaks about images in namespaces, whatever object names them',
      help: 'label the namespaces, and select them',
    });
  const { matchLabels, matchExpressions } = labels ?? {};
  const all = [...(Array.isArray(matchExpressions) ? (matchExpressions as readonly JsonObject[]) : []), ...expressions];
  if (matchLabels === undefined && all.length === 0) return undefined;
  return { ...(matchLabels === undefined ? {} : { matchLabels }), ...(all.length === 0 ? {} : { matchExpressions: all }) };
}

/** True where what is left out is all of what is meant: `Pod` stands for the objects that make pods, unless they are named as well. */
function isAmong(kind: string, kinds: readonly string[]): boolean {
  const bare = (text: string): string => text.replace(/^(?:.*\/)?(?=[^/]+$)/, '');
  return kinds.some((one) => one === '*' || bare(one) === bare(kind));
}

interface Filter {
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[] | undefined;
  readonly selector: JsonObject | undefined;
  /** It says something else as well, which narrows it. */
  readonly isNarrower: boolean;
  /** It says nothing but names of namespaces, for pods at least. */
  readonly isOnlyNames: boolean;
}

function filtersOf(rule: MapReader, key: 'match' | 'exclude'): readonly Filter[] {
  const block = rule.map(key);
  if (block === undefined) return [];
  const [any, all] = [block.maps('any'), block.maps('all')];
  // Several that all have to hold narrow each other: of those only the first is looked at.
  const lone = block.has('resources') || any.length + all.length === 0 ? [filterOf(block)] : [];
  const filters = [...any, ...all.slice(0, 1)].map(filterOf);
  all.slice(1).forEach(filterOf);
  const isMixed = all.length > 1 || (all.length > 0 && any.length > 0);
  return [...filters.map((filter) => (isMixed ? { ...filter, isNarrower: true, isOnlyNames: false } : filter)), ...lone];
}

function filterOf(of: MapReader): Filter {
  const others = ['subjects', 'roles', 'clusterRoles'].filter((key) => of.raw(key) !== undefined);
  const resources = of.map('resources');
  const kinds = resources?.texts('kinds') ?? [];
  const narrowing = ['name', 'names', 'annotations', 'selector', 'operations'].filter((key) => resources?.raw(key) !== undefined);
  const names = resources?.texts('namespaces') ?? [];
  const raw = resources?.raw('namespaceSelector');
  // Kyverno takes wildcards in labels; Kubernetes, and this house, do not.
  const isWild = /[*?]/.test(JSON.stringify(raw ?? ''));
  const selector = isWild || resources === undefined ? undefined : selectorAt(resources, 'namespaceSelector');
  const isPods = kinds.length === 0 || kinds.some((kind) => kind === 'Pod' || kind.endsWith('/Pod') || kind === '*');
  const namespaces = names.length > 0 && names.every((name) => PLAIN.test(name)) ? names : undefined;
  const isOther = others.length > 0 || narrowing.some((key) => key !== 'operations');
  return {
    kinds, namespaces, selector,
    isNarrower: isOther || !isPods || (names.length > 0 && namespaces === undefined) || isWild,
    isOnlyNames: namespaces !== undefined && !isOther && narrowing.length === 0 && raw === undefined && isPods,
  };
}

function unique(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))];
}
