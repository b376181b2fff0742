/** One look at everything that runs: page after page, each pod judged by the digest that its node has reported. */
import type { Decision } from '../../domain/decision/decision.ts';
import { eachBounded } from '../../flow/each-bounded.ts';
import { ownText, own } from '../../text/json/fields.ts';
import type { ListedObject } from '../../cluster/objects.ts';
import type { Judge } from '../forecast/forecast.ts';
import { questionsAbout } from '../forecast/population.ts';
import type { Question } from '../forecast/population.ts';
import { addRefusal } from './standings.ts';
import type { Standing } from './standings.ts';

/** All pods of the cluster, in pages; rejects when one of them cannot be read. */
export type PodPages = (signal: AbortSignal) => AsyncIterable<readonly ListedObject[]>;

/** What a round brought. */
export interface Round {
  readonly pods: number;
  readonly refused: number;
  /** Of these, those of which nothing is known to be wrong. */
  readonly undetermined: number;
  readonly standings: ReadonlyMap<string, Standing>;
}

/** How a round is made. */
export interface RoundParts {
  readonly pages: PodPages;
  readonly judge: Judge;
  /** Namespaces in which nobody is gated. */
  readonly except: ReadonlySet<string>;
  readonly atOnce?: number;
}

/**
 * Judges all of them. What is wrong with an image is the same for all of its pods and looked up once: those of one digest are judged one
 * right after the other. Rejects when a page cannot be read, and then nothing is known of what was not looked at.
 */
export async function lookAtAll({ pages, judge, except, atOnce = 8 }: RoundParts, signal: AbortSignal): Promise<Round> {
  const standings = new Map<string, Standing>();
  const seen = new Set<string>();
  const counts = { pods: 0, refused: 0, undetermined: 0 };
  for await (const page of pages(signal)) {
    const pods = page.filter((pod) => {
      const metadata = own(pod.object, 'metadata');
      const uid = ownText(metadata, 'uid') ?? `${ownText(metadata, 'namespace')}/${ownText(metadata, 'name')}`;
      // A list that was begun again brings some twice.
      const isNew = !seen.has(uid);
      seen.add(uid);
      return isNew && !except.has(ownText(metadata, 'namespace') ?? '');
    });
    const questions = pods.flatMap(questionsAbout).toSorted((a, b) => compare(imageOf(a), imageOf(b)));
    const judged = new Map<ListedObject, Decision[]>();
    await eachBounded(questions, atOnce, async (question) => {
      signal.throwIfAborted();
      const decision = await judge(question);
      judged.set(question.listed, [...(judged.get(question.listed) ?? []), decision]);
    });
    // In the order of the list, whoever was judged first: the same again has to look the same.
    for (const pod of pods) {
      const decisions = judged.get(pod);
      if (decisions === undefined) continue;
      counts.pods += 1;
      const refusals = decisions.filter(({ outcome }) => outcome === 'deny').toSorted((a, b) => compare(codesIn(a), codesIn(b)));
      if (refusals.length === 0) continue;
      counts.refused += 1;
      if (!refusals.some(isKnown)) counts.undetermined += 1;
      for (const decision of refusals) addRefusal(standings, pod, decision);
    }
  }
  signal.throwIfAborted();
  return { ...counts, standings };
}

function isKnown({ findings }: Decision): boolean {
  return findings.some(({ verdict, mode }) => verdict === 'violated' && mode === 'enforce');
}

function codesIn({ findings }: Decision): string {
  return findings.map(({ code, digest = '' }) => `${code} ${digest}`).join();
}

function imageOf({ pins, review }: Question): string {
  const [first] = pins.values();
  const container = own(own(review.object, 'spec'), 'containers');
  return first ?? (Array.isArray(container) ? (ownText(container[0], 'image') ?? '') : '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
