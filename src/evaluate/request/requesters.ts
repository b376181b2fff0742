/** Who asks for a build must be among those who may. */
import type { BuildRequest } from '../../domain/decision/build-request.ts';
import type { RequestersRequirement } from '../../domain/policy/request-policy.ts';
import type { Outcome } from '../finding.ts';

/** Whether the requester may start builds: by name or by one group, as the API server authenticated both. Who has no name is nobody. */
export function judgeRequesters({ users, groups }: RequestersRequirement, { requester }: BuildRequest): Outcome {
  const { username } = requester;
  const expected = [...users, ...[...groups].map((group) => `group ${group}`)];
  if (username === '') return { code: 'POLICY_REQUESTER', expected, cause: 'the request names no user' };
  const may = users.has(username) || requester.groups.some((group) => groups.has(group));
  return { code: may ? 'POLICY_SATISFIED' : 'POLICY_REQUESTER', expected, found: [username] };
}
