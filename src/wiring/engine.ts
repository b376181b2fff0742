/** The engine put together with its threads, in the one way that server and commands share. */
import { createAdmit } from '../engine/admit.ts';
import type { Admit, AdmitPorts } from '../engine/admit.ts';
import { createExaminer } from '../examine/index.ts';
import type { ExaminerOptions, PooledExaminer } from '../examine/index.ts';
import type { DigestResolver, EvidenceSource } from '../domain/ports.ts';
import { newDecisionId } from '../platform/decisions/id.ts';
import { createVerifier } from '../verify/index.ts';
import type { PooledVerifier, VerifierOptions } from '../verify/index.ts';
import type { Lifetime } from './lifetime.ts';

/** What differs between the engine of the server and that of a command. */
export interface EngineOptions extends Omit<AdmitPorts, 'clock' | 'source' | 'resolver' | 'verifier' | 'examiner' | 'newId'> {
  readonly source: EvidenceSource & DigestResolver;
  readonly verification: VerifierOptions;
  readonly examination: ExaminerOptions;
}

/** An engine, and the threads it has. */
export interface Engine {
  readonly admit: Admit;
  readonly verifier: PooledVerifier;
  readonly examiner: PooledExaminer;
}

/** The engine with threads of its own, which end with the lifetime; the server and every command judge by this one. */
export function openEngine({ source, verification, examination, ...ports }: EngineOptions, lifetime: Lifetime): Engine {
  const verifier = createVerifier(verification);
  const examiner = createExaminer(examination);
  lifetime.defer(() => verifier.close());
  lifetime.defer(() => examiner.close());
  return {
    admit: createAdmit({ ...ports, clock: Date, source, resolver: source, verifier, examiner, newId: newDecisionId }),
    verifier,
    examiner,
  };
}
