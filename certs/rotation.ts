/** The steps of exchanging a path token, as pure functions of what there is. */
import { randomBytes } from 'node:crypto';
import { fingerprintOf } from '../src/platform/tokens.ts';

/** A path token as the Secret holds it. */
export interface PathToken {
  readonly token: string;
  /** RFC 3339; empty when nobody wrote it down. */
  readonly madeAt: string;
}

/** What there is: the tokens of the Secret, newest first, and those that webhooks send (`undefined` for a webhook without one). */
export interface RotationState {
  readonly tokens: readonly PathToken[];
  readonly used: readonly (string | undefined)[];
}

/** What is to be done next, so that a rotation that was cut short is taken up where it stopped. */
export type RotationStep =
  | { readonly kind: 'make' }
  | { readonly kind: 'switch'; readonly to: PathToken }
  | { readonly kind: 'done' };

/**
 * What the API server lets stand between two slashes of the `path` of a webhook's service: an RFC 1123 subdomain, in lower case.
 * In a `url` it takes anything.
 */
const SEGMENT = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** A new token, 192 random bits, in hexadecimal digits: see {@link SEGMENT}. */
export function newToken(now: number): PathToken {
  return { token: randomBytes(24).toString('hex'), madeAt: new Date(now).toISOString() };
}

/**
 * The next step of a rotation: make a token where the one in use is the only one, or where the newest is one that no webhook
 * can be given; switch where the newest is not in use, else nothing. Run again after any of them it goes on, or has nothing to do.
 */
export function nextStep({ tokens, used }: RotationState): RotationStep {
  const [newest] = tokens;
  if (newest === undefined || (!SEGMENT.test(newest.token) && !used.includes(newest.token))) return { kind: 'make' };
  if (used.some((token) => token !== newest.token)) return { kind: 'switch', to: newest };
  return tokens.length === 1 ? { kind: 'make' } : { kind: 'done' };
}

/** The tokens of the Secret after `made` was made: it, and the one that is in use, without which API servers would be refused. */
export function withNew(made: PathToken, { tokens, used }: RotationState): readonly PathToken[] {
  return [made, ...tokens.filter(({ token }) => used.includes(token)).slice(0, 1)];
}

/** Whether every webhook sends the newest token, so that all others can be dropped. */
export function isSwitched({ tokens, used }: RotationState): boolean {
  return tokens[0] !== undefined && used.length > 0 && used.every((token) => token === tokens[0]?.token);
}

/** Reads what the Secret holds, line by line; says nothing of what is wrong with it: the server does. */
export function readTokens(text: string): readonly PathToken[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [token = '', madeAt = ''] = line.split(/\s+/);
      return { token, madeAt };
    });
}

/** The file that the server reads. */
export function writeTokens(tokens: readonly PathToken[]): string {
  return tokens.map(({ token, madeAt }) => `${token}${madeAt === '' ? '' : ` ${madeAt}`}\n`).join('');
}

/** The token that a webhook sends, from the `path` of its service or from its `url`; `undefined` without one. */
export function usedToken(path: string): string | undefined {
  return /\/(?:validate|mutate)\/([^/?#]+)$/.exec(path)?.[1];
}

/** The same path or URL with this token; `undefined` when it is no path of Gatehouse's. */
export function withToken(path: string, token: string): string | undefined {
  const match = /^(.*\/(?:validate|mutate))(?:\/[^/?#]*)?$/.exec(path);
  return match === null ? undefined : `${match[1] ?? ''}/${token}`;
}

/** What may be shown of a token. */
export function shownToken({ token, madeAt }: PathToken): string {
  return `${fingerprintOf(token)}${madeAt === '' ? '' : ` of ${madeAt}`}`;
}
