/** Path tokens that have grown old, for `gatehouse check`. */
import type { ServerConfig } from '../../../platform/config/config.ts';
import { readTokenFile } from '../../../platform/token-file.ts';
import { isOld } from '../../../platform/tokens.ts';
import { UsageError } from '../context.ts';

/** A path token, by what may be told of it. */
export interface CheckedToken {
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly madeAt: number;
  readonly old: boolean;
}

/** The path tokens that a configuration names, the newest first; none where it names none. Throws {@link UsageError} for a broken file. */
export async function checkTokens({ callers }: Pick<ServerConfig, 'callers'>, now: number): Promise<readonly CheckedToken[]> {
  const { pathTokens } = callers;
  if (pathTokens === undefined) return [];
  try {
    const { all } = (await readTokenFile(pathTokens)).tokens();
    return all.map((token) => ({ ...token, old: isOld(token, now) }));
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** One line for a token that should be replaced. */
export function tokenLine({ fingerprint, madeAt }: CheckedToken, now: number): string {
  const days = Math.floor((now - madeAt) / 86_400_000);
  return `old       path token ${fingerprint}: made ${new Date(madeAt).toISOString()}, ${days} days ago; npm run token -- --rotate replaces it`;
}
