/** Where a document says that advice of a rule is not followed in it, and why. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { PolicyDocument } from '../read/documents.ts';

/** What annotations begin with that suppress a rule, whose name follows. */
export const SUPPRESSING = 'lint.gatehouse.dev/';

/** Else an annotation could do away with what is said of annotations. */
const UNSUPPRESSED = /^suppression-/;

/** The reason and its place; `undefined` where the document names none for this rule: a blank one is none. */
export function suppressionOf(document: Pick<PolicyDocument, 'value' | 'position'>, rule: string): PolicyProblem['suppressed'] {
  if (UNSUPPRESSED.test(rule)) return undefined;
  const key = `${SUPPRESSING}${rule}`;
  const reason = ownText(own(own(document.value, 'metadata'), 'annotations'), key)?.trim() ?? '';
  return reason === '' ? undefined : { ...document.position(['metadata', 'annotations', key], 'key'), reason };
}
