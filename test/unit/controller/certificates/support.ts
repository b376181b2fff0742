/** A Secret and webhook configurations in memory, with what was in them at each moment, and writes that can be lost. */
import { makeServingCertificate } from '../../../../src/platform/tls/authority.ts';
import { serviceNames } from '../../../../src/platform/tls/service-names.ts';
import { createCertificateKeeper } from '../../../../src/controller/certificates/keeper.ts';
import type { CertificateKeeper, KeeperOptions, SecretStore, WebhookStore } from '../../../../src/controller/certificates/keeper.ts';
import type { HeldSecret } from '../../../../src/controller/certificates/kept.ts';

export const NAMES = serviceNames('gatehouse', 'gatehouse-system');
export const DAY = 86_400_000;

/** What a value was over time. */
export class History<T> {
  readonly #entries: { readonly at: number; readonly value: T }[] = [];
  set(at: number, value: T): void {
    this.#entries.push({ at, value });
  }
  /** As it was then; `undefined` before the first. */
  at(time: number): T | undefined {
    return this.#entries.findLast((entry) => entry.at <= time)?.value;
  }
  get last(): T | undefined {
    return this.#entries.at(-1)?.value;
  }
}

export interface World {
  now: number;
  secret: HeldSecret | undefined;
  readonly served: History<{ readonly certificate: string; readonly key: string }>;
  readonly trusts: Map<string, History<string>>;
  readonly log: string[];
  readonly problems: string[];
  /** What becomes of the next write: done, not done, or done and its answer lost. */
  fate: () => 'done' | 'refused' | 'lost';
  keeper(options?: Partial<KeeperOptions>): CertificateKeeper;
  readonly secrets: SecretStore;
  readonly webhooks: WebhookStore;
}

/** A cluster with these webhook configurations, of two webhooks each. */
export function world(now: number, hooks: readonly string[] = ['gatehouse']): World {
  let version = 0;
  const made: World = {
    now, secret: undefined, served: new History(), trusts: new Map(hooks.map((name) => [name, new History<string>()])), log: [], problems: [],
    fate: () => 'done',
    secrets: {
      read: async () => made.secret,
      create: (secret) => write(() => {
        if (made.secret !== undefined) throw new Error('409 AlreadyExists');
        put(secret);
      }),
      replace: (secret) => write(() => {
        if (secret.resourceVersion !== made.secret?.resourceVersion) throw new Error('409 Conflict');
        put(secret);
      }),
    },
    webhooks: {
      read: async () => [...made.trusts].map(([name, history]) => ({ name, bundles: [history.last ?? '', history.last ?? ''] })),
      trust: ({ name }, bundle) => write(() => made.trusts.get(name)?.set(made.now, bundle)),
    },
    keeper: (options = {}) => createCertificateKeeper({
      secrets: made.secrets, webhooks: made.webhooks, clock: () => made.now, names: NAMES,
      make: (names, at) => makeServingCertificate({ names, days: 90, now: at }),
      did: (what) => made.log.push(what), failed: (problem) => made.problems.push(problem), ...options,
    }),
  };
  const put = (secret: HeldSecret): void => {
    made.secret = { ...secret, resourceVersion: String(version += 1) };
    made.served.set(made.now, { certificate: secret.data['tls.crt'] ?? '', key: secret.data['tls.key'] ?? '' });
  };
  const write = async (change: () => void): Promise<void> => {
    const fate = made.fate();
    if (fate !== 'refused') change();
    if (fate !== 'done') throw new Error(`write ${fate}`);
  };
  return made;
}
