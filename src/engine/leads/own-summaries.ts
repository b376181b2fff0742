/** Envelopes found with an artifact, read by the keys of this gate: whether one of them is a publish summary of ours. */
import type { EvidenceFormat, UnverifiedEvidence } from '../../domain/evidence.ts';
import type { ReadReceipt } from '../../domain/gate/receipt.ts';
import type { OwnSummary } from '../../evaluate/index.ts';
import type { Context } from '../context.ts';
import { createInquiry } from '../inquiry.ts';
import type { Inquiry } from '../inquiry.ts';

/** Formats in which our own come: signed by a key, or keyless. */
const FORMATS: ReadonlySet<EvidenceFormat> = new Set(['dsse', 'cosign-dsse', 'sigstore-bundle']);
/** Ours are much smaller; what is larger is somebody else's. */
const LARGEST = 64 * 1024;
/** Pieces of one artifact that are read; whoever may push beside it could push thousands. */
const MOST = 64;

/** What was signed by us beside one artifact, as far as it is read by now. */
export interface OwnSummaries {
  /** True when pieces are still to be read. */
  readonly open: boolean;
  answer(): Promise<void>;
  /** `undefined` where there are no keys of ours. */
  among(evidence: readonly UnverifiedEvidence[]): (() => readonly OwnSummary[]) | undefined;
}

/** Reads for one artifact in one request; each piece once, and none unless a policy asks. */
export function createOwnSummaries(context: Pick<Context, 'ports' | 'deadline'>): OwnSummaries {
  return new Summaries(context);
}

// A class, because there is one for every artifact.
class Summaries implements OwnSummaries {
  readonly #context: Pick<Context, 'ports' | 'deadline'>;
  #inquiry: Inquiry<UnverifiedEvidence, ReadReceipt> | undefined;

  constructor(context: Pick<Context, 'ports' | 'deadline'>) {
    this.#context = context;
  }

  get open(): boolean {
    return this.#inquiry?.open === true;
  }

  async answer(): Promise<void> {
    await this.#inquiry?.answer();
  }

  among(evidence: readonly UnverifiedEvidence[]): (() => readonly OwnSummary[]) | undefined {
    const { ports: { receipts, clock }, deadline } = this.#context;
    if (receipts === undefined) return undefined;
    return () => {
      const { ask } = (this.#inquiry ??= createInquiry<UnverifiedEvidence, ReadReceipt>({
        keyOf: ({ digest }) => digest,
        answer: ({ bytes }) => receipts.read(Buffer.from(bytes).toString('utf8'), 'publish', clock.now()),
        late: () => ({ ok: false, code: 'ENGINE_DEADLINE' }),
      }, deadline));
      const pieces = evidence.filter(({ format, bytes }) => FORMATS.has(format) && bytes.length <= LARGEST).slice(0, MOST);
      return pieces.flatMap((piece) => {
        const read = ask(piece);
        return read === undefined ? [] : [{ source: piece.source, read }];
      });
    };
  }
}
