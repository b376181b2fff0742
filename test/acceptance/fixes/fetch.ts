/** For every reason about input, choice of policies, fetching and the engine: who is refused, and what becomes of him when he obeys. */
import type { GATE_REASONS } from '../../../src/domain/decision/catalogue/gate-reasons.ts';
import type { OWN_REASONS } from '../../../src/domain/decision/catalogue/own-reasons.ts';
import type { PIPELINE_REASONS } from '../../../src/domain/decision/catalogue/pipeline-reasons.ts';
import type { ReasonCode } from '../../../src/domain/decision/reasons.ts';
import { INPUT_FIXES } from './fetch-input.ts';
import { REGISTRY_FIXES } from './fetch-registry.ts';
import { TLS_FIXES } from './fetch-tls.ts';
import type { FixWorld, Said } from './fetch-world.ts';

/** The codes that are neither of the gate nor of pipelines, and speak against an admission. */
export type FetchCode = Exclude<
  Extract<ReasonCode, `${'INPUT' | 'SELECT' | 'FETCH' | 'ENGINE'}_${string}`>,
  keyof typeof GATE_REASONS | keyof typeof OWN_REASONS | keyof typeof PIPELINE_REASONS | 'INPUT_UNCHANGED' | 'INPUT_NOT_JUDGED' | 'INPUT_MIRROR_POD'
>;

/** Somebody who is refused, what the line says that helps, and the same after it was done. */
export interface ObeyCase {
  /** What the fix line must say for that which is done, or whom it names who does it. */
  readonly fix: RegExp;
  /** Further words that the answer must have. */
  readonly says?: RegExp;
  readonly run: (world: FixWorld) => Promise<{ readonly refused: Said; readonly obey: () => Promise<Said> }>;
}

/** Cases by their title, for one code. */
export type ObeyCases = Readonly<Record<string, ObeyCase>>;

/** At least one case for every code; nothing compiles while one is missing. */
export const FETCH_FIXES: Readonly<Record<FetchCode, ObeyCases>> = { ...INPUT_FIXES, ...REGISTRY_FIXES, ...TLS_FIXES };
