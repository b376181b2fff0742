/** How the client says no: one error, with a word for the sort of fault. */

/** What was wrong: for metrics, tests and the choice between "ask again" and "look at it". */
export type TufFault = 'malformed' | 'signature' | 'rollback' | 'expired' | 'mismatch' | 'missing' | 'limit' | 'content' | 'disagreement';

/**
 * A repository's file was refused, or what was asked for is not published. The message names the file, what was
 * found and what was expected. Everything the client throws on purpose is one of these; what the network or the
 * disk throw passes through unchanged.
 */
export class TufRefusal extends Error {
  readonly fault: TufFault;

  constructor(fault: TufFault, message: string) {
    super(message);
    this.name = 'TufRefusal';
    this.fault = fault;
  }
}

/** Throws a {@link TufRefusal}. */
export function refuse(fault: TufFault, message: string): never {
  throw new TufRefusal(fault, message);
}
