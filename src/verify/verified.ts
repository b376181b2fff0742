/** The only door through which proofs become evidence that policies may rely on. */
import { parseOwnJson } from '../text/json/careful.ts';
import type { RelatedEvidence, Statement, VerificationOutcome, VerifiedEvidence } from '../domain/evidence.ts';
import type { RawOutcome, RawProof, RawStatement } from './proof.ts';

/**
 * Vouches for the proofs of a finished job: the only place where {@link VerifiedEvidence} and {@link RelatedEvidence}
 * come into being.
 *
 * Called with what `runVerificationJob` returned, in this thread or by a worker of ours, and with nothing else.
 * `source` names where the caller found the evidence, which may differ from where it was found when it was verified.
 */
export function toOutcome(raw: RawOutcome, source: string): VerificationOutcome {
  return {
    evidenceDigest: raw.evidenceDigest,
    source,
    verified: raw.proofs.map((proof) => vouchFor(proof, source)),
    ...(raw.related === undefined ? {} : { related: raw.related.flatMap((proof) => relate(proof, source)) }),
    problems: raw.problems.map((problem) => ({ ...problem, source })),
    ...(raw.layouts === undefined ? {} : { layouts: raw.layouts }),
  };
}

function vouchFor({ statement, ...proof }: RawProof, source: string): VerifiedEvidence {
  const said = statement === undefined ? {} : { statement: lazyStatement(statement) };
  return { ...proof, source, ...said } as unknown as VerifiedEvidence;
}

function relate({ statement, ...proof }: RawProof, source: string): readonly RelatedEvidence[] {
  return statement === undefined ? [] : [{ ...proof, source, statement: lazyStatement(statement) } as unknown as RelatedEvidence];
}

/**
 * The statement with a predicate that is parsed when first read. Anybody can have an attestation of megabytes
 * proven under a public trust root, but only that of a trusted signer is ever read on the event loop.
 */
function lazyStatement(raw: RawStatement): Statement {
  return new LazyStatement(raw);
}

// A class: the accessor of a literal would make a hidden class of its own for every statement that is remembered.
class LazyStatement implements Statement {
  readonly type: string;
  readonly predicateType: string;
  readonly subjects: Statement['subjects'];
  readonly predicateText?: string;
  #parsed: { readonly predicate: unknown } | undefined;

  constructor({ type, predicateType, subjects, predicateJson }: RawStatement) {
    this.type = type;
    this.predicateType = predicateType;
    this.subjects = subjects;
    if (predicateJson !== undefined) this.predicateText = predicateJson;
  }

  get predicate(): unknown {
    this.#parsed ??= { predicate: this.predicateText === undefined ? undefined : parseOwnJson(this.predicateText) };
    return this.#parsed.predicate;
  }
}
