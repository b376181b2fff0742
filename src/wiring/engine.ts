/** The engine put together with its threads, in the one way that server and commands share. */
import { createAdmit } from '../engine/admit.ts';
import type { Admit, AdmitPorts } from '../engine/admit.ts';
import { createAudits } from '../engine/waiting/audits.ts';
import type { Audits } from '../engine/waiting/audits.ts';
import { createTurns } from '../engine/waiting/turns.ts';
import type { Turns } from '../engine/waiting/turns.ts';
import { createExaminer } from '../examine/index.ts';
import type { ExaminerOptions, PooledExaminer } from '../examine/index.ts';
import type { Clock, DefinitionSource, DigestResolver, EvidenceSource } from '../domain/ports.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import { createVerifier } from '../verify/index.ts';
import type { PooledVerifier, VerifierOptions } from '../verify/index.ts';
import type { Lifetime } from './lifetime.ts';

/** What differs between the engine of the server and that of a command. */
export interface EngineOptions
  extends Omit<AdmitPorts, 'clock' | 'source' | 'resolver' | 'definitions' | 'verifier' | 'examiner' | 'newId' | 'turns' | 'audits'> {
  readonly source: EvidenceSource & DigestResolver & Partial<DefinitionSource>;
  /** The present; default: the system's. */
  readonly clock?: Clock;
  readonly verification: VerifierOptions;
  readonly examination: ExaminerOptions;
  /** How many requests wait at once, and how many have audits judged after their answer; without it a command waits for all of it. */
  readonly sharing?: { readonly maxInFlight: number; readonly maxAudits: number; readonly ofGate?: number };
}

/** An engine, and the threads it has. */
export interface Engine {
  readonly admit: Admit;
  /** The same with places of its own for those who wait; absent where nothing is shared. */
  readonly gateAdmit?: Admit;
  readonly verifier: PooledVerifier;
  readonly examiner: PooledExaminer;
  readonly turns: Turns | undefined;
  readonly audits: Audits | undefined;
  /** The same engine by other settings: threads and places are shared, and nothing is remembered of decisions by the ones before. */
  judgeBy(settings: JudgedBy): Pick<Engine, 'admit' | 'gateAdmit'>;
}

/** By what decisions are made, and may change while the server runs. */
export type JudgedBy = Pick<EngineOptions, 'source' | 'unmatched' | 'pageOf' | 'kinds' | 'build' | 'recallMs'>;

/** The engine with threads of its own, which end with the lifetime; the server and every command judge by this one. */
export function openEngine(
  { source, clock = Date, verification, examination, sharing, ...ports }: EngineOptions, lifetime: Lifetime,
): Engine {
  const verifier = createVerifier(verification);
  const examiner = createExaminer(examination);
  lifetime.defer(() => verifier.close());
  lifetime.defer(() => examiner.close());
  const turns = sharing === undefined ? undefined : createTurns({ slots: sharing.maxInFlight });
  const audits = sharing === undefined ? undefined : createAudits({ slots: sharing.maxAudits });
  // Before the threads end: what is dropped is recorded as undetermined, for want of time and not for a fault.
  if (audits !== undefined) lifetime.defer(() => audits.close());
  const shared = { ...(turns === undefined ? {} : { turns }), ...(audits === undefined ? {} : { audits }) };
  const ofGate = sharing?.ofGate === undefined ? undefined : createTurns({ slots: sharing.ofGate });
  const judgeBy = (settings: Partial<JudgedBy> & Pick<JudgedBy, 'source'>): Pick<Engine, 'admit' | 'gateAdmit'> => {
    const { source: from, ...others } = settings;
    const { bundle } = from;
    const definitions = bundle === undefined ? {} : { definitions: { bundle } };
    const whole: AdmitPorts = {
      ...ports, ...others, ...shared, ...definitions, clock, source: from, resolver: from, verifier, examiner, newId: newDecisionId,
    };
    return { admit: createAdmit(whole), ...(ofGate === undefined ? {} : { gateAdmit: createAdmit({ ...whole, turns: ofGate }) }) };
  };
  return {
    ...judgeBy({ source }),
    judgeBy,
    verifier,
    examiner,
    turns,
    audits,
  };
}
