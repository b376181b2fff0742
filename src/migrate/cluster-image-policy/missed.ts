/** Lists of a TrustRoot in which policy-controller looks something up, and which are empty: it is never found there. */
import { isObject } from '../../text/json/fields.ts';
import type { Saying } from '../fields.ts';
import type { Session } from '../session.ts';

/** The lists that are looked into. */
export interface Wanted {
  readonly transparencyLogs: boolean;
  readonly ctLogs: boolean;
}

/** What is missed in the TrustRoot of this name, for people; of a root that is fetched by TUF nobody knows. */
export function missedIn(root: string, session: Session, wanted: Wanted): Saying | undefined {
  const spec = session.trustRoots.find(({ name }) => name === root)?.spec['sigstore'];
  if (!isObject(spec) || Object.hasOwn(spec, 'tuf')) return undefined;
  const list = (['transparencyLogs', 'ctLogs'] as const).find((one) => wanted[one] && !Object.hasOwn(spec, one));
  if (list === undefined) return undefined;
  const theirs = list === 'ctLogs' ? 'ctLogs' : 'tLogs';
  return {
    what: `an entry in one of the ${theirs} of a TrustRoot that lists none`, why: 'it is never found there',
    help: `list ${theirs} in the TrustRoot, or ${list === 'ctLogs' ? 'say insecureIgnoreSCT: true' : 'leave out ctlog'}, and import again`,
  };
}
