/** What became of the credentials of one question: who was refused, what was not sent, and why; never a credential itself. */
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import type { Advice } from '../../net/words/advice.ts';
import { FetchFailure } from '../../net/failure.ts';
import type { HttpReply } from '../../net/http.ts';
import { MOST_CANDIDATES } from '../credentials/keychain.ts';
import type { Reader } from './reader.ts';

/** Keeps count for one question. */
export interface Tries {
  /** What the registry told somebody who showed nothing, once it was asked so. */
  stranger: { readonly reply: HttpReply; readonly own: boolean } | undefined;
  /** A credential's turn is over: it was sent or not asked for, and the token service it was withheld from, if there is one. */
  asked(credential: RegistryCredential, use: 'sent' | 'unused', withheldFrom: string | undefined): void;
  refused(credential: RegistryCredential | undefined, failure: FetchFailure): void;
  /** The registry said that it is not there, to whoever had the turn. */
  missed(): void;
  /** "Not there" means that: a credential that was sent heard it, or there is none that was refused or withheld. */
  readonly believed: boolean;
  /** FETCH_UNAUTHORIZED, with what was sent where. */
  refusal(): FetchFailure;
  /** A failure of another kind, which also says how many were refused before it. */
  amended(failure: FetchFailure): FetchFailure;
}

/** Starts counting. */
export function createTries(reader: Reader, advice: Advice): Tries {
  return new Counted(reader, advice);
}

// A class, because there is one for every request.
class Counted implements Tries {
  readonly #reader: Reader;
  readonly #advice: Advice;
  readonly #services = new Set<string>();
  #ofSecrets = 0;
  #own = 0;
  #unused = 0;
  #withheld = 0;
  #refused = 0;
  #sentLast = false;
  #heard = false;
  #first: FetchFailure | undefined;
  stranger: Tries['stranger'];

  constructor(reader: Reader, advice: Advice) {
    this.#reader = reader;
    this.#advice = advice;
  }

  asked(credential: RegistryCredential, use: 'sent' | 'unused', withheldFrom: string | undefined): void {
    this.#sentLast = use === 'sent' && withheldFrom === undefined;
    if (withheldFrom !== undefined) {
      this.#withheld += 1;
      this.#services.add(withheldFrom);
    } else if (use === 'unused') this.#unused += 1;
    else if (this.#isOfSecret(credential)) this.#ofSecrets += 1;
    else this.#own += 1;
  }

  refused(credential: RegistryCredential | undefined, failure: FetchFailure): void {
    if (credential !== undefined) this.#refused += 1;
    this.#first ??= failure;
  }

  missed(): void {
    this.#heard ||= this.#sentLast;
    this.#sentLast = false;
  }

  get believed(): boolean {
    return this.#heard || (this.#refused === 0 && this.#withheld === 0);
  }

  refusal(): FetchFailure {
    const host = this.#host;
    const problem: FetchProblem = this.#first?.problem ?? { code: 'FETCH_UNAUTHORIZED', source: host, found: 'not there for strangers' };
    const fix = this.#fix();
    return new FetchFailure({ ...problem, ...(fix === undefined ? {} : { fix }), cause: this.#told() });
  }

  amended(failure: FetchFailure): FetchFailure {
    if (this.#refused === 0) return failure;
    const cause = [failure.problem.cause, this.#told()].filter((text) => text !== undefined).join('; ');
    return new FetchFailure({ ...failure.problem, cause });
  }

  get #host(): string {
    return this.#reader.repository.origin.host.text;
  }

  get #named(): string {
    return [...this.#services].join(', ');
  }

  #isOfSecret(credential: RegistryCredential): boolean {
    const { candidates, ofSecrets } = this.#reader.access;
    return candidates.indexOf(credential) < ofSecrets;
  }

  /** What was withheld, or cannot be sent, is no credential that was refused: giving another one does not help. */
  #fix(): string | undefined {
    if (this.#withheld > 0) return this.#advice.tokenService(this.#host, this.#named);
    if (this.#unused > 0 && this.#ofSecrets + this.#own === 0)
      return `could not verify, retry; ask the operator of ${this.#host} how one logs in there`;
    return this.#advice.credential?.(this.#reader.repository.credentialHost);
  }

  #told(): string {
    const { repository, access } = this.#reader;
    const [host, services, sent] = [this.#host, this.#named, this.#ofSecrets + this.#own];
    const untried = access.candidates.length - sent - this.#withheld - this.#unused + access.untried;
    const lines = [
      access.candidates.length === 0 ? `no credential was tried: there is none for ${repository.credentialHost}` : '',
      sent > 0 ? `${counted(sent)} sent to ${host} or its token service, in vain (${this.#whose()})` : '',
      this.#withheld > 0 ? `${counted(this.#withheld)} not sent to the token service ${services}: authHosts of ${host} do not name it` : '',
      this.#unused > 0 ? `${counted(this.#unused)} not sent: ${host} names no way to log in that can be read` : '',
      untried > 0 ? `${counted(untried)} not tried (at most ${MOST_CANDIDATES} are)` : '',
    ];
    return lines.filter((line) => line !== '').join('; ');
  }

  /** Whose the credentials were that were sent: what is mended where depends on that. */
  #whose(): string {
    const parts = [
      this.#ofSecrets > 0 ? `${this.#ofSecrets} of pull secrets` : '',
      this.#own > 0 ? `${this.#own} ${this.#advice.own}` : '',
    ];
    return parts.filter((part) => part !== '').join(', ');
  }
}

function counted(number: number): string {
  return number === 1 ? '1 credential was' : `${number} credentials were`;
}
