/** What the cluster's own audit log is to keep of a decision. */
import type { Decision, JudgedArtifact } from '../domain/decision/decision.ts';
import type { ExceptionNote } from '../domain/decision/exception.ts';
import { escapeText } from '../text/shown.ts';
import { wireText } from './wire-text.ts';

/** Longest value of one audit annotation, in characters: they are stored with every audit event. */
const MAX_VALUE = 2048;

/** What the audit log of the API server keeps of a decision; it puts the name of the webhook before each key. */
export interface AuditAnnotations {
  readonly decision: string;
  readonly verdict: string;
  /** Codes, each once, in the order of the findings. */
  readonly reasons: string;
  /** Names of the policies that were asked. */
  readonly policies: string;
  /** `path=name@digest` for every artifact; with the tag where no digest is known. */
  readonly artifacts: string;
  readonly 'decision-id': string;
  /** Names of the AdmissionExceptions without which it would have been denied. */
  readonly exceptions?: string;
  /** Who acted in an emergency, and what was done. */
  readonly 'break-glass'?: string;
}

/** The annotations of a decision. Lists are parted by commas and cut between items with `…+N`. */
export function auditAnnotations(decision: Decision): AuditAnnotations {
  const reasons: string[] = [];
  const policies: string[] = [];
  const exceptions: string[] = [];
  let glass: string | undefined;
  for (const finding of decision.findings) {
    const { code, policy } = finding;
    if (!reasons.includes(code)) reasons.push(code);
    if (policy !== undefined && !policies.includes(policy)) policies.push(policy);
    if (finding.exceptions !== undefined) noteNames(finding.exceptions, exceptions);
    if (code === 'INPUT_POLICY_BREAK_GLASS') glass ??= finding.cause;
  }
  const always = {
    decision: decision.outcome,
    verdict: decision.verdict,
    reasons: joined(reasons),
    policies: joined(policies),
    artifacts: joined(decision.artifacts.map(identity)),
    'decision-id': decision.id,
  };
  // On the way of every request: hardly one has more.
  if (exceptions.length === 0 && glass === undefined) return always;
  return {
    ...always,
    ...(exceptions.length === 0 ? {} : { exceptions: joined(exceptions) }),
    ...(glass === undefined ? {} : { 'break-glass': joined([glass]) }),
  };
}

function noteNames(exceptions: readonly ExceptionNote[], names: string[]): void {
  for (const { name } of exceptions) if (!names.includes(name)) names.push(name);
}

function identity(artifact: JudgedArtifact): string {
  if (artifact.digest !== undefined) return `${artifact.path}=${artifact.name}@${artifact.digest}`;
  return artifact.tag === undefined ? `${artifact.path}=${artifact.name}` : `${artifact.path}=${artifact.name}:${artifact.tag}`;
}

function joined(items: readonly string[]): string {
  let out = '';
  for (let index = 0; index < items.length; index += 1) {
    const item = escapeText(items[index] ?? '');
    if (out.length + item.length + 1 > MAX_VALUE) return wireText(`${out}…+${items.length - index}`);
    out = index === 0 ? item : `${out},${item}`;
  }
  return wireText(out);
}
