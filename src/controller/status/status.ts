/** The status of one resource, as it should be. */
import type { JudgedDocument } from '../documents/documents.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { shownText } from '../../text/shown.ts';
import type { PolicyCounts } from '../activity/sum.ts';
import { kubeTime } from '../cluster/times.ts';
import { conditionsOf, dated, whatEnds } from './conditions.ts';
import type { DatedCondition } from './conditions.ts';
import type { Relied } from './relied.ts';

/** A further part of status, as a forecast; its keys belong to it alone. Gives nothing while it has nothing to say. */
export interface StatusPart {
  readonly keys: readonly string[];
  /** False: it will have something to say soon, and what stands there is not taken out for it. Default: true. */
  readonly isKnown?: boolean;
  of(document: JudgedDocument): JsonObject | undefined;
}

/** What status is made from, besides the document. */
export interface StatusSources {
  readonly relied: Relied;
  readonly activity: (key: string) => PolicyCounts | undefined;
  readonly parts: readonly StatusPart[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The members that we write; whatever else stands in a status is somebody else's. */
export const STATUS_KEYS = ['observedGeneration', 'conditions', 'problems', 'warnings', 'expires', 'activity'] as const;

const MOST = { problems: 32, warnings: 32, expires: 16, reasons: 10, text: 1024 };

/**
 * What should stand in the status of a document; `before` is what stands there. Names of namespaces and images are in it only where the
 * document itself says them: activity is counts, times and codes.
 */
export function statusOf(document: JudgedDocument, before: unknown, { relied, activity, parts, now }: StatusSources): JsonObject {
  const { key, generation, state } = document;
  const ends = relied.ends(key);
  const trust = state === 'good' || state === 'lastGood' ? relied.trust(key) : undefined;
  const conditions: readonly DatedCondition[] = dated(
    conditionsOf(document, { trust, ends, waits: relied.waits(key) }), document, before, now,
  );
  const soon = (ends ?? []).filter(({ state: end }) => end === 'expiring' || end === 'expired');
  const warnings = [
    ...document.warnings.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
    ...soon.map((one) => `${whatEnds(one)} ${one.state === 'expired' ? 'ended' : 'ends'} ${kubeTime(one.at)}`),
  ];
  const counts = activity(key);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions,
    ...listed('problems', document.problems.slice(0, MOST.problems)
      .map(({ path, message }) => ({ path: shownText(path, MOST.text), message: shownText(message, MOST.text) }))),
    ...listed('warnings', warnings.slice(0, MOST.warnings).map((text) => shownText(text, MOST.text))),
    ...listed('expires', soon.slice(0, MOST.expires).map((one) => ({ what: whatEnds(one), at: kubeTime(one.at) }))),
    ...(counts === undefined ? {} : { activity: activityOf(counts) }),
    ...Object.assign({}, ...parts.map((part) => part.of(document) ?? {})) as JsonObject,
  };
}

function listed(name: string, items: readonly unknown[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}

function activityOf({ matched, admitted, denied, undetermined, since, last, lastDenied, reasons }: PolicyCounts): JsonObject {
  const sorted = [...reasons].toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return {
    matched, admitted, denied, undetermined,
    since: kubeTime(since),
    ...(last === 0 ? {} : { last: kubeTime(last) }),
    ...(lastDenied === 0 ? {} : { lastDenial: kubeTime(lastDenied) }),
    ...listed('reasons', sorted.slice(0, MOST.reasons).map(([code, count]) => ({ code, count }))),
  };
}
