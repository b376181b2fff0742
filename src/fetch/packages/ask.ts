/** Asking ecosystems of packages: under the rules of the network room, at the address of the configuration and nowhere else. */
import type { HttpStats } from '../../net/http.ts';
import { createAsker, isAbsent, refused } from '../asker.ts';
import type { AskOptions } from '../asker.ts';
import type { AskEcosystem, EcosystemName } from './ecosystem.ts';

/** Where one ecosystem is asked; `packages:` in the configuration. */
export interface EcosystemAddress {
  readonly ecosystem: EcosystemName;
  /** Base URL; a path in it stands before every path that is asked for. Naming a host here permits it to be private. */
  readonly url: string;
  /** PEM of certificate authorities that are trusted for it in addition to the system's. */
  readonly ca?: string | undefined;
}

/** Everything that asks ecosystems shares connections, slots and the breaker. */
export interface PackageHttp {
  at(address: EcosystemAddress): AskEcosystem;
  readonly stats: Readonly<HttpStats>;
  close(): Promise<void>;
}

/** Opens what asks ecosystems. Nothing is sent yet. */
export function createPackageHttp(options: AskOptions): PackageHttp {
  const asker = createAsker(options);
  return {
    stats: asker.stats,
    at({ ecosystem, url, ca }) {
      const withoutTls = { source: url, cause: `this is where ${ecosystem} packages are to be asked for` };
      const place = asker.at({ name: `${ecosystem} ${url}`, url, ca, withoutTls });
      return async ({ path, accept, maxBytes, what }, signal) => {
        const reply = await place.ask({ path, headers: { accept }, maxBytes, what }, signal);
        if (reply.status === 200) return reply.body;
        if (isAbsent(reply)) return undefined;
        throw refused(reply, place.host, what);
      };
    },
    close: () => asker.close(),
  };
}
