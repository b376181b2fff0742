/** Capabilities: at level baseline none but those that runtimes give by themselves; at level restricted all dropped, and one at most given back. */
import { keptText } from '../../../domain/decision/kept-text.ts';
import type { RequestOutcome } from '../question.ts';
import { below } from './places.ts';
import type { HygieneJudge } from './rule.ts';

/** What may be added (Pod Security Standards). */
const BASELINE: ReadonlySet<string> = new Set([
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID',
  'SYS_CHROOT',
]);
const RESTRICTED: ReadonlySet<string> = new Set(['NET_BIND_SERVICE']);

const ADDED = 'leave these capabilities out of capabilities.add';
const DROPPED = 'set capabilities.drop: [ALL]';

/** A container's list replaces that of the template; a template that drops nothing says nothing by itself. */
export const judgeCapabilities: HygieneJudge = ({ containers, isRestricted }) =>
  containers.flatMap(({ container: { security }, who, own, isTemplate, ownIsOpen }): RequestOutcome[] => {
    const added = security.addedCapabilities.map(plainName).filter((name) => !(isRestricted ? RESTRICTED : BASELINE).has(name));
    const dropped = own.map(({ droppedCapabilities }) => droppedCapabilities.map(plainName)).find((list) => list.length > 0);
    const keeps = dropped === undefined ? !isTemplate && !ownIsOpen : !dropped.includes('ALL');
    const outcome = { code: 'POLICY_HYGIENE_CAPABILITY', artifact: who } as const;
    return [
      ...(added.length === 0 ? [] : [{ ...outcome, path: below(security.path, 'capabilities.add'), found: added, fix: ADDED }]),
      ...(keeps && isRestricted
        ? [{ ...outcome, path: below(security.path, 'capabilities.drop'), expected: ['ALL'], found: dropped ?? ['nothing'], fix: DROPPED }]
        : []),
    ];
  });

/** A capability's name as Kubernetes has it: upper case and without `CAP_`, which runtimes take as well; cut. */
function plainName(text: string): string {
  return keptText(text).toUpperCase().replace(/^CAP_/, '');
}
