import { isolationBy } from '../src/evaluate/request/jail/policies/isolation.ts';
import { indexPolicies, readAhead } from '../src/evaluate/request/jail/policies/policy-index.ts';

/** Milliseconds per pod that is judged among many NetworkPolicies of its namespace. */
export interface JailedPods {
  readonly policies: number;
  /** Each policy selects a pod of its own; the list was seen before. */
  readonly distinct: number;
  /** Every policy demands the same label, which the pod has, and another one, which it has not. */
  readonly shared: number;
  /** One policy of all has changed since the last pod, so the list is another one. */
  readonly afterChange: number;
  /** The first pod after a start: each policy was read as it arrived from the API server, and no list of them was seen. */
  readonly first: number;
  /** What reading ahead took, for all of them; spread over the pages in which they arrive. */
  readonly readAhead: number;
}

type Labels = Record<string, string>;

/** Measures the median over many pods, each with labels of its own. */
export function jailedPods(policies: number, rounds = 1000): JailedPods {
  const distinct = listOf(policies, (index) => ({ app: `app-${index}` }));
  const shared = listOf(policies, (index) => ({ app: 'build', tier: `tier-${index}` }));
  const ahead = time(() => distinct.forEach(readAhead));
  const first = time(() => judge(distinct, { app: 'app-0', 'tekton.dev/taskRun': 'r' }));
  judge(shared, { app: 'build' });
  const round = (run: (index: number) => void, count: number): number => median(Array.from({ length: count }, (_, index) => time(() => run(index))));
  return {
    policies,
    distinct: round((index) => judge(distinct, { app: `app-${index % policies}`, 'tekton.dev/taskRun': `r-${index}` }), rounds),
    shared: round((index) => judge(shared, { app: 'build', tier: 'none', 'tekton.dev/taskRun': `r-${index}` }), rounds),
    afterChange: round((index) => judge([...distinct.slice(1), policyOf(index, { app: 'app-0' })], { app: 'app-0' }), Math.min(rounds, 50)),
    first,
    readAhead: ahead,
  };
}

function judge(list: readonly unknown[], labels: Labels): void {
  if (isolationBy(indexPolicies(list).selecting(labels)).state !== 'closed') throw new Error('the pod is not jailed');
}

function listOf(count: number, labels: (index: number) => Labels): readonly unknown[] {
  return [
    { metadata: { name: 'deny-all' }, spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
    ...Array.from({ length: count - 1 }, (_, index) => policyOf(index, labels(index))),
  ];
}

function policyOf(index: number, matchLabels: Labels): unknown {
  return { metadata: { name: `p-${index}` }, spec: { podSelector: { matchLabels }, policyTypes: ['Ingress', 'Egress'] } };
}

function time(run: () => void): number {
  const started = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
