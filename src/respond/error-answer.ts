/** The body of an answer to what could not be read as a request. */
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { shownText } from '../text/shown.ts';
import { wireText } from './wire-text.ts';

/** Body of an HTTP 4xx: for requests that are no review, so that there is nothing to decide and no uid to repeat. */
export interface ErrorAnswer {
  readonly code: ReasonCode;
  readonly message: string;
  /** What helps, where whoever refuses says it. */
  readonly fix?: string;
}

/** The body for a request that cannot be read; message and fix are escaped and have at most 1024 characters. */
export function errorAnswer(code: ReasonCode, message: string, fix?: string): ErrorAnswer {
  return { code, message: wireText(shownText(message, 1024)), ...(fix === undefined ? {} : { fix: wireText(shownText(fix, 1024)) }) };
}
