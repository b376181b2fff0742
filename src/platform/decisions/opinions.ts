/** Tells second opinions to log and metrics, and keeps the disagreements for the pages of the decisions they concern. */
import type { OpinionReport, OpinionResult } from '../../domain/opinion.ts';
import type { Telemetry } from '../telemetry.ts';

/** The disagreements that are kept, newest last. */
export interface Disagreements {
  /** Those about the artifact with this digest. */
  about(digest: string): readonly OpinionReport[];
}

/** Where second opinions are told. */
export interface Opinions extends Disagreements {
  /** Never throws. */
  heard(report: OpinionReport): void;
}

/** Disagreements kept; there should be none at all. */
const MOST = 100;

/**
 * Makes the place where second opinions are told, with their metric. A disagreement is an error in one of two verifiers: it is
 * logged loudly.
 */
export function createOpinions({ logger, metrics }: Telemetry): Opinions {
  const counts: Record<OpinionResult, number> = { agrees: 0, disagrees: 0, none: 0, skipped: 0 };
  const kept: OpinionReport[] = [];
  metrics.total('second_opinions_total', 'Second opinions on keyless evidence since the start, by result', ['result'], () =>
    Object.entries(counts).map(([result, value]) => ({ labels: { result }, value })),
  );
  return {
    about: (digest) => kept.filter(({ artifact }) => artifact === digest),
    heard(report) {
      counts[report.result] += 1;
      if (report.result !== 'disagrees') return;
      kept.push(report);
      if (kept.length > MOST) kept.shift();
      logger.error({ ...report }, 'two verifiers disagree about a signature: one of them is wrong');
    },
  };
}
