/** A gate that a command asks, and what is signed without one. Types alone. */
import type { Decision } from '../../../domain/decision/decision.ts';

/** One request to a gate. */
export interface GateRequest {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash. */
  readonly path: string;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** What came of it. `isTls`: the certificate is not trusted, so that nothing was sent. */
export type GateReply =
  | { readonly kind: 'answer'; readonly status: number; readonly text: string; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly cause: string; readonly isTls: boolean };

/** A gate that is asked with a token. */
export interface GateClient {
  /** Its address in one spelling, for messages. */
  readonly url: string;
  /** Rejects only with {@link UsageError}, when the token cannot be read. */
  send(request: GateRequest): Promise<GateReply>;
  close(): Promise<void>;
}

/** Signs the publish summary of a decision, by the rules of the gate. */
export interface SummarySigner {
  /** The signed text, or why there is none. `run`: the uid of the run that it names. */
  sign(decision: Decision, run: string | undefined): { readonly text: string } | { readonly missing: string };
}
