/** An AdmissionException takes two persons: who asks for it, and somebody else who approves it later. The API server knows who they are. */
import type { Finding } from '../../domain/decision/finding.ts';
import type { ReviewRequest } from '../../domain/decision/review.ts';
import { isObject } from '../../text/json/fields.ts';
import { sameValue } from '../../text/json/same.ts';
import { denying } from '../finding.ts';

/** What is wrong with who speaks; with nothing wrong, whether the speaker's right has to be asked for. */
export interface FourEyes {
  readonly findings: readonly Finding[];
  readonly asksForRight: boolean;
}

/**
 * Judges one step of an exception: at CREATE `requestedBy` is who creates it and `approvedBy` is absent; one UPDATE, by somebody
 * else, sets `approvedBy` to who makes it and changes nothing else of the spec. There is no third. `deploy/resources/four-eyes.yaml` says
 * the same in the API server.
 */
export function judgeFourEyes(
  { operation, user: { username }, object, oldObject }: Pick<ReviewRequest, 'operation' | 'user' | 'object' | 'oldObject'>,
): FourEyes {
  const [now, before] = [specOf(object), specOf(oldObject)];
  if (operation === 'CREATE') return { findings: [...requested(now, username), ...unapproved(now)], asksForRight: true };
  if (operation !== 'UPDATE' || sameValue(now, before)) return { findings: [], asksForRight: false };
  const { approvedBy, ...rest } = now;
  if (Object.hasOwn(before, 'approvedBy') || approvedBy === undefined || !sameValue(rest, before)) {
    const cause = 'after its creation nothing of an exception changes, but that somebody else sets approvedBy once';
    return { findings: [denying('INPUT_EXCEPTION_IMMUTABLE', cause, 'spec')], asksForRight: false };
  }
  return { findings: approved(approvedBy, before['requestedBy'], username), asksForRight: true };
}

function requested({ requestedBy }: Spec, username: string): readonly Finding[] {
  if (requestedBy === username && username !== '') return [];
  const cause = `expected ${JSON.stringify(username)}, by whom it is created; found ${shown(requestedBy)}`;
  return [denying('INPUT_EXCEPTION_REQUESTER', cause, 'spec.requestedBy')];
}

function unapproved(spec: Spec): readonly Finding[] {
  if (!Object.hasOwn(spec, 'approvedBy')) return [];
  return [denying('INPUT_EXCEPTION_APPROVER', 'an exception is created without approvedBy', 'spec.approvedBy')];
}

function approved(approvedBy: unknown, requestedBy: unknown, username: string): readonly Finding[] {
  const at = 'spec.approvedBy';
  if (username === requestedBy || typeof requestedBy !== 'string')
    return [denying('INPUT_EXCEPTION_APPROVER', `it is requested by ${shown(requestedBy)}: somebody else has to approve it`, at)];
  if (approvedBy === username) return [];
  const cause = `expected ${JSON.stringify(username)}, by whom it is approved; found ${shown(approvedBy)}`;
  return [denying('INPUT_EXCEPTION_APPROVER', cause, at)];
}

type Spec = Readonly<Record<string, unknown>>;

function specOf(object: unknown): Spec {
  const spec = isObject(object) ? object['spec'] : undefined;
  return isObject(spec) ? spec : {};
}

function shown(value: unknown): string {
  return value === undefined ? 'nobody' : JSON.stringify(value).slice(0, 120);
}
