/** Who may start builds, and as what they may run: names as the API server knows them, compared exactly. */
import { z } from 'zod';
import type { RequestersRequirement, ServiceAccountsRequirement } from '../../domain/policy/request-policy.ts';
import { bad, good } from '../../text/result.ts';
import { resourceName } from '../schema/common.ts';
import { list, parsed, strict } from '../schema/fields.ts';

/** A user or group: any text without control characters; a star is no wildcard in it. */
const subject = parsed((text) => {
  if (text === '' || text.length > 512) return bad('expected a name of 1 to 512 characters');
  if (/[\u0000-\u001f\u007f]/.test(text)) return bad('contains control characters, which no name has');
  return text.includes('*')
    ? bad(`${JSON.stringify(text)} contains "*", and names are compared exactly; name a group whose members are meant`)
    : good(text);
});

const ACCOUNT = /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)$/;

/** `ci/triggers` as the API server names the account. */
const account = parsed((text) => {
  const [, namespace, , name] = ACCOUNT.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return good(`system:serviceaccount:${namespace}:${name}`);
  const fix = /^[^/]+\/\*$/.test(text)
    ? `; for all accounts of a namespace write the group system:serviceaccounts:${text.slice(0, -2)}`
    : '';
  return bad(`expected NAMESPACE/NAME of a service account, found ${JSON.stringify(text)}${fix}`);
});

const some = <T extends z.ZodType>(entry: T): z.ZodArray<T> => z.array(entry).max(1000, 'has more than 1000 entries');

/** `requesters` as written: lists may be empty, and with nobody in them nobody may start builds. */
export const requestersField = strict({
  serviceAccounts: some(account).optional(),
  groups: some(subject).optional(),
  users: some(subject).optional(),
});

/** Only these may start builds. */
export function compileRequesters(written: z.output<typeof requestersField>): RequestersRequirement {
  const { serviceAccounts = [], groups = [], users = [] } = written;
  return { kind: 'requesters', name: 'requesters', users: new Set([...serviceAccounts, ...users]), groups: new Set(groups) };
}

/** `serviceAccounts` as written: names, in the namespace of the run. */
export const serviceAccountsField = list(resourceName, 'service account');

/** Only as these may builds run. */
export function compileServiceAccounts(accounts: readonly string[]): ServiceAccountsRequirement {
  return { kind: 'serviceAccounts', name: 'service accounts', accounts: new Set(accounts) };
}
