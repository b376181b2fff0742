/** A receipt of a gate says that a build may use something, and nothing that a policy may ask of what is deployed (security.md K10). */
import type { EvidenceProblem, ProvenEvidence, Statement } from '../../domain/evidence.ts';
import { own, ownText } from '../../text/json/fields.ts';

/** A field that every receipt has, and no summary of another verifier. */
const OUR_FIELD = 'gatehouse_id';

/**
 * What speaks against a summary that is a receipt of a gate, ours or another one's: its verifier id ends in `/gate` and it has our
 * fields. Whatever a requirement's pattern says, and also where it has none: receipts are given for inputs, by the thousand, to
 * whoever may ask, while a publish summary is given once, for what a run has built. `undefined` for every other statement.
 */
export function receiptOfGate({ statement, source }: Pick<ProvenEvidence, 'statement' | 'source'>): EvidenceProblem | undefined {
  const id = statement === undefined ? undefined : gateOf(statement);
  return id === undefined || statement === undefined
    ? undefined
    : {
      code: 'POLICY_RECEIPT_PURPOSE',
      source,
      found: `verifier id ${id} (predicate.verifier.id)`,
      expected: 'a publish summary, or one of another verifier',
      claimedType: statement.predicateType,
    };
}

/** The verifier id of a statement that is a receipt of a gate. */
export function gateOf({ predicate }: Pick<Statement, 'predicate'>): string | undefined {
  const id = ownText(own(predicate, 'verifier'), 'id');
  return id?.endsWith('/gate') === true && own(predicate, OUR_FIELD) !== undefined ? id : undefined;
}
