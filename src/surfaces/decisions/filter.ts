/** Which decisions a reader wants to see, as the address of the page says it. */
import type { Decision } from '../../domain/decision/decision.ts';
import { referenceOf } from '../../explain/index.ts';

/** What came out, or what strictness says of it. */
export const WANTED = ['deny', 'warn', 'admit', 'violated', 'undetermined'] as const;
/** After how many seconds the browser asks again. */
export const REFRESHES = [10, 60] as const;

const MOST_TEXT = 200;

/** What is wanted; an empty text stands for everything. */
export interface Filter {
  /** Exactly this namespace; whoever may read no more than it has to name it. */
  readonly namespace: string;
  readonly decision: (typeof WANTED)[number] | '';
  /** Exactly this kind, in any case. */
  readonly kind: string;
  /** Exactly this name of the object. */
  readonly name: string;
  /** Part of what is shown: an image, a code, a policy, a user. */
  readonly text: string;
  readonly refresh?: (typeof REFRESHES)[number] | undefined;
}

/** A filter, or what is wrong with the address, for the reader. */
export type ReadFilter = { readonly ok: true; readonly filter: Filter } | { readonly ok: false; readonly problem: string };

const KEYS = ['namespace', 'decision', 'kind', 'name', 'text', 'refresh'] as const;

/** Reads a query: each of its keys once, none that is not known (a typing error would show everything), no longer than what is shown. */
export function readFilter(query: Readonly<Record<string, unknown>>): ReadFilter {
  for (const [key, value] of Object.entries(query)) {
    if (!KEYS.some((known) => known === key))
      return { ok: false, problem: `there is no filter ${quoted(key)}; expected ${KEYS.join(', ')}` };
    if (typeof value !== 'string') return { ok: false, problem: `${key}: expected one value` };
    if (value.length > MOST_TEXT) return { ok: false, problem: `${key}: expected at most ${MOST_TEXT} characters, found ${value.length}` };
  }
  const of = (key: (typeof KEYS)[number]): string => String(query[key] ?? '').trim();
  const decision = of('decision');
  const wanted = WANTED.find((one) => one === decision);
  if (decision !== '' && wanted === undefined)
    return { ok: false, problem: `decision: expected one of ${WANTED.join(', ')}, found ${quoted(decision)}` };
  const refresh = REFRESHES.find((seconds) => String(seconds) === of('refresh'));
  if (of('refresh') !== '' && refresh === undefined)
    return { ok: false, problem: `refresh: expected one of ${REFRESHES.join(', ')} seconds, found ${quoted(of('refresh'))}` };
  const [namespace, kind, name, text] = [of('namespace'), of('kind'), of('name'), of('text')];
  return { ok: true, filter: { namespace, decision: wanted ?? '', kind, name, text, refresh } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}

/** True for a decision that is wanted. */
export function matches(decision: Decision, { namespace, decision: wanted, kind, name, text }: Filter): boolean {
  const { request, outcome, verdict } = decision;
  if (namespace !== '' && request.namespace !== namespace) return false;
  if (wanted !== '' && outcome !== wanted && verdict !== wanted) return false;
  if (kind !== '' && request.kind.toLowerCase() !== kind.toLowerCase()) return false;
  if (name !== '' && request.name !== name) return false;
  return text === '' || [...shownTexts(decision)].some((shown) => shown.toLowerCase().includes(text.toLowerCase()));
}

function* shownTexts(decision: Decision): Generator<string> {
  const { id, request, artifacts, findings } = decision;
  yield* [id, request.uid, request.namespace, request.name, request.kind, request.user];
  for (const { raw, name, digest } of artifacts) yield* [raw, name, digest ?? ''];
  for (const { code, artifact, policy, requirement } of findings) yield* [code, artifact, policy ?? '', requirement ?? ''];
  if (decision.outcome === 'deny') yield referenceOf(decision);
}

/** The address of the page with this filter. */
export function addressOf(filter: Partial<Filter>): string {
  const written = KEYS.flatMap((key) => {
    const value = filter[key];
    return value === undefined || value === '' ? [] : [`${key}=${encodeURIComponent(value)}`];
  });
  return written.length === 0 ? '/decisions' : `/decisions?${written.join('&')}`;
}
