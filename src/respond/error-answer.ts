/** The body of an answer to what could not be read as a request. */
import type { ReasonCode } from '../domain/decision/reasons.ts';
import { shownText } from '../text/shown.ts';
import { wireText } from './wire-text.ts';

/** Body of an HTTP 4xx: for requests that are no review, so that there is nothing to decide and no uid to repeat. */
export interface ErrorAnswer {
  readonly code: ReasonCode;
  readonly message: string;
}

/** The body for a request that cannot be read; the message is escaped and has at most 1024 characters. */
export function errorAnswer(code: ReasonCode, message: string): ErrorAnswer {
  return { code, message: wireText(shownText(message, 1024)) };
}
