/** What the gate is given; it translates and holds no state of its own but who has asked how much. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { Authenticator } from '../../domain/gate/authentication.ts';
import type { GateCaller, RunOfCaller } from '../../domain/gate/caller.ts';
import type { ReceiptIssuer, ReceiptOrder, ReceiptReader } from '../../domain/gate/receipt.ts';
import type { Clock, EvidenceBatch, EvidencePublisher } from '../../domain/ports.ts';
import type { ClientCertificates } from '../http/client-certificate.ts';
import type { Admit, HttpEvents } from '../http/deps.ts';
import type { KeptAnswers } from './kept-answers.ts';

/** Everything that the routes of the gate need. */
export interface GateDeps {
  readonly admit: Admit;
  readonly clock: Clock;
  readonly newId: (at: number) => string;
  readonly authenticator: Authenticator;
  /** The run of a caller, looked up live. Never rejects. */
  runOf(caller: GateCaller, signal: AbortSignal): Promise<RunOfCaller>;
  readonly issuer: ReceiptIssuer;
  readonly receipts: ReceiptReader;
  /** Reads evidence that came with a question; hostile bytes, bounded. */
  readEvidence(name: string, bytes: Uint8Array): EvidenceBatch;
  readonly limits: { readonly bodyBytes: number; readonly callerInFlight: number; readonly callerPerMinute: number };
  /** Where publish summaries are put; absent: they are given, and put nowhere. */
  readonly publishing?: Publishing | undefined;
  /** Milliseconds that a question may take. */
  readonly budget: number;
  readonly draining: () => boolean;
  /** Answers that can be asked for again. */
  readonly kept: KeptAnswers;
  /** Whether a caller may read the decisions of a namespace, by the roles of the cluster; rejects when nobody says. */
  mayRead(caller: GateCaller, namespace: string): Promise<boolean>;
  /** Clients that show a certificate in place of a token; absent: none are answered. */
  readonly clients?: ClientCertificates | undefined;
  /** The namespace as which a client with a certificate is judged; empty: none. */
  readonly clientNamespace?: string | undefined;
  readonly events: HttpEvents;
}

/** Publish summaries beside what they are about. Never rejects. */
export interface Publishing {
  /** One of ours that lies there and names this run, as text. */
  find(artifact: Artifact, run: string, signal: AbortSignal): Promise<string | undefined>;
  push(artifact: Artifact, text: string, signal: AbortSignal): ReturnType<EvidencePublisher['publish']>;
  /** Whether one for this run is being signed, to be pushed when it is. */
  signing(artifact: Artifact, run: string): boolean;
  /** Pushes it as soon as it is signed. */
  pushLater(artifact: Artifact, order: ReceiptOrder): void;
}
