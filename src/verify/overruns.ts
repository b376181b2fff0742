/** What was too much for a thread is remembered for a while, so that one image cannot occupy the threads again and again. */
import type { EvidenceProblem, UnverifiedEvidence, VerificationOutcome } from '../domain/evidence.ts';
import { toOutcome } from './verified.ts';

/** Milliseconds for which a piece is not tried again, and whoever had it tried is given less time. */
export const REMEMBERED_MS = 60_000;

/** Pieces and namespaces kept in mind, of each so many. */
const MOST = 1000;

interface Overrun {
  readonly at: number;
  readonly code: EvidenceProblem['code'];
  readonly cause: string;
}

/** Memory of what took too long, or ended its thread. All it ever makes of a piece is undetermined, which admits nothing. */
export class Overruns {
  readonly #now: () => number;
  readonly #pieces = new Map<string, Overrun>();
  readonly #namespaces = new Map<string, number>();

  /** `now` gives milliseconds of a clock that does not jump. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Notes that a piece was too much; `key` is that of its outcome, `namespace` on whose behalf it was tried. What was too much for
   * the little time that a namespace is given (`hasty`) is so for that namespace alone: it says nothing of what others may have.
   */
  note(key: string, { code, cause = '' }: Pick<EvidenceProblem, 'code' | 'cause'>, namespace: string, hasty: boolean): void {
    keep(this.#pieces, hasty ? within(namespace, key) : key, { at: this.#now(), code, cause });
    this.noteNamespace(namespace);
  }

  /** Notes on whose behalf something was tried that was too much. Work of our own is nobody's. */
  noteNamespace(namespace: string): void {
    if (namespace !== '') keep(this.#namespaces, namespace, this.#now());
  }

  /** The answer about a piece that was too much a while ago; `undefined` when it may be tried on behalf of this namespace. */
  known(key: string, { digest, source }: UnverifiedEvidence, namespace: string): VerificationOutcome | undefined {
    if (this.#pieces.size === 0) return undefined;
    const noted = [key, within(namespace, key)].map((name) => this.#pieces.get(name));
    const overrun = noted.find((one) => one !== undefined && this.#recent(one.at));
    if (overrun === undefined) return undefined;
    // No time in it: a text that changes from one try to the next wakes the controllers that copy it, which try again at once.
    const problems = [{ code: overrun.code, source, cause: overrun.cause }];
    return toOutcome({ evidenceDigest: digest, source, proofs: [], problems, cacheable: false }, source);
  }

  /** True for a namespace of which something was too much a while ago. */
  recent(namespace: string): boolean {
    const at = this.#namespaces.get(namespace);
    return at !== undefined && this.#recent(at);
  }

  #recent(at: number): boolean {
    return this.#now() - at < REMEMBERED_MS;
  }
}

function within(namespace: string, key: string): string {
  return `${namespace}\n${key}`;
}

/** Notes a value anew; what was noted longest ago goes when there are too many. */
function keep<Value>(notes: Map<string, Value>, key: string, value: Value): void {
  notes.delete(key);
  notes.set(key, value);
  const [oldest] = notes.keys();
  if (notes.size > MOST && oldest !== undefined) notes.delete(oldest);
}
