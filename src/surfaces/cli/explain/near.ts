/** Reason codes that somebody probably meant. */
import { REASONS } from '../../../domain/decision/reasons.ts';
import type { ReasonCode } from '../../../domain/decision/reasons.ts';
import { closest } from '../../../text/words/suggest.ts';

const MOST = 3;

/** At most three: codes that lack only their stage, else the closest in spelling, else those whose code or title has every word. */
export function nearCodes(text: string): readonly ReasonCode[] {
  const codes = Object.keys(REASONS) as ReasonCode[];
  const name = text.toUpperCase().replace(/[^A-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  if (name === '' || name.length > 128) return [];
  const ending = codes.filter((code) => code.endsWith(`_${name}`));
  if (ending.length > 0) return ending.slice(0, MOST);
  const spelt = closest(name, codes) ?? closest(name, codes.map(withoutStage));
  if (spelt !== undefined) return codes.filter((code) => code === spelt || withoutStage(code) === spelt).slice(0, MOST);
  const words = name.toLowerCase().split('_');
  return codes
    .filter((code) => words.every((word) => `${code} ${REASONS[code].title}`.toLowerCase().includes(word)))
    .slice(0, MOST);
}

function withoutStage(code: string): string {
  return code.slice(code.indexOf('_') + 1);
}
