/** Publish summaries beside what they are about: found again, pushed, and pushed later where signing takes time. */
import type { Artifact } from '../../domain/artifact/artifact.ts';
import type { ReceiptIssuer, ReceiptOrder, ReceiptReader } from '../../domain/gate/receipt.ts';
import type { Clock, EvidenceBatch, EvidencePublisher, EvidenceSource } from '../../domain/ports.ts';
import type { PullScope } from '../../domain/decision/review.ts';
import { pause } from '../../flow/pause.ts';
import type { Publishing } from '../../surfaces/gate/deps.ts';

/** With what they are found and pushed. */
export interface PublishingParts {
  /** As it is at the moment. */
  readonly source: () => EvidenceSource & EvidencePublisher;
  readonly receipts: ReceiptReader;
  readonly issuer: Pick<ReceiptIssuer, 'issued'>;
  readonly clock: Clock;
  /** Told why one that was signed later could not be pushed. */
  readonly failed: (problem: unknown) => void;
  /** Ends what is still waited for. */
  readonly signal: AbortSignal;
}

const PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';
const OWN: PullScope = { namespace: '', serviceAccount: '', pullSecrets: [], credentials: 'own' };
/** Larger than any of ours. */
const LARGEST = 64 * 1024;
/** Signed summaries that are waited for at once, and for how long each: whoever asks again orders it anew. */
const [MOST_WAITED, LONGEST_MS, EVERY_MS] = [100, 60_000, 500];

const NO_REGISTRY = { code: 'FETCH_NOT_FOUND', expected: 'an image, which has a registry' } as const;

/** Of other kinds than images nothing is pushed: they have no registry of which we know. */
export function createPublishing({ source, receipts, issuer, clock, failed, signal: ending }: PublishingParts): Publishing {
  const waited = new Set<string>();
  const keyOf = ({ digest }: Artifact, run: string): string => `${run}\n${digest}`;

  async function isOfRun(text: string, { digest }: Artifact, run: string): Promise<boolean> {
    const read = await receipts.read(text, 'publish', clock.now());
    return read.ok && read.receipt.run === run && read.receipt.subjects.some((subject) => subject.digest === digest);
  }

  async function inBatch({ evidence }: EvidenceBatch, artifact: Artifact, run: string): Promise<string | undefined> {
    for (const { bytes } of evidence) {
      if (bytes.length > LARGEST) continue;
      const text = Buffer.from(bytes).toString('utf8');
      if (await isOfRun(text, artifact, run)) return text;
    }
    return undefined;
  }

  const push: Publishing['push'] = async (artifact, text, signal) => {
    if (artifact.kind !== 'image')
      return { ok: false, problem: { ...NO_REGISTRY, source: artifact.raw, found: `a ${artifact.kind}` } };
    return source().publish(artifact, { text, predicateType: PREDICATE_TYPE }, signal);
  };

  async function follow(artifact: Artifact, { id }: ReceiptOrder): Promise<void> {
    const signal = AbortSignal.any([ending, AbortSignal.timeout(LONGEST_MS)]);
    for (;;) {
      const issued = issuer.issued(id);
      if (issued?.state === 'signed') {
        const pushed = await push(artifact, issued.text, signal);
        if (!pushed.ok) failed(pushed.problem);
        return;
      }
      if (issued?.state !== 'pending' || signal.aborted) return;
      await pause(EVERY_MS, signal);
    }
  }

  return {
    async find(artifact, run, signal) {
      if (artifact.kind !== 'image') return undefined;
      const lookup = await source().open(artifact, OWN, { fresh: true });
      for (let place = 0; !signal.aborted; place += 1) {
        const batch = lookup.batches[place] ?? (await lookup.next(signal));
        if (batch === undefined) return undefined;
        const found = await inBatch(batch, artifact, run);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    push,
    signing: (artifact, run) => waited.has(keyOf(artifact, run)),
    pushLater(artifact, order) {
      const key = keyOf(artifact, order.run ?? '');
      if (waited.size >= MOST_WAITED) return;
      waited.add(key);
      void follow(artifact, order).catch(failed).finally(() => waited.delete(key));
    },
  };
}
