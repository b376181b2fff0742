/** The headline of a finding: the catalogue's, about a store of evidence where that, and no registry, was asked. */
import type { Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';

/** Not escaped: it is ours. A cause that begins with `the store ` is what fetching says of stores alone. */
export function headlineOf({ code, cause }: { readonly code: Finding['code']; readonly cause?: string }): string {
  const { title } = reason(code);
  if (cause?.startsWith('the store ') !== true) return title;
  return title.replace(/^registry\b/, 'evidence store').replace(/^pull credentials\b/, 'credentials of the evidence store');
}
