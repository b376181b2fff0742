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

  /** Notes that a piece was too much; `key` is that of its outcome, `namespace` on whose behalf it was tried. */
  note(key: string, { code, cause = '' }: Pick<EvidenceProblem, 'code' | 'cause'>, namespace: string): void {
    keep(this.#pieces, key, { at: this.#now(), code, cause });
    this.noteNamespace(namespace);
  }

  /** Notes on whose behalf something was tried that was too much. Work of our own is nobody's. */
  noteNamespace(namespace: string): void {
    if (namespace !== '') keep(this.#namespaces, namespace, this.#now());
  }

  /** The answer about a piece that was too much a while ago; `undefined` when it may be tried. */
  known(key: string, { digest, source }: UnverifiedEvidence): VerificationOutcome | undefined {
    const overrun = this.#pieces.get(key);
    if (overrun === undefined || !this.#recent(overrun.at)) return undefined;
    const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1000));
    const ago = this.#now() - overrun.at;
    const cause = `${overrun.cause} ${seconds(ago)} s ago; it is tried again in ${seconds(REMEMBERED_MS - ago)} s`;
    const problems = [{ code: overrun.code, source, cause }];
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

/** Notes a value anew; what was noted longest ago goes when there are too many. */
function keep<Value>(notes: Map<string, Value>, key: string, value: Value): void {
  notes.delete(key);
  notes.set(key, value);
  const [oldest] = notes.keys();
  if (notes.size > MOST && oldest !== undefined) notes.delete(oldest);
}
