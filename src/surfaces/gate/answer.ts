/** A decision as the gate answers it: for each artifact and for the whole, with receipts for what was admitted. */
import type { Decision, JudgedArtifact } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { RunOfCaller } from '../../domain/gate/caller.ts';
import type { Issued, ReceiptIssuer } from '../../domain/gate/receipt.ts';
import { decisionJson, denialText } from '../../explain/index.ts';
import { isVouchable, orderOf } from './orders.ts';

/** What is answered beside the decision. */
export interface AnswerOptions {
  readonly caller: string;
  readonly run: RunOfCaller;
  readonly wanted: 'list' | 'each' | 'none';
  readonly issuer: ReceiptIssuer;
}

/** The word for a set of findings: what a caller branches on. */
export type DecisionWord = 'admit' | 'warn' | 'deny' | 'undetermined';

/** `undetermined` is a denial that nothing violated: the same question may be admitted later. */
export function wordOf(findings: readonly Pick<Finding, 'verdict' | 'mode'>[]): DecisionWord {
  const open = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode !== 'audit');
  const enforced = open.filter(({ mode }) => mode === 'enforce');
  if (enforced.some(({ verdict }) => verdict === 'violated')) return 'deny';
  if (enforced.length > 0) return 'undetermined';
  return open.length > 0 ? 'warn' : 'admit';
}

/** The document that answers a question. */
export function answerOf(decision: Decision, { caller, run, wanted, issuer }: AnswerOptions): unknown {
  const { artifacts, findings, ...document } = decisionJson(decision);
  const uid = run.found === 'run' ? run.run.uid : undefined;
  const whole = wordOf(decision.findings);
  const vouchFor = (subjects: readonly JudgedArtifact[]): Issued | undefined => {
    if (wanted === 'none' || !isVouchable(decision, subjects)) return undefined;
    const order = orderOf(decision, subjects, { caller, uid });
    return order === undefined ? { state: 'none', why: 'these artifacts cannot be listed: ask for each by itself' } : issuer.issue(order);
  };
  const list = wanted === 'list' || artifacts.length === 1 ? vouchFor(decision.artifacts) : undefined;
  return {
    apiVersion: document.apiVersion, kind: 'Admission', id: document.id, time: document.time, decision: whole,
    caller, ...(uid === undefined ? {} : { run: uid }),
    policyGeneration: document.policyGeneration,
    artifacts: artifacts.map((artifact, index) => {
      const own = findings.filter((finding) => finding.path === artifact.path && finding.ofRequest !== true);
      const judged = decision.artifacts[index];
      const each = wanted === 'each' && judged !== undefined ? vouchFor([judged]) : undefined;
      return {
        kind: artifact.kind, uri: artifact.reference, usedAs: artifact.usage, decision: wordOf(own),
        ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
        ...(artifact.resolvedFromTag === true ? { resolved: true } : {}),
        ...(each?.state === 'signed' ? { receipt: each.text } : {}),
        findings: own,
      };
    }),
    findings: findings.filter(({ ofRequest }) => ofRequest === true),
    notes: document.notes,
    message: whole === 'admit' ? 'admitted' : denialText(decision),
    ...(list?.state === 'signed' ? { receipt: list.text } : {}),
    ...(list?.state === 'pending' ? { receiptPending: true } : {}),
    ...(list?.state === 'none' ? { receiptMissing: list.why } : {}),
  };
}
