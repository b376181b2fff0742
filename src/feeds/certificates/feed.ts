/** What the feed of revoked certificates is to others, and what it needs of them. */
import type { CertificateStatuses, RevocationReader } from '../../domain/certificate-status.ts';
import type { Clock } from '../../domain/ports.ts';
import type { After } from '../polling.ts';
import type { ListStore } from './remembered.ts';

/** Brings what stands at a URL, or the answer to what is posted there. Rejects with an Error for people. */
export type FetchRevocation = (
  url: string, options: { readonly maxBytes: number; readonly post?: Uint8Array }, signal: AbortSignal,
) => Promise<Uint8Array>;

/** Told what happens; must not throw. */
export interface CertificateFeedEvents {
  /** A list or answer has other content than before. */
  fetched(what: 'list' | 'answer', url: string): void;
  failed(what: 'list' | 'answer', url: string, problem: string, isNew: boolean): void;
}

/** How the feed is made. */
export interface CertificateFeedOptions {
  /** Of the calendar: lists and answers say by it when they hold. */
  readonly clock: Clock;
  readonly after?: After;
  /** Asked for before each reading: what reads is loaded with the first list or answer. */
  readonly reader: () => Promise<RevocationReader>;
  readonly fetch: FetchRevocation;
  readonly events: CertificateFeedEvents;
  /** Where lists that trust roots name survive a restart; absent: nowhere. */
  readonly store?: ListStore | undefined;
}

/** One list as the metrics show it. */
export interface ListState {
  readonly url: string;
  /** Milliseconds since it was last fetched and held. */
  readonly age?: number;
  /** Milliseconds until it ends; negative: it has ended. */
  readonly left?: number;
  readonly entries?: number;
  readonly failures: number;
}

/** Knows what is known of revoked certificates, and fetches what is not. */
export interface CertificateFeed extends CertificateStatuses {
  /** The lists that trust roots name from now on: they are fetched at once and never let go. */
  pin(urls: readonly string[]): void;
  /** Resolves once nothing is fetched for the first time any more, at the latest after `ms`; true when anything was. */
  settled(ms: number): Promise<boolean>;
  lists(): readonly ListState[];
  /** Counts how often somebody else was said to be revoked than before, by what had been fetched already. */
  changes(): number;
  /** When lists end that nobody seems to renew, epoch milliseconds: all others are taken to be renewed in time. */
  ends(): readonly { readonly url: string; readonly at: number }[];
  stats(): { readonly lists: number; readonly answers: number; readonly bytes: number };
  close(): void;
}
