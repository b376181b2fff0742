/** Findings about the object under review, which are enforced because no policy asked. */
import type { Finding } from '../domain/decision/finding.ts';
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { reason } from '../domain/decision/reasons.ts';
import { keptText } from '../domain/decision/kept-text.ts';

/** What a finding about the object says besides its code and place. */
export interface FindingDetail {
  readonly artifact?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly cause?: string;
}

/** A finding about the object under review; no policy asked for it, so it is enforced. */
export function objectFinding(code: ReasonCode, path: string, detail: FindingDetail = {}): Finding {
  return {
    verdict: reason(code).verdict,
    code,
    path,
    artifact: keptText(detail.artifact ?? ''),
    mode: 'enforce',
    ...(detail.expected === undefined ? {} : { expected: [keptText(detail.expected)] }),
    ...(detail.found === undefined ? {} : { found: [keptText(detail.found)] }),
    ...(detail.cause === undefined ? {} : { cause: detail.cause }),
  };
}

/** The finding for a place whose value is not of the type its kind says. */
export function unreadable(path: string, expected: string, value: unknown): Finding {
  return objectFinding('INPUT_OBJECT_UNREADABLE', path, { expected, found: typeName(value) });
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
