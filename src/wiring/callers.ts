/** By what callers show themselves, opened from the configuration and followed; told when a token grows old. */
import type { Clock } from '../domain/ports.ts';
import type { Feed } from '../feeds/feed.ts';
import { openTokens } from '../feeds/tokens.ts';
import { canUsePullSecrets, isProvable, readsPullSecrets } from '../platform/config/callers.ts';
import type { ServerConfig } from '../platform/config/config.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import { OLD_TOKEN_DAYS, isOld } from '../platform/tokens.ts';
import type { Tokens } from '../platform/tokens.ts';
import { createCallers } from '../surfaces/http/callers.ts';
import type { Callers } from '../surfaces/http/callers.ts';
import type { Lifetime } from './lifetime.ts';
import type { Certificate } from './serving.ts';

/** The judge of callers, and the files that are followed for it. */
export interface FollowedCallers {
  readonly callers: Callers;
  readonly feeds: readonly Feed<unknown>[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Opens the files of tokens that the configuration names; throws when one of them is broken. */
export async function openCallers(
  config: Pick<ServerConfig, 'callers' | 'tls' | 'kubernetes'>,
  certificate: Certificate,
  telemetry: Telemetry,
  lifetime: Lifetime,
  pollMs?: number,
): Promise<FollowedCallers> {
  const { pathTokens, bearerTokens, pullSecretsByPathToken } = config.callers;
  const open = async (kind: 'path' | 'bearer', path: string | undefined): Promise<Feed<Tokens> | undefined> =>
    path === undefined ? undefined : openTokenFile(`${kind}-tokens`, path, telemetry, lifetime, pollMs);
  const [byPath, byHeader] = [await open('path', pathTokens), await open('bearer', bearerTokens)];
  if (byPath !== undefined) watchAge(byPath, telemetry, Date, lifetime);
  if (readsPullSecrets(config) && !canUsePullSecrets(config))
    telemetry.logger.warn(
      'pull secrets are read but never used: a path token is no proof for them unless callers.pullSecretsByPathToken says so',
    );
  return {
    callers: createCallers({
      clock: Date,
      authorities() {
        const { ca } = certificate.current();
        return ca === undefined ? undefined : String(ca);
      },
      names: config.tls?.clientNames,
      bearerTokens: byHeader?.current,
      pathTokens: byPath?.current,
      pullSecretsByPathToken,
      provable: isProvable(config),
    }),
    feeds: [byPath, byHeader].filter((feed) => feed !== undefined),
  };
}

/** Follows one file of tokens until the lifetime ends; fingerprints are told, tokens never. */
export async function openTokenFile(
  name: string,
  path: string,
  { logger }: Telemetry,
  lifetime: Lifetime,
  pollMs?: number,
): Promise<Feed<Tokens>> {
  const feed = await openTokens(
    name,
    path,
    {
      loaded({ all }) {
        const line = { file: path, fingerprints: all.map(({ fingerprint }) => fingerprint) };
        if (all.length === 0) logger.warn(line, `no ${name}: nobody can show one`);
        else logger.info(line, `${name} loaded`);
      },
      refused: (problem) => logger.error({ problem }, `new ${name} refused, the old ones stay valid`),
    },
    pollMs,
  );
  lifetime.defer(() => feed.close());
  return feed;
}

/** The path token is printed wherever a call of the API server fails: its age is a gauge, and above the limit a line a day. */
function watchAge(feed: Feed<Tokens>, { logger, metrics }: Telemetry, clock: Clock, lifetime: Lifetime): void {
  metrics.series(
    'path_token_age_seconds',
    'Seconds since the path token was made; newest first of at most two',
    ['place', 'fingerprint'],
    () =>
      feed.current().all.map(({ fingerprint, madeAt }, index) => ({
        labels: { place: index === 0 ? 'newest' : 'older', fingerprint },
        value: (clock.now() - madeAt) / 1000,
      })),
  );
  let toldAt = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const now = clock.now();
    const old = feed.current().all.filter((token) => isOld(token, now));
    if (old.length === 0 || now - toldAt < DAY) return;
    toldAt = now;
    const fingerprints = old.map(({ fingerprint }) => fingerprint);
    logger.warn({ fingerprints, days: OLD_TOKEN_DAYS }, 'path token is old: npm run token -- --rotate');
  };
  look();
  const timer = setInterval(look, HOUR).unref();
  lifetime.defer(() => clearInterval(timer));
}
