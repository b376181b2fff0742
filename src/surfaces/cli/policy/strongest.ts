/** The strongest policy that what was found satisfies: each demand steps down until it holds, judged as `verify` would judge it. */
import { reason } from '../../../domain/decision/reasons.ts';
import type { Finding } from '../../../domain/decision/finding.ts';
import type { FetchProblem } from '../../../domain/ports.ts';
import type { PolicyProblem } from '../../../domain/policy/policy.ts';
import { draftPolicy, leftOut, trialName, writePolicy, writeTrial } from '../../../explain/index.ts';
import type { Draft, KnownKeys, Standing } from '../../../explain/index.ts';
import type { Inspection } from '../../../domain/decision/inspection.ts';
import type { ReviewRequest } from '../../../domain/decision/review.ts';
import { shownText } from '../../../text/shown.ts';
import type { Inspected, Judgement } from '../context.ts';

/** Widest line about what is not asked for. */
const WIDEST = 400;

/** What a policy is written from. */
export interface Found {
  readonly inspection: Inspection;
  readonly keys: KnownKeys;
  /** Compiles a policy and judges the same artifact by the same evidence. */
  judge(policy: string): Promise<Judgement>;
}

/** What came of it: a policy that the evidence satisfies, if there is one, and what it does not ask for, each in a line. */
export interface Strongest {
  readonly policy?: string;
  readonly leftOut: readonly string[];
  /** What was found could not be judged for a reason of ours, so that nothing is known of it. */
  readonly undetermined?: string;
}

/** What was found of the artifact of a review, by these keys among others. */
export function foundOf({ inspection, judge }: Inspected, keys: KnownKeys, review: ReviewRequest): Found {
  return { inspection, keys, judge: (policy) => judge(policy, review) };
}

/** No requirement is written that does not hold now; `name` is the policy's, `now` in epoch milliseconds. */
export async function strongestPolicy({ inspection, keys, judge }: Found, name: string, now: number): Promise<Strongest> {
  const draft = draftPolicy(inspection, keys, now);
  let standings: readonly Standing[] = draft.demands.map(() => ({ form: 0, because: [] }));
  const last = new Map<number, Fall>();
  for (;;) {
    const trial = writeTrial(draft, standings);
    if (trial === undefined) return { leftOut: shownLines(draft, standings), ...openOf(inspection, draft, last) };
    const { problems, findings } = await judge(trial.text);
    const errors = problems.filter(({ severity }) => severity === 'error');
    const fault = faultIn(findings);
    if (fault !== undefined) return { leftOut: [], undetermined: fault };
    const { order } = trial;
    const fallen = errors.length > 0 ? await refused(draft, standings, { order, errors, judge }) : unmet(order, findings);
    if (fallen.size === 0) break;
    for (const [index, fall] of fallen) last.set(index, fall);
    standings = standings.map((standing, index) => stepped(standing, fallen.get(index)?.why));
  }
  const policy = writePolicy(draft, standings, name);
  const lines = shownLines(draft, standings);
  if (policy === undefined) return { leftOut: lines };
  const wrong = await wrongWith(policy, judge);
  return wrong === undefined ? { policy, leftOut: lines } : { leftOut: [], undetermined: wrong };
}

function shownLines(draft: Draft, standings: readonly Standing[]): readonly string[] {
  return leftOut(draft, standings).map((line) => shownText(line, WIDEST));
}

/** What was asked for alone is written together: the text that is given away is judged itself. */
async function wrongWith(policy: string, judge: Found['judge']): Promise<string | undefined> {
  const { problems, findings } = await judge(policy);
  const unmet = findings.find(({ verdict }) => verdict !== 'satisfied');
  const error = problems.find(({ severity }) => severity === 'error');
  return error?.message ?? faultIn(findings) ?? (unmet === undefined ? undefined : `${unmet.requirement ?? ''}: ${wordOf(unmet)}`);
}

function faultIn(findings: readonly Finding[]): string | undefined {
  const fault = findings.find(({ verdict, code }) => verdict === 'undetermined' && code.startsWith('ENGINE_'));
  return fault === undefined ? undefined : `${fault.code}: ${fault.cause ?? 'the evidence could not be judged'}`;
}

