/** The reason codes that a document names, whatever it is: a decision, an answer of the webhook, or the text that kubectl printed. */
import { isReasonCode, reason } from '../../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../../domain/decision/reasons.ts';
import { readJsonBytes } from '../../../text/json/read.ts';

const BRACKETED = /\[([A-Z]{3,10}_[A-Z0-9_]{2,60})\]/g;
const LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 64 };

/** The codes of findings that do not hold, each once, in their order; of what only holds, those. Empty when there is none. */
export function codesIn(bytes: Uint8Array): readonly ReasonCode[] {
  const read = readJsonBytes(bytes, LIMITS);
  const found = new Set<ReasonCode>();
  if (read.ok) collect(read.value, found);
  else bracketed(Buffer.from(bytes).toString('utf8'), found);
  const wrong = [...found].filter((code) => reason(code).verdict !== 'satisfied');
  return wrong.length > 0 ? wrong : [...found];
}

function collect(value: unknown, found: Set<ReasonCode>): void {
  if (typeof value === 'string') return bracketed(value, found);
  if (typeof value !== 'object' || value === null) return;
  if ('code' in value && typeof value.code === 'string' && isReasonCode(value.code)) found.add(value.code);
  for (const member of Object.values(value)) collect(member, found);
}

function bracketed(text: string, found: Set<ReasonCode>): void {
  for (const [, code = ''] of text.matchAll(BRACKETED)) if (isReasonCode(code)) found.add(code);
}
