/** SPIFFE IDs, by the letter of the SPIFFE-ID document: one text for one workload, with nothing that readers could normalise away. */

/** An ID in its parts. */
export interface SpiffeId {
  readonly trustDomain: string;
  /** With its slash; empty: the trust domain itself. */
  readonly path: string;
}

const SCHEME = 'spiffe://';
const LONGEST = 2048;
const LONGEST_DOMAIN = 255;
const DOMAIN = /^[a-z0-9._-]+$/;
const SEGMENT = /^[A-Za-z0-9._-]+$/;

/** Whether a text is the name of a trust domain (SPIFFE-ID §2.1). */
export function isTrustDomain(text: string): boolean {
  return text.length <= LONGEST_DOMAIN && DOMAIN.test(text);
}

/** Reads an ID; `undefined` for whatever is none. Of ASCII alone, so its length is its bytes. */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > LONGEST || !text.startsWith(SCHEME)) return undefined;
  const rest = text.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const trustDomain = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  if (!isTrustDomain(trustDomain)) return undefined;
  // An empty segment is a double slash or one at the end.
  const isPath = path.split('/').slice(1).every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..');
  return isPath ? { trustDomain, path } : undefined;
}
