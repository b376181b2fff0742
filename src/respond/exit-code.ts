/** A decision as an exit code, which scripts branch on. */
import type { Decision } from '../domain/decision/decision.ts';
import { denialVerdict } from './denial-status.ts';

/** How the command line ends: 0 admitted, 1 denied, 2 warnings under `--fail-on-warn`, 3 could not be determined. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The exit code of a decision. */
export function exitCode(decision: Decision, options: { readonly failOnWarn?: boolean } = {}): ExitCode {
  if (decision.outcome === 'deny') return denialVerdict(decision) === 'violated' ? 1 : 3;
  return decision.outcome === 'warn' && options.failOnWarn === true ? 2 : 0;
}
