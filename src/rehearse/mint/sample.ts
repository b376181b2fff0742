/** A text that a pattern of a Signer matches: what a test writes for itself when it only says which Signer signed. */
import { exactText, globText, regExpText } from '../../policy/match/text-matcher.ts';

/** How a Signer writes a text: exactly one member. */
export interface WrittenText {
  readonly exact?: string | undefined;
  readonly glob?: string | undefined;
  readonly regExp?: string | undefined;
}

/** An escaped character, any character, or one of a class, with how often it stands there. */
const GAP = /(?:\\(.)|\.|\[(?:\\.|[^\]\\])*\])(?:[*+]\??|\{\d+(?:,\d*)?\})?/g;

/** A text that it matches; `undefined` where none could be made, which is only so for regular expressions that are more than a text with gaps. */
export function sampleOf({ exact, glob, regExp }: WrittenText): string | undefined {
  if (exact !== undefined) return matching(exactText(exact), exact);
  if (glob !== undefined) return matching(globText(glob), glob.replaceAll(/\*+/g, '1'));
  if (regExp === undefined) return undefined;
  const filled = (_: string, escaped?: string): string => (escaped === undefined || /[dwS]/.test(escaped) ? '1' : escaped);
  const made = regExp.replaceAll(/^\^|\$$/g, '').replaceAll(GAP, filled);
  return matching(regExpText(regExp), made);
}

function matching(read: ReturnType<typeof exactText>, made: string): string | undefined {
  return read.ok && read.value.test(made) ? made : undefined;
}
