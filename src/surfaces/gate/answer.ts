/** A decision as the gate answers it: for each artifact and for the whole, with receipts for what was admitted. */
import type { Decision, JudgedArtifact } from '../../domain/decision/decision.ts';
import type { Finding } from '../../domain/decision/finding.ts';
import type { RunOfCaller } from '../../domain/gate/caller.ts';
import type { Issued, ReceiptIssuer, ReceiptOrder } from '../../domain/gate/receipt.ts';
import { decisionJson, denialText } from '../../explain/index.ts';
import type { ArtifactDocument, FindingDocument } from '../../explain/index.ts';
import { sha256Hex } from '../../text/sha256.ts';
import { breath } from './breath.ts';

/** What is answered beside the decision. */
export interface AnswerOptions {
  readonly caller: string;
  readonly run: RunOfCaller;
  readonly wanted: 'list' | 'each' | 'none';
  readonly issuer: ReceiptIssuer;
}

/** The word for a set of findings: what a caller branches on. */
export type DecisionWord = 'admit' | 'warn' | 'deny' | 'undetermined';

/** What the gate says of one artifact. */
export interface ArtifactAnswer {
  readonly kind: ArtifactDocument['kind'];
  readonly uri: string;
  readonly usedAs: ArtifactDocument['usage'];
  readonly decision: DecisionWord;
  readonly digest?: string;
  /** Set when it was named without a digest, and resolved once. */
  readonly resolved?: true;
  readonly receipt?: string;
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

/** `undetermined` is a denial that nothing violated: the same question may be admitted later. */
export function wordOf(findings: readonly Pick<Finding, 'verdict' | 'mode'>[]): DecisionWord {
  const open = findings.filter(({ verdict, mode }) => verdict !== 'satisfied' && mode !== 'audit');
  const enforced = open.filter(({ mode }) => mode === 'enforce');
  if (enforced.some(({ verdict }) => verdict === 'violated')) return 'deny';
  if (enforced.length > 0) return 'undetermined';
  return open.length > 0 ? 'warn' : 'admit';
}

/** A breath after so many artifacts: whoever asks for one is answered while thousands are written down. */
const BETWEEN_BREATHS = 250;
/** Seconds after which an undetermined question is worth repeating, unless the decision says sooner. */
const RETRY_AFTER = 5;

/** The document that answers a question. */
export async function answerOf(decision: Decision, { caller, run, wanted, issuer }: AnswerOptions): Promise<AdmissionDocument> {
  const { artifacts, findings, ...document } = decisionJson(decision);
  const uid = run.found === 'run' ? run.run.uid : undefined;
  const whole = wordOf(decision.findings);
  const isVouched = wanted !== 'none' && whole === 'admit' && isSatisfied(decision.findings);
  const order = (subjects: readonly JudgedArtifact[]): ReceiptOrder => orderOf(decision, subjects, { caller, uid });
  const list = isVouched && (wanted === 'list' || artifacts.length === 1) ? issuer.issue(order(decision.artifacts)) : undefined;
  const own = byPath(findings);
  const answered: ArtifactAnswer[] = [];
  for (const [index, artifact] of artifacts.entries()) {
    if (index % BETWEEN_BREATHS === BETWEEN_BREATHS - 1) await breath();
    const judged = decision.artifacts[index];
    const each = isVouched && wanted === 'each' && judged !== undefined ? issuer.issue(order([judged])) : undefined;
    answered.push(artifactAnswer(artifact, own.get(artifact.path) ?? [], each));
  }
  return {
    apiVersion: document.apiVersion, kind: 'Admission', id: document.id, time: document.time, decision: whole,
    caller, ...(uid === undefined ? {} : { run: uid }),
    policyGeneration: document.policyGeneration,
    artifacts: answered,
    findings: findings.filter(({ ofRequest }) => ofRequest === true),
    notes: document.notes,
    message: whole === 'admit' ? 'admitted' : denialText(decision),
    ...(whole === 'undetermined' ? { retryAfterSeconds: decision.retryAfterSeconds ?? RETRY_AFTER } : {}),
    ...receiptOf(list),
  };
}

/** What is said of the receipt of a whole question. */
export function receiptOf(issued: Issued | undefined): Pick<AdmissionDocument, 'receipt' | 'receiptPending' | 'receiptMissing'> {
  switch (issued?.state) {
    case undefined: return {};
    case 'signed': return { receipt: issued.text };
    case 'pending': return { receiptPending: true };
    case 'none': return { receiptMissing: issued.why };
  }
}

function artifactAnswer(artifact: ArtifactDocument, findings: readonly FindingDocument[], each: Issued | undefined): ArtifactAnswer {
  return {
    kind: artifact.kind, uri: artifact.reference, usedAs: artifact.usage, decision: wordOf(findings),
    ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
    ...(artifact.resolvedFromTag === true ? { resolved: true } : {}),
    ...(each?.state === 'signed' ? { receipt: each.text } : {}),
    findings,
  };
}

/** The findings about artifacts, by their places: looked for once for each of thousands, they would be looked through as often. */
function byPath(findings: readonly FindingDocument[]): ReadonlyMap<string, readonly FindingDocument[]> {
  return Map.groupBy(findings.filter(({ ofRequest }) => ofRequest !== true), ({ path }) => path);
}

/** No warning and no audit that fails: a receipt says that everything holds. */
function isSatisfied(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every(({ verdict }) => verdict === 'satisfied');
}

/** One artifact as itself; several as the digest of their sorted list. */
function orderOf(
  decision: Decision, artifacts: readonly JudgedArtifact[], { caller, uid }: { readonly caller: string; readonly uid: string | undefined },
): ReceiptOrder {
  const [first] = artifacts;
  const lines = artifacts.map(({ kind, name, digest, usage }) => `${kind} ${name} ${digest ?? ''} ${usage}`).toSorted();
  const single = artifacts.length === 1 && first !== undefined;
  return {
    purpose: 'gate', id: decision.id, at: decision.at,
    subjects: [single ? { name: first.name, digest: String(first.digest) } : { name: 'artifacts', digest: listDigest(lines) }],
    resource: single ? first.name : 'gatehouse:list',
    usage: first?.usage ?? 'dependency',
    caller, ...(uid === undefined ? {} : { run: uid }),
    policies: sha256Hex(decision.policyGeneration), inputs: [], levels: [],
  };
}

/** Digest by which a receipt for several artifacts names all of them. */
export function digestOfList(artifacts: readonly Pick<JudgedArtifact, 'kind' | 'name' | 'digest' | 'usage'>[]): string {
  return listDigest(artifacts.map(({ kind, name, digest, usage }) => `${kind} ${name} ${digest ?? ''} ${usage}`).toSorted());
}

/** Digest of a sorted list of artifacts, a line each. */
function listDigest(lines: readonly string[]): string {
  return `sha256:${sha256Hex(`${lines.join('\n')}\n`)}`;
}
