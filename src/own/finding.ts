/** What is said of a resource of ours: findings about places in it, and what is told whoever changes it without denying it. */
import type { Finding } from '../domain/decision/finding.ts';
import { reason } from '../domain/decision/reasons.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';

/** A finding that denies. */
export function denying(code: ReasonCode, cause: string, path = ''): Finding {
  return { verdict: reason(code).verdict, code, path, artifact: '', mode: 'enforce', cause };
}

/** A finding that is a warning to whoever asks. */
export function warning(code: ReasonCode, cause: string, path = ''): Finding {
  return { ...denying(code, cause, path), mode: 'warn' };
}
