/** The condition that the gate is shipped with, by its hash: one of the same name may say that nothing is judged. */
import { sha256Hex } from '../../../text/sha256.ts';

/** Its name. */
export const SHIPPED_CONDITION = 'brings-something-to-judge';

/** Of the expression in deploy/manifests/install.yaml, with white space as one blank each; a test holds it against that file. */
const SHA256 = '37cf2a8ea7b4e5338a6a9fbfc5313ad805287be3acb154f642c4d6d32651dfef';

/** Whether an expression says what the shipped one says, however its lines are broken. */
export function isShippedCondition(expression: string): boolean {
  return sha256Hex(expression.replaceAll(/\s+/g, ' ').trim()) === SHA256;
}
