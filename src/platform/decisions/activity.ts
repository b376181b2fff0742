/** What each policy did lately, and the latest denials, as one replica knows them: for the controller, which sums them up. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { standingOf } from '../../domain/decision/standing.ts';
import type { StandingObject } from '../../domain/decision/standing.ts';

/** What one policy did since the start. Each request is counted once, by the worst that the policy found in it. */
export interface PolicyActivity {
  /** As findings name it: `namespace/name` for an ArtifactPolicy. */
  readonly policy: string;
  /** True for policies about pipelines, whose names are apart. */
  readonly ofRequest: boolean;
  /** Requests about which it spoke: the sum of the following three. */
  readonly matched: number;
  /** Satisfied, or not and only told: by its mode, or an exception. */
  readonly admitted: number;
  /** Violated under enforce. */
  readonly denied: number;
  /** Under enforce not known, and therefore denied. */
  readonly undetermined: number;
  /** Epoch milliseconds. */
  readonly last: number;
  /** When it denied last; 0: never. */
  readonly lastDenied: number;
  /** What was not satisfied, whatever the mode: findings by reason code. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** A denial that really happened. */
export interface Denial {
  /** Counts the denials of this replica, from 1. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Under which it is found on the page of decisions. */
  readonly id: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly standing?: StandingObject;
  /** What denied it: each code once for a policy; without a policy an empty one. */
  readonly reasons: readonly { readonly policy: string; readonly ofRequest: boolean; readonly code: string }[];
}

/** What a replica tells. */
export interface ActivityReport {
  /** Different for every start of every replica. */
  readonly replica: string;
  /** Since when it counts, epoch milliseconds. */
  readonly since: number;
  readonly policies: readonly PolicyActivity[];
  /** Policies that were forgotten because others have spoken since. */
  readonly forgotten: number;
  /** The latest ones, the oldest first. */
  readonly denials: readonly Denial[];
}

/** Counts for every policy, and the latest denials. */
export interface Activity {
  /** Must be told each decision once, when it is final. */
  record(decision: Decision, review: ReviewRequest): void;
  report(): ActivityReport;
}

/** How it counts. */
export interface ActivityOptions {
  /** A name for this start of this replica. */
  readonly replica: string;
  readonly since: number;
  /** Whether the caller has shown as much as callers can: what others send is not counted. */
  readonly isProven: (review: ReviewRequest) => boolean;
  readonly most?: { readonly policies?: number; readonly denials?: number };
}

/** Policies that are told apart; one that nobody has matched for longest is forgotten first. */
const MOST_POLICIES = 5000;
const MOST_DENIALS = 256;
/** Of one namespace: nobody's denials push out those of all others. */
const MOST_OF_NAMESPACE = 64;
const MOST_REASONS = 16;

interface Count {
  readonly policy: string;
  readonly ofRequest: boolean;
  matched: number;
  admitted: number;
  denied: number;
  undetermined: number;
  last: number;
  lastDenied: number;
  readonly reasons: Map<string, number>;
  /** The worst that this policy found in the request that is being counted: 0 admits, 1 is not known, 2 denies. */
  worst: 0 | 1 | 2;
}

/**
 * Counts what policies do. A dry run is not counted (security.md H13), nor is the first of two looks at one request (`mutate`).
 *
 * On the way of every request: for one that one policy admits it makes no object.
 */
export function createActivity({ replica, since, isProven, most = {} }: ActivityOptions): Activity {
  const { policies: mostPolicies = MOST_POLICIES, denials: mostDenials = MOST_DENIALS } = most;
  /** By name, the one that spoke last at the end: apart for policies about artifacts and about pipelines. */
  const [artifacts, requests] = [new Map<string, Count>(), new Map<string, Count>()];
  const denials: Denial[] = [];
  const spoken: Count[] = [];
  let denied = 0;
  let forgotten = 0;

  const countOf = (policy: string, ofRequest: boolean): Count => {
    const counts = ofRequest ? requests : artifacts;
    const known = counts.get(policy);
    if (known !== undefined) return known;
    if (artifacts.size + requests.size >= mostPolicies) forgotten += forgetOldest(artifacts, requests);
    const made: Count = {
      policy, ofRequest, matched: 0, admitted: 0, denied: 0, undetermined: 0, last: 0, lastDenied: 0, reasons: new Map(), worst: 0,
    };
    counts.set(policy, made);
    return made;
  };

  const see = (finding: Finding): void => {
    const { policy, verdict, code } = finding;
    if (policy === undefined) return;
    const count = countOf(policy, finding.ofRequest === true);
    if (!spoken.includes(count)) {
      count.worst = 0;
      spoken.push(count);
    }
    if (verdict === 'satisfied') return;
    if (count.reasons.has(code) || count.reasons.size < MOST_REASONS) count.reasons.set(code, (count.reasons.get(code) ?? 0) + 1);
    if (finding.mode !== 'enforce') return;
    count.worst = verdict === 'violated' || count.worst === 2 ? 2 : 1;
  };

  const keep = (decision: Decision, review: ReviewRequest): void => {
    const standing = standingOf(review);
    const { group, kind, namespace, name } = decision.request;
    denied += 1;
    denials.push({
      number: denied, at: decision.at, id: decision.id, group, kind, namespace, name,
      ...(standing === undefined ? {} : { standing }),
      reasons: reasonsOf(decision.findings),
    });
    const own = denials.filter((one) => one.namespace === namespace);
    if (own.length > MOST_OF_NAMESPACE && own[0] !== undefined) denials.splice(denials.indexOf(own[0]), 1);
    else if (denials.length > mostDenials) denials.shift();
  };

  return {
    record(decision, review) {
      const { request, outcome, findings, at } = decision;
      if (request.dryRun || request.surface === 'mutate' || !isProven(review)) return;
      spoken.length = 0;
      for (const finding of findings) see(finding);
      for (const count of spoken) {
        count.matched += 1;
        count[OUTCOMES[count.worst]] += 1;
        count.last = at;
        if (count.worst > 0) count.lastDenied = at;
      }
      if (outcome === 'deny') keep(decision, review);
    },
    report: () => ({
      replica,
      since,
      policies: [...artifacts.values(), ...requests.values()].map(({ worst: _, reasons, ...count }) => ({
        ...count, reasons: Object.fromEntries(reasons),
      })),
      forgotten,
      denials: [...denials],
    }),
  };
}

const OUTCOMES = ['admitted', 'undetermined', 'denied'] as const;

/** Makes room for a tenth more, so that looking for the oldest is rare. */
function forgetOldest(...all: readonly Map<string, Count>[]): number {
  const counts = all.flatMap((map) => [...map.values()].map((count) => ({ map, count }))).toSorted((a, b) => a.count.last - b.count.last);
  const gone = counts.slice(0, Math.max(1, Math.floor(counts.length / 10)));
  for (const { map, count } of gone) map.delete(count.policy);
  return gone.length;
}

const MOST_TOLD = 16;

function reasonsOf(findings: readonly Finding[]): Denial['reasons'] {
  const failing = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode === 'enforce');
  const told = new Map(failing.map(({ policy = '', ofRequest = false, code }) =>
    [`${policy} ${ofRequest} ${code}`, { policy, ofRequest, code }]));
  return [...told.values()].slice(0, MOST_TOLD);
}
