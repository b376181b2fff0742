/** What enforcing a set of policies would break: everything that starts pods judged as if it were created now, and later. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { Forecast, ForecastEnd, ForecastOwner } from '../../domain/decision/forecast.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import type { ListedObjects } from '../../cluster/objects.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { foldOwners } from './fold-owners.ts';
import type { Refused } from './fold-owners.ts';
import { ownersIn } from './owners.ts';
import { questionsAbout } from './population.ts';
import type { Question } from './population.ts';
import { withRevisions } from './revisions.ts';

/** Judges a question by policies that enforce; tags in it stand for the digests of its pins. */
export type Judge = (question: Question) => Promise<Decision> | Decision;

/** How a forecast is made. */
export interface Forecasting {
  /** The judge of a moment, in epoch milliseconds. */
  readonly judgeAt: (at: number) => Judge;
  readonly now: number;
  /** Ends of trust and of exceptions that are looked at ahead; asked once the present was judged, which may have told of some. */
  readonly expiries?: () => readonly Expiry[];
  /** Namespaces in which nobody is gated; default: those that the webhook as it is shipped passes over. */
  readonly ungated?: ReadonlySet<string> | undefined;
  /** Questions at once; default 8. */
  readonly atOnce?: number;
  /** Moments that are looked at ahead, the first of them; default 8: each is as much work as the present. */
  readonly mostEnds?: number;
  /** Ends it in the midst. */
  readonly signal?: AbortSignal;
  /** Told before each question, for people who wait. */
  readonly progress?: ((done: number, of: number) => void) | undefined;
}

const MOST_ENDS = 8;

/** Judges all of it. Never throws for what the objects are; what the judge throws, it throws, and when it is aborted. */
export async function forecast({ objects: listed, problems }: ListedObjects, how: Forecasting): Promise<Forecast> {
  const objects = withRevisions(listed);
  const questions = objects.flatMap(questionsAbout);
  const unmatched = new Set<unknown>();
  const judge = how.judgeAt(how.now);
  const present = await judgeEach(questions, async (question) => {
    const decision = await judge(question);
    if (decision.findings.some(({ code }) => code === 'SELECT_NO_POLICY')) unmatched.add(question.listed);
    return decision;
  }, how);
  const ownerOf = ownersIn(objects);
  const fold = (refused: readonly Refused[]): readonly ForecastOwner[] => foldOwners(refused, { ownerOf, questions, ungated: how.ungated });
  const { moments, left } = momentsOf(how.expiries?.() ?? [], how.mostEnds ?? MOST_ENDS);
  const admitted = questions.filter((_, index) => present[index] === undefined);
  const ends: ForecastEnd[] = [];
  for (const { at, ends: over } of moments) {
    // Whatever else changes with time is the same a millisecond before: only what ends here makes a difference.
    const before = await judgeEach(admitted, how.judgeAt(at), how);
    const after = await judgeEach(admitted, how.judgeAt(at + 1), how);
    const changed = after.filter((one, index) => one !== undefined && before[index] === undefined) as Refused[];
    // A registry may have gone away in between: then it is refused at both moments when it is asked about again.
    const again = await judgeEach(changed.map(({ question }) => question), how.judgeAt(at), how);
    const refused = changed.filter((_, index) => again[index] === undefined);
    if (refused.length > 0) ends.push({ at: new Date(at).toISOString(), ends: over, refused: fold(refused) });
  }
  return {
    at: new Date(how.now).toISOString(),
    objects: new Set(questions.map(({ listed }) => listed)).size,
    owners: new Set(questions.map(({ listed }) => ownerOf(listed).key)).size,
    unmatched: unmatched.size,
    refused: fold(present.filter((one) => one !== undefined)),
    ends,
    notes: [...problems, ...(left === 0 ? [] : [`${left} further ends of trust are not looked at: ask for a shorter time ahead`])],
    incomplete: problems.length > 0,
  };
}

/** What is refused, in the order of the questions; `undefined` for what is let in. */
export async function judgeEach(
  questions: readonly Question[], judge: Judge, { atOnce = 8, progress, signal }: Pick<Forecasting, 'atOnce' | 'progress' | 'signal'> = {},
): Promise<readonly (Refused | undefined)[]> {
  let done = 0;
  return eachBounded(questions, atOnce, async (question) => {
    signal?.throwIfAborted();
    progress?.(done += 1, questions.length);
    const decision = await judge(question);
    return decision.outcome === 'deny' ? { question, findings: decision.findings.filter(denies) } : undefined;
  });
}

function denies({ verdict, mode }: Finding): boolean {
  return verdict !== 'satisfied' && mode === 'enforce';
}

interface Moment {
  readonly at: number;
  readonly ends: ForecastEnd['ends'];
}

/** The first moments; lists of revoked certificates, which others renew, take no place from an end that only people can move. */
function momentsOf(expiries: readonly Expiry[], most: number): { readonly moments: readonly Moment[]; readonly left: number } {
  const byTime = Map.groupBy(expiries.filter(({ state }) => state === 'expiring'), ({ at }) => at);
  const moments = [...byTime].toSorted(([a], [b]) => a - b)
    .map(([at, ends]) => ({ at, ends: ends.map(({ kind, name, item }) => ({ kind, name, item })) }));
  const [ofPeople, ofLists] = [moments.filter((one) => !isOfLists(one)), moments.filter(isOfLists)];
  const chosen = [...ofPeople, ...ofLists].slice(0, most).toSorted((a, b) => a.at - b.at);
  return { moments: chosen, left: Math.max(0, moments.length - most) };
}

function isOfLists({ ends }: Moment): boolean {
  return ends.every(({ kind }) => kind === 'revocation-list');
}
