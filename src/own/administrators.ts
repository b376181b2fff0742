/** Who may change what holds for the whole cluster: groups that the configuration lists, besides what RBAC says. */
import type { Finding } from '../domain/decision/finding.ts';
import type { ReviewRequest } from '../domain/decision/review.ts';
import { denying, warning } from './finding.ts';
import { documentName } from './kinds.ts';
import type { OwnKind } from './kinds.ts';

/** As configured. */
export interface Administration {
  /** Groups; with none of them RBAC decides alone. */
  readonly administrators: readonly string[];
  /** The group that may act in an emergency, and is heard when it does. */
  readonly breakGlass?: string | undefined;
}

/**
 * Kinds whose changes are for administrators. Not for them: an ArtifactPolicy, which only adds to what a namespace has to satisfy, and
 * an AdmissionException, which takes two persons with a right that is given for each policy.
 */
const THEIRS: ReadonlySet<OwnKind> = new Set<OwnKind>(['Signer', 'ClusterArtifactPolicy', 'TrustRoot', 'RevocationList', 'PipelinePolicy']);

/** What is said of who makes the change; nothing where they may. */
export function judgeAdministration(
  kind: OwnKind, review: ReviewRequest, { administrators, breakGlass }: Administration,
): Finding | undefined {
  const { user: { username, groups }, operation, namespace, name } = review;
  if (administrators.length === 0 || !THEIRS.has(kind)) return undefined;
  if (administrators.some((group) => groups.includes(group))) return undefined;
  const act = `${operation} ${documentName(kind, namespace, name)}`;
  if (breakGlass !== undefined && groups.includes(breakGlass))
    return warning('INPUT_POLICY_BREAK_GLASS', `${username} broke the glass: ${act}`);
  const glass = breakGlass === undefined ? '' : `; in an emergency act as group ${breakGlass}`;
  return denying('INPUT_POLICY_ADMINISTRATOR', `${username} is in none of the groups ${administrators.join(', ')}${glass}`);
}
