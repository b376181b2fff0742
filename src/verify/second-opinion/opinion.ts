/** What a second, independent implementation says of keyless evidence that our own core has accepted (ADR 0002). */
import type { SigstoreRoot } from '../../domain/policy/trust-root.ts';
import type { ProvenCertificate } from '../../domain/policy/identity.ts';
import type { CompiledRoot } from '../../trust/index.ts';

/** Evidence that our core accepted, and what it proved of it. */
export interface OpinionQuestion {
  /** The Sigstore bundle as it was fetched. */
  readonly bundle: Uint8Array;
  /** The root under which our core proved it. */
  readonly root: Pick<SigstoreRoot, 'id' | 'trustedRoot' | 'require'>;
  /** The same root made ready for our core: what it lists tells what the library can judge. */
  readonly trust: Pick<CompiledRoot, 'logs' | 'ctLogs' | 'timestampAuthorities'>;
  /** Who signed, by our core: the other implementation must read the same names. */
  readonly signer: Pick<ProvenCertificate, 'issuer' | 'subject'>;
}

/** `none`: the library cannot judge this kind of evidence, which speaks neither for it nor against it. */
export type Opinion =
  | { readonly kind: 'agrees' }
  | { readonly kind: 'disagrees'; readonly said: string }
  | { readonly kind: 'none'; readonly why: string }
  /** It threw what it does not mean to throw: a fault, which may be gone at the next try. */
  | { readonly kind: 'failed'; readonly why: string };

/** Asks for an opinion; never throws. Costs 8 to 16 ms, so only verification threads call it. */
export type AskOpinion = (question: OpinionQuestion) => Opinion;
