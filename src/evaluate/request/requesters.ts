/** Who asks for a build must be among those who may. */
import { madeFor } from './owner.ts';
import type { RequestJudge } from './question.ts';

/**
 * Whether the requester may start builds: by name or by one group, as the API server authenticated both. Who has no name is nobody.
 * A schedule starts builds later, in the name of its engine: so whoever writes or changes one is asked the same, and so is whoever
 * changes what a run executes: it is another build then. To stop a run, or to mark it, is nobody's start. What a controller makes
 * for a run or a schedule is its own to make, and whether it did is said by `writers`.
 */
export const judgeRequesters: RequestJudge<'requesters'> = ({ users, groups }, { matter, settings }) => {
  if (matter.about !== 'build') return undefined;
  const { role, engine, isUnchanged } = matter.request;
  const isNew = matter.operation === 'CREATE' || (matter.operation === 'UPDATE' && isUnchanged !== true);
  const starts = role === 'schedule' ? matter.operation !== 'DELETE' : role === 'run' && isNew;
  if (!starts) return undefined;
  if (matter.requester.unknown === true) return undefined;
  const { username, groups: own } = matter.requester;
  if (madeFor(matter.request, settings) !== undefined) return [];
  if (matter.operation === 'UPDATE' && settings[engine].controllers.has(username)) return [];
  const expected = [...users, ...[...groups].map((group) => `group ${group}`)];
  if (username === '') return [{ code: 'POLICY_REQUESTER', expected, cause: 'the request names no user' }];
  if (users.has(username) || own.some((group) => groups.has(group))) return [];
  return [{ code: 'POLICY_REQUESTER', expected: expected.length === 0 ? ['nobody'] : expected, found: [username] }];
};
