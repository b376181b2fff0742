/** Judges requests about resources of ours, in slices between those about everything else. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';
import { withoutObjects } from '../domain/decision/review.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { onBehalfOf } from '../flow/asker.ts';
import { createFairSlots } from '../flow/fair-slots.ts';
import { inSlices } from '../flow/slices.ts';
import { sameValue } from '../text/json/same.ts';
import { isObject } from '../text/json/fields.ts';
import { judgeAdministration } from './administrators.ts';
import { ownDecision } from './decision.ts';
import { judgeFourEyes } from './exception/four-eyes.ts';
import { judgeRights } from './exception/rights.ts';
import { denying } from './finding.ts';
import type { PolicyProblem } from '../domain/policy/policy.ts';
import { documentName, documentOf, named, ownKindOf } from './kinds.ts';
import type { OwnKind } from './kinds.ts';
import type { JudgeOwn, OwnBudget, OwnPorts } from './ports.ts';
import { createNamespaceLimit, sizeFinding } from './limits.ts';
import { createKnownDocuments } from './trial/known.ts';
import type { KnownDocument } from './trial/known.ts';
import { toldOf } from './told.ts';
import { tryOutSteps } from './trial/trial.ts';

export { ownKindOf } from './kinds.ts';
export type { AskExempt } from './exception/rights.ts';
export type { JudgeOwn, OwnBudget, OwnPorts } from './ports.ts';

/** The set in whose documents a request was tried out; one that waits is tried out in those of a later set. */
interface JudgedBy {
  policies: ReturnType<OwnPorts['policies']>;
}

/** Trials at once; a namespace has at most one of them. */
const TRIALS = 2;
/** Requests that wait for one. */
const MOST_WAITING = 64;
const OVERLOADED = denying('ENGINE_OVERLOADED', 'too many documents are being tried out');

/**
 * Judges what is written to the API server as it judges what is read from it, before anybody relies on it. All problems deny together;
 * advice, what is missing yet, what breaks and what is loosened are warnings. A deletion is never denied for what the document says.
 */
