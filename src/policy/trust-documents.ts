/** Of policy files, the documents that say whom there is to trust and what is revoked, without those that trust somebody. */
import { own } from '../text/json/fields.ts';
import { withTrustPolicies } from './notation/documents.ts';
import { readDocumentSteps } from './read/documents.ts';
import type { PolicyText } from './read/documents.ts';
import { finished } from './steps.ts';

const KEPT: ReadonlySet<unknown> = new Set(['TrustRoot', 'RevocationList']);

/** Trust roots and lists of what is revoked, also those for which a trust policy of Notation stands. Files that do not compile have their problems told elsewhere. */
export function trustDocuments(files: readonly PolicyText[]): readonly unknown[] {
  const documents = files.flatMap((file) => finished(readDocumentSteps(file)).documents);
  return withTrustPolicies(documents, []).map(({ value }) => value).filter((value) => KEPT.has(own(value, 'kind')));
}
