/** Who asks for a build must be among those who may. */
import type { RequestJudge } from './question.ts';

/**
 * Whether the requester may start builds: by name or by one group, as the API server authenticated both. Who has no name is nobody.
 * What a controller makes for a run that was admitted is its own to make, and whether it did is said by `writers`.
 */
export const judgeRequesters: RequestJudge<'requesters'> = ({ users, groups }, { matter, settings }) => {
  if (matter.about !== 'build' || matter.operation !== 'CREATE' || matter.request.role !== 'run') return undefined;
  if (matter.requester.unknown === true) return undefined;
  const { username, groups: own } = matter.requester;
  if (matter.request.owner !== undefined && settings[matter.request.engine].controllers.has(username)) return [];
  const expected = [...users, ...[...groups].map((group) => `group ${group}`)];
  if (username === '') return [{ code: 'POLICY_REQUESTER', expected, cause: 'the request names no user' }];
  return users.has(username) || own.some((group) => groups.has(group)) ? [] : [{ code: 'POLICY_REQUESTER', expected, found: [username] }];
};