export function createOwnJudge(ports: OwnPorts): JudgeOwn {
  const known = createKnownDocuments();
  const limit = createNamespaceLimit(ports.policiesPerNamespace, () => ports.clock.now());
  const slots = createFairSlots({ slots: TRIALS });

  const tryOut = async (kind: OwnKind, review: ReviewRequest, signal: AbortSignal, by: JudgedBy): Promise<readonly Finding[]> => {
    const { operation, namespace, name } = review;
    const [before, after] = [review.oldObject, review.object].map((one) => (isObject(one) ? documentOf(one, name) : undefined));
    const size = sizeFinding(JSON.stringify(after) ?? '', kind);
    if (size !== undefined) return [size];
    const free = await slots.take(signal);
    try {
      by.policies = ports.policies();
      const documents = await known.of(ports.documents(), signal);
      const change = {
        kind, namespace, name, before: operation === 'CREATE' ? undefined : before, after: operation === 'DELETE' ? undefined : after,
      };
      const trial = await inSlices(tryOutSteps(change, documents, { trust: ports.trust, now: ports.clock.now() }), { signal });
      const unsigned = change.after === undefined ? undefined : ports.unsigned?.(change.after);
      const errors = unsigned === undefined ? trial.errors : [problemOf(kind, namespace, name, unsigned), ...trial.errors];
      return [...toldOf({ ...trial, errors }, kind === 'AdmissionException'), ...tooMany(kind, review, documents)];
    } finally {
      free();
    }
  };
  const tooMany = (
    kind: OwnKind, { operation, namespace, name }: ReviewRequest, documents: readonly KnownDocument[],
  ): readonly Finding[] => {
    const finding = kind === 'ArtifactPolicy' && operation === 'CREATE' ? limit.check(namespace, name, documents) : undefined;
    return finding === undefined ? [] : [finding];
  };

  const counted = ({ operation, namespace, name }: ReviewRequest): void => {
    if (operation === 'CREATE') limit.admitted(namespace, name);
    if (operation === 'DELETE') limit.deleted(namespace, name);
  };

  const judge = async (kind: OwnKind, review: ReviewRequest, signal: AbortSignal, by: JudgedBy): Promise<readonly Finding[]> => {
    if (slots.waiting >= MOST_WAITING) return [OVERLOADED];
    const mismatch = kindMismatch(kind, review);
    if (mismatch !== undefined) return [mismatch];
    const eyes = kind === 'AdmissionException' && review.operation !== 'DELETE' ? judgeFourEyes(review) : undefined;
    const said = [...await tryOut(kind, review, signal, by), ...(eyes?.findings ?? [])];
    if (eyes?.asksForRight !== true || said.some(({ mode }) => mode === 'enforce')) return said;
    return [...said, ...await judgeRights(review, ports.askExempt, signal)];
  };
  /** Without a time or a place to wait for: who may not, may not because there is none left either, and who breaks the glass is heard. */
  const judgeWho = (kind: OwnKind, review: ReviewRequest): Finding | undefined => {
    const who = judgeAdministration(kind, review, ports);
    if (who?.mode === 'warn') ports.onBreakGlass(withoutObjects(review), who.cause ?? '');
    return who;
  };
  /** Everything that is said of it besides who makes the change; never rejects. */
  const judgeWhat = async (
    kind: OwnKind, review: ReviewRequest, { keeping, signal: left }: OwnBudget, budgetMs: number, by: JudgedBy,
  ): Promise<readonly Finding[]> => {
    const signal = AbortSignal.any([left, budgetMs > 0 ? AbortSignal.timeout(budgetMs) : AbortSignal.abort()]);
    const kept = keeping === undefined ? (): void => undefined : keeping.count(review.namespace);
    try {
      const asker = { namespace: review.namespace, caller: review.user.username };
      return kept === undefined ? [OVERLOADED] : await onBehalfOf(asker, () => judge(kind, review, signal, by));
    } catch (fault) {
      if (!signal.aborted) ports.onFault(fault, review);
      return [denying(signal.aborted ? 'ENGINE_DEADLINE' : 'ENGINE_FAULT', '')];
    } finally {
      kept?.();
    }
  };
  const judgeBoth = async (
    kind: OwnKind, review: ReviewRequest, budget: OwnBudget, budgetMs: number, by: JudgedBy,
  ): Promise<readonly Finding[]> => {
    if (review.operation === 'UPDATE' && saysTheSame(review)) return [];
    const who = judgeWho(kind, review);
    if (who?.mode === 'enforce') return [who];
    const said = await judgeWhat(kind, review, budget, budgetMs, by);
    const all = who === undefined ? said : [who, ...said];
    return review.operation === 'DELETE' ? all.map(letGo) : all;
  };

  return async (kind, asked, budget) => {
    const review = named(asked);
    const at = ports.clock.now();
    const budgetMs = budget.deadline - at;
    const by: JudgedBy = { policies: ports.policies() };
    const findings = await judgeBoth(kind, review, budget, budgetMs, by);
    const durationMs = ports.clock.now() - at;
    const moment = { id: ports.newId(at), at, durationMs, ...by.policies, budgetMs };
    const decision = ownDecision(review, findings, moment);
    if (kind === 'ArtifactPolicy' && !review.dryRun && decision.outcome !== 'deny') counted(review);
    ports.recorder.record(decision, review);
    return decision;
  };
}

/** The resource says how an object is read; one that calls itself something else is not. */
function kindMismatch(kind: OwnKind, { object, operation }: ReviewRequest): Finding | undefined {
  if (operation === 'DELETE' || (isObject(object) && object['kind'] === kind)) return undefined;
  return denying('INPUT_KIND_MISMATCH', `expected kind ${kind}`, 'kind');
}

/** Nobody is kept from deleting by what we could not find out; only by who they are. */
function letGo(finding: Finding): Finding {
  return { ...finding, mode: 'warn' };
}

/** Labels, finalizers and owners mean nothing to us; what stands already is told in its status and not denied here. */
function saysTheSame({ object, oldObject, name }: ReviewRequest): boolean {
  return sameValue(documentOf(object, name), documentOf(oldObject, name));
}

function problemOf(kind: OwnKind, namespace: string, name: string, message: string): PolicyProblem {
  return { severity: 'error', file: documentName(kind, namespace, name), line: 1, column: 1, path: 'metadata.name', message };
}

/** The judge of everything else, with requests about resources of ours given to this one. */
export function withOwnKinds<B extends OwnBudget>(
  others: (review: ReviewRequest, budget: B) => Decision | Promise<Decision>, judgeOwn: JudgeOwn,
): (review: ReviewRequest, budget: B) => Decision | Promise<Decision> {
  return (review, budget) => {
    const kind = ownKindOf(review);
    return kind === undefined ? others(review, budget) : judgeOwn(kind, review, budget);
  };
}
