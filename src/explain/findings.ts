/** The few words about findings that every text has in common: which deny, what they are about, and who asked. */
import type { Decision } from '../domain/decision/decision.ts';
import type { Finding } from '../domain/decision/finding.ts';

/** True when this finding alone denies the request: it does not hold, and is enforced. */
export function denies(finding: Finding): boolean {
  return finding.verdict !== 'satisfied' && finding.mode === 'enforce';
}

/** The findings that deny, in the order of the decision. */
export function denyingFindings(decision: Decision): readonly Finding[] {
  return decision.findings.filter(denies);
}

/** True when the finding is about an artifact, false when it is about the object or the request as a whole. */
export function isAboutArtifact(finding: Finding): boolean {
  return (finding.artifact !== '' && finding.ofRequest !== true && finding.path !== '') || finding.code === 'INPUT_IMAGE_MISSING';
}

/** `policy P / R`, `policy P`, or nothing when no policy asked; not escaped. */
export function askedBy(finding: Finding): string | undefined {
  if (finding.policy === undefined) return undefined;
  return finding.requirement === undefined ? `policy ${finding.policy}` : `policy ${finding.policy} / ${finding.requirement}`;
}

/** The object of the request as a reader knows it: `Pod shop/web`; not escaped. */
export function objectName(decision: Decision): string {
  const { kind, namespace, name } = decision.request;
  const where = [namespace, name].filter((part) => part !== '').join('/');
  return where === '' ? kind : `${kind} ${where}`;
}

/**
 * Where the finding belongs in a build, as people say it: `task release, step build`; empty where that is not known, or is what it
 * calls its place already. Not escaped.
 */
export function holderOf(finding: Finding, decision: Decision): string {
  if (finding.ofRequest === true) return '';
  const { holder = '', task = '' } = placeOf(finding, decision);
  return [task === '' ? '' : `task ${task}`, holder].filter((part) => part !== '').join(', ');
}

function placeOf(finding: Finding, { artifacts }: Decision): Pick<Finding, 'holder' | 'task'> {
  if (finding.ofRequest === true || finding.holder !== undefined || finding.task !== undefined) return finding;
  return artifacts.find(({ path }) => path === finding.path) ?? {};
}
