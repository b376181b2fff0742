/** Which predicate types are provenance, each with the reader of its version. */
import type { Statement } from '../../domain/evidence.ts';
import { isObject } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { createReader } from '../content/predicate-reader.ts';
import type { PredicateReader, ReadProblem } from '../content/predicate-reader.ts';
import type { Provenance } from './model.ts';
import { readV01, readV02 } from './read-v0.ts';
import { readV1 } from './read-v1.ts';

/** Provenance, or everything in it that has not the type the specification gives it. */
export type Reading =
  | { readonly ok: true; readonly provenance: Provenance }
  | { readonly ok: false; readonly problems: readonly ReadProblem[] };

const READERS: ReadonlyMap<string, (predicate: JsonObject, reader: PredicateReader) => Provenance> = new Map([
  ['https://slsa.dev/provenance/v1', readV1],
  ['https://slsa.dev/provenance/v1.0', readV1],
  ['https://slsa.dev/provenance/v0.2', readV02],
  ['https://slsa.dev/provenance/v0.1', readV01],
  ['https://in-toto.io/Provenance/v0.1', readV01],
]);

const PROVENANCE_TYPES: ReadonlySet<string> = new Set(PREDICATE_FAMILIES['slsa-provenance']);

/** True for the predicate types that {@link readProvenance} reads, compared exactly. */
export function isProvenanceType(predicateType: string): boolean {
  return PROVENANCE_TYPES.has(predicateType);
}

/** What was read before; a statement never changes, and its predicate may have megabytes. */
const known = new WeakMap<Statement, Reading>();

/**
 * Reads the predicate of a verified statement of a provenance type into one shape for all versions. Strict about types,
 * blind to unknown fields. Remembered per statement: several requirements ask for the same.
 */
export function readProvenance(statement: Statement): Reading {
  const earlier = known.get(statement);
  if (earlier !== undefined) return earlier;
  const reading = read(statement);
  known.set(statement, reading);
  return reading;
}

/** When provenance says that the build ended, or at least that it began; `undefined` when it says neither, or cannot be read. */
export function builtAt(statement: Statement): number | undefined {
  const reading = readProvenance(statement);
  return reading.ok ? (reading.provenance.finishedOn ?? reading.provenance.startedOn)?.value : undefined;
}

function read({ predicateType, predicate }: Statement): Reading {
  const readVersion = READERS.get(predicateType);
  if (readVersion === undefined)
    return { ok: false, problems: [{ path: 'predicateType', found: predicateType, expected: 'a SLSA provenance type' }] };
  if (!isObject(predicate)) return { ok: false, problems: [{ path: 'predicate', found: 'no object', expected: 'an object' }] };
  const reader = createReader();
  const provenance = readVersion(predicate, reader);
  return reader.problems.length === 0 ? { ok: true, provenance } : { ok: false, problems: reader.problems };
}
