/** Reasons that concern resources of ours, as they are written to the API server; part of the catalogue. */
import { undetermined, violated } from '../reason.ts';

const RETRY = 'could not verify, retry';

/** As `REASONS`, which holds them all. */
export const OWN_REASONS = {
  INPUT_POLICY_INVALID: violated('document cannot be used', 'correct the field that is named; gatehouse policy lint says the same of a file'),
  INPUT_POLICY_TOO_LARGE: violated('document is larger than is judged', 'split it into several documents'),
  INPUT_POLICY_TOO_MANY: violated('namespace has as many ArtifactPolicies as it may', 'delete one, write two as one, or ask an administrator of Gatehouse to raise limits.policiesPerNamespace'),
  INPUT_POLICY_UNRESOLVED: violated('document names something that is not there yet', 'create what is named; until it is there, what the document speaks about is undetermined'),
  INPUT_POLICY_ADVICE: violated('document is probably not meant so', 'follow the advice, or suppress its rule with a reason'),
  INPUT_POLICY_LOOSENS: violated('change lets through more than before', 'go on if that is meant, else take it back'),
  INPUT_POLICY_BREAKS: violated('change breaks what relies on it', 'mend what is named, or take the change back: what it speaks about is undetermined meanwhile'),
  INPUT_POLICY_ADMINISTRATOR: violated('only administrators of Gatehouse may change this', 'ask one of them (administrators in the configuration)'),
  INPUT_POLICY_BREAK_GLASS: violated('glass was broken: nobody who is an administrator changes this', 'tell the administrators of Gatehouse what was changed and why'),
  INPUT_EXCEPTION_REQUESTER: violated('exception is requested in another name', 'write your own user name as requestedBy: kubectl auth whoami'),
  INPUT_EXCEPTION_APPROVER: violated('exception is approved by nobody else', 'leave approvedBy out, and have somebody else set it to their own name by a later update'),
  INPUT_EXCEPTION_IMMUTABLE: violated('exception says something else than was requested', 'create another exception: this one stays as it is'),
  INPUT_EXCEPTION_RIGHT: violated('nobody gave the right to except from this policy', 'ask for the verb exempt on the policy that is named, or for its owner to act'),
  INPUT_EXCEPTION_RIGHT_UNKNOWN: undetermined('right to except from the policy cannot be asked for', `${RETRY}; when it lasts, have an administrator of Gatehouse let it create SubjectAccessReviews`),
} as const;
