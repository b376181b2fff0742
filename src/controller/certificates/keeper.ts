/** Makes the serving certificate, has webhooks trust it before it is served, and renews it in time; at no moment is a request lost. */
import type { ServingCertificate } from '../../platform/tls/authority.ts';
import { countCertificates, isIssuedUnder, joinBundles } from '../../platform/tls/bundle.ts';
import { CONTROLLER, issuersOf, KEPT_BY, readable, readKept, validityOf, writeKept } from './kept.ts';
import type { HeldSecret, Kept } from './kept.ts';
import { DEFAULT_TIMES, nextStep } from './step.ts';
import type { Times } from './step.ts';

/** The one Secret. What another has changed meanwhile is never overwritten: both writes reject then. */
export interface SecretStore {
  read(): Promise<HeldSecret | undefined>;
  create(secret: HeldSecret): Promise<void>;
  /** Only while it is the one that was read. */
  replace(secret: HeldSecret): Promise<void>;
}

/** A webhook configuration that is there, and whom each of its webhooks trusts, in PEM. */
export interface WebhookTrust {
  readonly name: string;
  readonly bundles: readonly string[];
}

/** The webhook configurations of ours that are installed. */
export interface WebhookStore {
  read(): Promise<readonly WebhookTrust[]>;
  /** Has every webhook of one trust this bundle. */
  trust(webhook: WebhookTrust, bundle: string): Promise<void>;
}

/** What a keeper needs. */
export interface KeeperOptions {
  readonly secrets: SecretStore;
  readonly webhooks: WebhookStore;
  /** Epoch milliseconds, as whoever believes the certificate has them. */
  readonly clock: () => number | Promise<number>;
  /** Makes a certificate for the names, and an authority of its own, whose key is gone afterwards. */
  readonly make: (names: readonly string[], now: number) => Promise<ServingCertificate>;
  /** By what replicas are asked. */
  readonly names: readonly string[];
  readonly times?: Times;
  /** Told of each thing that was done. */
  readonly did: (what: string) => void;
  /** Told when nothing can be done, and why; once for each cause. */
  readonly failed: (problem: string) => void;
}

/** What keeping came to. */
export interface CertificateState {
  /** When what is served ends, epoch milliseconds. */
  readonly notAfter: number;
  /** Authorities that webhooks trust. */
  readonly authorities: number;
}

/** Keeps one certificate. */
export interface CertificateKeeper {
  /** One round: looks, and does what is due. Never rejects. Only one controller may call it at a time, and its writes fail if two do. */
  step(): Promise<void>;
  /** Calls `step` now and then again and again until `close`. */
  start(everyMs?: number): void;
  /** As it was last seen; nothing before. */
  current(): CertificateState | undefined;
  close(): void;
}

const EVERY_MS = 30_000;

/** Makes a keeper; it does nothing until it is started. */
export function createCertificateKeeper(options: KeeperOptions): CertificateKeeper {
  const told = { problem: '' };
  const memory: Memory = {};
  const state: { current?: CertificateState; timer?: NodeJS.Timeout; closed: boolean; running?: Promise<void> } = { closed: false };
  const step = async (): Promise<void> => {
    try {
      state.current = await keep(options, memory);
      told.problem = '';
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      if (problem !== told.problem) options.failed(problem);
      told.problem = problem;
    }
  };
  const alone = (): Promise<void> => (state.running ??= step().finally(() => delete state.running));
  return {
    step: alone,
    start(everyMs = EVERY_MS) {
      const again = (): void => {
        if (!state.closed) state.timer = setTimeout(() => void alone().then(again), everyMs);
      };
      void alone().then(again);
    },
    current: () => state.current,
    close() {
      state.closed = true;
      clearTimeout(state.timer);
    },
  };
}

/** What is made and in no Secret yet; a controller that is started anew makes another. */
interface Memory {
  pending?: ServingCertificate;
  trustedSince?: number;
}

