/** The judge of what stands in a cluster already: an engine of its own, for which tags may stand for digests. */
import type { Judge } from '../../controller/forecast/forecast.ts';
import type { AdmitPorts } from '../../engine/ports.ts';
import type { PolicySet } from '../../domain/policy/policy.ts';
import type { Clock, PolicyStore } from '../../domain/ports.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { openEngine } from '../engine.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import { pinnable, withPins } from '../forecast/pins.ts';
import type { Certificates } from '../trust/certificates.ts';
import type { Lifetime } from '../lifetime.ts';

/** With what is judged. */
export interface JudgeParts {
  readonly policies: PolicyStore;
  /** Give it a long `absenceTTL`: a refusal is given on evidence that is no older, and many pods are refused for one image. */
  readonly source: EngineOptions['source'];
  readonly engine: Pick<AdmitPorts, 'namespaces' | 'unmatched'> & Partial<Pick<AdmitPorts, 'facts' | 'build' | 'kinds' | 'receipts'>>
    & Pick<EngineOptions, 'verification' | 'examination'>;
  /** What is known of revoked certificates; absent: nothing. */
  readonly asking?: Pick<Certificates, 'certificates' | 'patiently' | 'ends' | 'changes'>;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** False while something is read that policies rely on: what would be judged now is no news. Default: always true. */
  readonly isComplete?: () => boolean;
}

/** The policies in force; `undefined` as long as not all is there that they rely on. */
export function inForce({ policies, isComplete = () => true }: Pick<JudgeParts, 'policies' | 'isComplete'>): PolicySet | undefined {
  const state = policies.current();
  return state.ready && isComplete() ? state.set : undefined;
}

/** Milliseconds for one object: nobody waits for the answer. */
const EACH_MS = 60_000;

/** Opens it; it ends with the lifetime. */
export function openPinnedJudge(
  { policies, source, engine, asking, clock = Date }: JudgeParts, logger: Telemetry['logger'], lifetime: Lifetime,
): { readonly judge: Judge; readonly engine: Engine } {
  const opened = openEngine({
    ...engine, ...(asking === undefined ? {} : { certificates: asking.certificates }), policies, clock, source: pinnable(source),
    recorder: { record: () => undefined },
    onFault: (err, { namespace, kind, name }) => logger.error({ err, namespace, kind: kind.kind, name }, 'fault in the engine'),
  }, lifetime);
  const admit = asking?.patiently(opened.admit) ?? opened.admit;
  const judge: Judge = ({ review, pins }) =>
    withPins(pins, () => admit(review, { deadline: clock.now() + EACH_MS, signal: new AbortController().signal }));
  return { judge, engine: opened };
}
