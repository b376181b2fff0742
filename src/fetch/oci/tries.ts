/** What became of the credentials of one question: who was refused, what was not sent, and why; never a credential itself. */
import type { RegistryCredential } from '../../domain/artifact/registry.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import { FetchFailure } from '../../net/failure.ts';
import type { HttpReply } from '../../net/http.ts';
import { MOST_CANDIDATES } from '../credentials/keychain.ts';
import type { Reader } from './reader.ts';

/** Keeps count for one question. */
export interface Tries {
  /** What the registry told somebody who showed nothing, once it was asked so. */
  stranger: { readonly reply: HttpReply; readonly own: boolean } | undefined;
  /** A credential's turn is over: it was sent or not asked for, and the token service it was withheld from, if there is one. */
  asked(use: 'sent' | 'unused', withheldFrom: string | undefined): void;
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
export function createTries(reader: Reader): Tries {
  return new Counted(reader);
}

// A class, because there is one for every request.
class Counted implements Tries {
  readonly #reader: Reader;
  readonly #services = new Set<string>();
  #sent = 0;
  #unused = 0;
  #withheld = 0;
  #refused = 0;
  #sentLast = false;
  #heard = false;
  #first: FetchFailure | undefined;
  stranger: Tries['stranger'];

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  asked(use: 'sent' | 'unused', withheldFrom: string | undefined): void {
    this.#sentLast = use === 'sent' && withheldFrom === undefined;
    if (withheldFrom !== undefined) {
      this.#withheld += 1;
      this.#services.add(withheldFrom);
    } else if (use === 'sent') this.#sent += 1;
    else this.#unused += 1;
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
    const named = [...this.#services].join(', ');
    const fix =
      this.#withheld === 0 ? {} : { fix: `could not verify, retry after naming ${named} under registries[].authHosts of ${host}` };
    return new FetchFailure({ ...problem, ...fix, cause: this.#told() });
  }

  amended(failure: FetchFailure): FetchFailure {
    if (this.#refused === 0) return failure;
    const cause = [failure.problem.cause, this.#told()].filter((text) => text !== undefined).join('; ');
    return new FetchFailure({ ...failure.problem, cause });
  }

  get #host(): string {
    return this.#reader.repository.origin.host.text;
  }

  #told(): string {
    const { repository, access } = this.#reader;
    const [host, services] = [this.#host, [...this.#services].join(', ')];
    const untried = access.candidates.length - this.#sent - this.#withheld - this.#unused + access.untried;
    const lines = [
      access.candidates.length === 0 ? `no credential was tried: there is none for ${repository.credentialHost}` : '',
      this.#sent > 0 ? `${counted(this.#sent)} sent to ${host} or its token service, in vain` : '',
      this.#withheld > 0 ? `${counted(this.#withheld)} not sent to the token service ${services}: authHosts of ${host} do not name it` : '',
      this.#unused > 0 ? `${counted(this.#unused)} not sent: ${host} names no way to log in that can be read` : '',
      untried > 0 ? `${counted(untried)} not tried (at most ${MOST_CANDIDATES} are)` : '',
    ];
    return lines.filter((line) => line !== '').join('; ');
  }
}

function counted(number: number): string {
  return number === 1 ? '1 credential was' : `${number} credentials were`;
}