/** What is told of it besides the policy. */
export function strongestLines({ leftOut: lines, undetermined }: Strongest): readonly string[] {
  return [...lines.map((line) => `not asked for: ${line}`), ...(undetermined === undefined ? [] : [`no policy is written: ${shownText(undetermined, WIDEST)}`])];
}

/** True where something could not be looked at or judged, so that what was found may not be all there is. */
export function isOpen({ problems }: Inspection, { policy, undetermined }: Strongest): boolean {
  // A commit that was not handed over keeps nobody from asking for what others say of it.
  const isInTheWay = ({ code }: FetchProblem): boolean =>
    reason(code).verdict === 'undetermined' && (code !== 'FETCH_NOT_GIVEN' || policy === undefined);
  return undetermined !== undefined || problems.some(isInTheWay);
}

/** Why a demand does not hold, and whether that is only not known. */
interface Fall {
  readonly why: string;
  readonly isOpen: boolean;
}

/** By the indexes of demands. One that nothing was said about does not hold either. */
type Fallen = ReadonlyMap<number, Fall>;

/**
 * Where nothing is left to ask for: what is not known, if nothing but that speaks against all that was proven, or where nothing was, kept
 * some piece from being proven. Pieces that prove nothing for other reasons speak neither for nor against the rest.
 */
function openOf({ evidence }: Inspection, draft: Draft, last: Fallen): Pick<Strongest, 'undetermined'> {
  const falls = [...last.values()];
  if (draft.leftOut.length > 0 || !falls.every(({ isOpen }) => isOpen)) return {};
  const piece = evidence.flatMap(({ problems }) => problems).find(({ code }) => reason(code).verdict === 'undetermined');
  const why = falls[0]?.why ?? (piece && wordOf({ ...piece, found: piece.found === undefined ? [] : [piece.found] }));
  return why === undefined ? {} : { undetermined: why };
}

function stepped({ form, because }: Standing, why: string | undefined): Standing {
  return why === undefined ? { form, because } : { form: form + 1, because: [...because, why] };
}

function unmet(order: readonly number[], findings: readonly Finding[]): Fallen {
  const fallen = order.flatMap((index): (readonly [number, Fall])[] => {
    const finding = findings.find(({ requirement }) => requirement === trialName(index));
    if (finding === undefined) return [[index, { why: 'it was not judged', isOpen: false }]];
    return finding.verdict === 'satisfied' ? [] : [[index, { why: wordOf(finding), isOpen: finding.verdict === 'undetermined' }]];
  });
  return new Map(fallen);
}

function wordOf({ code, found = [], cause }: Pick<Finding, 'code' | 'found' | 'cause'>): string {
  const [first] = found;
  return `${code}${first === undefined ? '' : `: ${first}`}${first === undefined && cause !== undefined ? `: ${cause}` : ''}`;
}

interface Refusal {
  readonly order: readonly number[];
  readonly errors: readonly PolicyProblem[];
  readonly judge: Found['judge'];
}

/** What does not compile: requirements at their places, otherwise all demands of the signers who cannot be written down. */
async function refused(draft: Draft, standings: readonly Standing[], { order, errors, judge }: Refusal): Promise<Fallen> {
  const placed = errors.flatMap(({ path, message }): (readonly [number, Fall])[] => {
    const index = order[Number(/^spec\.require\[(\d+)\]/.exec(path)?.[1] ?? -1)];
    return index === undefined ? [] : [[index, refusedBy(message)]];
  });
  if (placed.length > 0) return new Map(placed);
  const fallen: (readonly [number, Fall])[] = [];
  for (const signer of new Set(order.map((index) => draft.demands[index]?.signer))) {
    const alone = writeTrial(draft, standings, (demand) => demand.signer === signer);
    const wrong = alone === undefined ? undefined : (await judge(alone.text)).problems.find(({ severity }) => severity === 'error');
    if (alone !== undefined && wrong !== undefined) fallen.push(...alone.order.map((index) => [index, refusedBy(wrong.message)] as const));
  }
  // Signers who compile alone and not together: none of it can be written.
  return new Map(fallen.length > 0 ? fallen : order.map((index) => [index, refusedBy(errors[0]?.message ?? '')]));
}

function refusedBy(why: string): Fall {
  return { why, isOpen: false };
}