async function keep(options: KeeperOptions, memory: Memory): Promise<CertificateState> {
  const held = await options.secrets.read();
  if (held === undefined) return first(options, memory);
  delete memory.pending;
  delete memory.trustedSince;
  if (held.annotations[KEPT_BY] !== CONTROLLER)
    throw new Error(
      'Secret gatehouse-tls is kept by somebody else, and is left alone: '
        + `to hand it over, kubectl -n gatehouse-system annotate secret gatehouse-tls ${KEPT_BY}=${CONTROLLER}`,
    );
  const kept = readKept(held);
  const webhooks = await options.webhooks.read();
  // Of a Secret that cannot be served by nothing is believed but what it adds.
  const trusted = kept.broken ? joinBundles(kept.trusted, ...webhooks.flatMap(({ bundles }) => bundles.map(readable))) : kept.trusted;
  const isFresh = await haveTrusted(options, webhooks, trusted);
  return stateOf(await advance(options, { ...kept, trusted }, held, isFresh, await options.clock()));
}

function stateOf({ served, broken, trusted }: Kept): CertificateState {
  return { notAfter: broken ? 0 : validityOf(served).to, authorities: countCertificates(trusted) };
}

async function first(options: KeeperOptions, memory: Memory): Promise<CertificateState> {
  const now = await options.clock();
  const found = await options.webhooks.read();
  const trusted = joinBundles(...found.flatMap(({ bundles }) => bundles.map(readable)));
  const { certificate, key, ca } = (memory.pending ??= await options.make(options.names, now));
  const made: Kept = { served: { certificate, key }, broken: false, trusted: joinBundles(ca, trusted), servedSince: now, renew: false };
  // Where webhooks trust somebody the Secret was deleted, and replicas serve what was in it: trust comes first, as in a renewal.
  if (trusted !== '') {
    const isFresh = await haveTrusted(options, found, made.trusted);
    if (isFresh || memory.trustedSince === undefined || memory.trustedSince > now) memory.trustedSince = now;
    if (now - memory.trustedSince < (options.times ?? DEFAULT_TIMES).spreadMs) return stateOf(made);
  }
  await options.secrets.create(writeKept(made));
  options.did('made a certificate authority and the serving certificate');
  await haveTrusted(options, await options.webhooks.read(), made.trusted);
  return stateOf(made);
}

/** Has every webhook trust the bundle; true when one had to be told. */
async function haveTrusted({ webhooks, did }: KeeperOptions, found: readonly WebhookTrust[], bundle: string): Promise<boolean> {
  const others = found.filter(({ bundles }) => bundles.some((held) => held !== bundle));
  if (bundle === '') return false;
  for (const webhook of others) {
    await webhooks.trust(webhook, bundle);
    did(`${webhook.name}: caBundle filled in`);
  }
  return others.length > 0;
}

async function advance(options: KeeperOptions, kept: Kept, held: HeldSecret, isFresh: boolean, now: number): Promise<Kept> {
  const { secrets, did, names, times = DEFAULT_TIMES } = options;
  const save = async (changed: Kept, what: string): Promise<Kept> => {
    await secrets.replace(writeKept(changed, held));
    did(what);
    return changed;
  };
  switch (nextStep(kept, names, isFresh, now, times)) {
    case 'make': {
      const { certificate, key, ca } = await options.make(names, now);
      const next = { certificate, key };
      return save({ ...kept, next, trusted: joinBundles(kept.trusted, ca), renew: false },
        'made the next certificate authority and certificate');
    }
    case 'note-trust':
      return save({ ...kept, trustedSince: now }, 'webhooks trust the next certificate beside the one that is served');
    case 'serve': {
      const { next, trustedSince: _, ...rest } = kept;
      if (next === undefined || !isIssuedUnder(next.certificate, kept.trusted)) return kept;
      return save({ ...rest, served: next, broken: false, servedSince: now },
        'the next certificate is served; the one before stays trusted for a while');
    }
    case 'note-serve':
      return save({ ...kept, servedSince: now }, 'the clock has gone back: what is served counts from now');
    case 'forget':
      return forget(kept, save);
    case 'wait':
      return kept;
  }
}

/** Trust is taken out of the Secret first, and out of webhooks in the next round. */
function forget(kept: Kept, save: (changed: Kept, what: string) => Promise<Kept>): Promise<Kept> {
  return save({ ...kept, trusted: issuersOf(kept.trusted, kept.served.certificate) }, 'the authority before is forgotten');
}
