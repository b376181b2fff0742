/** The findings of a decision by what they are about: containers with the same image and the same findings are one group. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Finding, Verdict } from '../../domain/decision/finding.ts';

/** An artifact, or the object itself, with everything that was found about it. */
export interface FindingGroup {
  /** As written; empty for the object itself. */
  readonly artifact: string;
  readonly digest?: string | undefined;
  /** Where it stands, sorted as people count, each with the container or step that it is. */
  readonly places: readonly string[];
  /** The worst of its findings. */
  readonly verdict: Verdict;
  /** Each once, however many places it is about. */
  readonly findings: readonly Finding[];
}

const WORST: Readonly<Record<Verdict, number>> = { violated: 0, undetermined: 1, satisfied: 2 };

/** The groups in the order of their first finding, so failing ones come first; nothing is lost but repetition. */
export function groupsOf({ findings, artifacts }: Decision): readonly FindingGroup[] {
  const byPlace = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([placeKey(finding), finding.artifact, finding.digest ?? '']);
    byPlace.set(key, [...(byPlace.get(key) ?? []), finding]);
  }
  const groups = new Map<string, Finding[][]>();
  for (const group of byPlace.values()) {
    const key = JSON.stringify(group.map(withoutPlace));
    groups.set(key, [...(groups.get(key) ?? []), group]);
  }
  return [...groups.values()].map((alike): FindingGroup => {
    const [first = []] = alike;
    const [{ artifact = '', digest } = {} as Finding] = first;
    const worst = first.toSorted((a, b) => WORST[a.verdict] - WORST[b.verdict])[0]?.verdict ?? 'satisfied';
    const places = alike.flatMap(([one]) => (one === undefined || one.path === '' ? [] : [placeName(one, artifacts)]));
    return { artifact, digest, places: places.toSorted(asCounted), verdict: worst, findings: first };
  });
}

function placeKey({ path, ofRequest, holder = '', task = '' }: Finding): readonly unknown[] {
  return ofRequest === true ? [path, holder, task] : [path];
}

/** Everything that is shown of a finding but where it is. */
function withoutPlace({ path: _path, holder: _holder, task: _task, ...rest }: Finding): unknown {
  return rest;
}

function placeName(finding: Finding, artifacts: Decision['artifacts']): string {
  const { holder, task } = finding.holder !== undefined || finding.task !== undefined
    ? finding : artifacts.find(({ path }) => path === finding.path) ?? finding;
  const named = [task === undefined || task === '' ? '' : `task ${task}`, holder ?? ''].filter((part) => part !== '').join(', ');
  return named === '' ? finding.path : `${finding.path} (${named})`;
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

function asCounted(a: string, b: string): number {
  return COLLATOR.compare(a, b);
}
