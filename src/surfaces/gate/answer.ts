/** A decision as the gate answers it: for each artifact and for the whole, with receipts for what was admitted. */
import type { Decision, JudgedArtifact } from '../../domain/decision/decision.ts';
import type { RunOfCaller } from '../../domain/gate/caller.ts';
import type { Issued, ReceiptIssuer } from '../../domain/gate/receipt.ts';
import type { SourceState } from '../../domain/decision/source-state.ts';
import { byPlace, decisionJson, decisionWord, denialText, warningLines, wordOfOne, worstWord } from '../../explain/index.ts';
import type { ArtifactDocument, DecisionWord, FindingDocument, Placed } from '../../explain/index.ts';
import { nextTurn } from '../../flow/next-turn.ts';
import { orderOf, vouchablePaths } from './orders.ts';

/** What is answered beside the decision. */
export interface AnswerOptions {
  readonly caller: string;
  readonly run: RunOfCaller;
  readonly wanted: 'list' | 'each' | 'none';
  readonly issuer: ReceiptIssuer;
}

/** What the gate says of one artifact. */
export interface ArtifactAnswer {
  readonly kind: ArtifactDocument['kind'];
  readonly uri: string;
  readonly usedAs: ArtifactDocument['usage'];
  readonly decision: DecisionWord;
  readonly digest?: string;
  /** Set when it was named without a digest, and resolved once. */
  readonly resolved?: true;
  /** With `receipts: each`, as for the whole. */
  readonly receipt?: string;
  readonly receiptPending?: true;
  readonly receiptMissing?: string;
  readonly findings: readonly FindingDocument[];
}

/** The answer to a question. Fields are only ever added. */
export interface AdmissionDocument {
  readonly apiVersion: 'gatehouse.dev/v1alpha1';
  readonly kind: 'Admission';
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly decision: DecisionWord;
  readonly caller: string;
  readonly run?: string;
  readonly policyGeneration: string;
  readonly policySources?: readonly SourceState[];
  readonly artifacts: readonly ArtifactAnswer[];
  readonly findings: readonly FindingDocument[];
  readonly notes: readonly string[];
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly receipt?: string;
  readonly receiptPending?: true;
  readonly receiptMissing?: string;
  /** Set where a kept answer shows fewer artifacts than were asked about: how many these were, and how many did not hold. */
  readonly shortened?: { readonly artifacts: number; readonly failed: number };
}

/** After so many artifacts others have a turn: whoever asks for one is answered while thousands are written down. */
const BETWEEN_TURNS = 250;
/** Told of what is admitted all the same. */
const NOT_VOUCHED: Issued = { state: 'none', why: 'not everything is satisfied under a policy of the cluster that enforces' };
/** Seconds after which an undetermined question is worth repeating, unless the decision says sooner. */
const RETRY_AFTER = 5;

/** The document that answers a question. */
export async function answerOf(decision: Decision, { caller, run, wanted, issuer }: AnswerOptions): Promise<AdmissionDocument> {
  const { artifacts, findings, ...document } = decisionJson(decision);
  const uid = run.found === 'run' ? run.run.uid : undefined;
  const vouchable = wanted === 'none' ? undefined : vouchablePaths(decision);
  const vouchFor = (subjects: readonly JudgedArtifact[]): Issued | undefined => {
    if (vouchable === undefined || subjects.length === 0) return undefined;
    if (!subjects.every(({ path }) => vouchable.has(path))) return NOT_VOUCHED;
    const order = orderOf(decision, subjects, { caller, uid });
    return order === undefined ? { state: 'none', why: 'these artifacts cannot be listed: ask for each by itself' } : issuer.issue(order);
  };
  const list = wanted === 'list' || artifacts.length === 1 ? vouchFor(decision.artifacts) : undefined;
  const { own, rest } = byPlace(findings, artifacts);
  const answered: ArtifactAnswer[] = [];
  const lane = decision.request.namespace === '' ? caller : decision.request.namespace;
  for (const [index, artifact] of artifacts.entries()) {
    if (index % BETWEEN_TURNS === BETWEEN_TURNS - 1) await nextTurn(lane);
    const judged = decision.artifacts[index];
    const each = wanted === 'each' && judged !== undefined ? (list ?? vouchFor([judged])) : undefined;
    answered.push(artifactAnswer(artifact, { own: own.get(artifact.path) ?? [], rest }, each));
  }
  // What was not judged is no part of what was admitted.
  const whole = worstWord([decisionWord(decision.findings), ...answered.map((one) => one.decision)]);
  return {
    apiVersion: document.apiVersion, kind: 'Admission', id: document.id, time: document.time, decision: whole,
    caller, ...(uid === undefined ? {} : { run: uid }),
    policyGeneration: document.policyGeneration,
    ...(document.policySources === undefined ? {} : { policySources: document.policySources }),
    artifacts: answered,
    findings: rest,
    notes: document.notes,
    message: messageOf(whole, decision),
    ...(whole === 'undetermined' ? { retryAfterSeconds: decision.retryAfterSeconds ?? RETRY_AFTER } : {}),
    ...(whole === 'admit' || list?.state !== 'none' ? receiptOf(list) : {}),
  };
}

/** What a person reads; what only warns is admitted, and is not told as a denial. */
function messageOf(whole: DecisionWord, decision: Decision): string {
  if (whole === 'admit') return 'admitted';
  return whole === 'warn' ? ['admitted with warnings', ...warningLines(decision)].join('\n') : denialText(decision);
}

/** What is said of the receipt of a question, or of one artifact. */
export function receiptOf(issued: Issued | undefined): Pick<AdmissionDocument, 'receipt' | 'receiptPending' | 'receiptMissing'> {
  switch (issued?.state) {
    case undefined: return {};
    case 'signed': return { receipt: issued.text };
    case 'pending': return { receiptPending: true };
    case 'none': return { receiptMissing: issued.why };
  }
}

function artifactAnswer(
  artifact: ArtifactDocument, { own, rest }: Placed<readonly FindingDocument[]>, each: Issued | undefined,
): ArtifactAnswer {
  const decision = wordOfOne(own, rest);
  return {
    kind: artifact.kind, uri: artifact.reference, usedAs: artifact.usage, decision,
    ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
    ...(artifact.resolvedFromTag === true ? { resolved: true } : {}),
    ...(decision === 'admit' ? receiptOf(each) : {}),
    findings: own,
  };
}
