/** A statement tells what went into a step and what came out; where its type tells of no change, what was looked at. */
import type { Statement } from '../../domain/evidence.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import { WITNESS_COLLECTION } from '../../domain/witness.ts';
import { field, isObject } from '../../text/json/fields.ts';
import type { Recorded } from './rules.ts';
import { collectionSets } from './witness/collection.ts';

/** What a statement says of a step: what went in and came out, and in which run. */
export interface StatementLink extends Recorded {
  /** True when the statement tells of a change (link, provenance); otherwise it tells something about its subjects. */
  readonly transforms: boolean;
  /** The run of the builder, where the predicate has a field for it. */
  readonly run?: string;
  /** The step's name, in a link predicate. */
  readonly step?: string;
}

/** A statement as a link, or why it cannot be one. */
export type StatementReading = { readonly ok: true; readonly link: StatementLink } | { readonly ok: false; readonly problem: string };

interface Shape {
  /** Where the materials are, and how a run is found. */
  readonly materials: readonly string[];
  readonly run: readonly string[];
}

/** Predicate type of links; the only one that names its step. */
export const LINK_TYPE = 'https://in-toto.io/attestation/link/v0.3';

/** Types whose statements name the step that they are about. */
export const NAMES_STEP: ReadonlySet<string> = new Set([LINK_TYPE, WITNESS_COLLECTION]);

/** Predicates that tell of a change: their subjects are its products (in-toto ITE-10, "transformational"). */
const TRANSFORMS: ReadonlyMap<string, Shape> = new Map([
  [LINK_TYPE, { materials: ['materials'], run: [] }],
  ['https://slsa.dev/provenance/v0.1', { materials: ['materials'], run: ['metadata', 'buildInvocationId'] }],
  ['https://slsa.dev/provenance/v0.2', { materials: ['materials'], run: ['metadata', 'buildInvocationId'] }],
  [
    'https://slsa.dev/provenance/v1',
    { materials: ['buildDefinition', 'resolvedDependencies'], run: ['runDetails', 'metadata', 'invocationId'] },
  ],
]);

/**
 * Reads a verified statement as a link (in-toto ITE-10): of provenance and links the subjects are the products, of every
 * other type (test results, scans, SBOMs) the subjects are materials and there are no products.
 *
 * An artifact without a name goes by its digests, so that several do not fall together; one name with different digests
 * is refused.
 */
export function statementLink(statement: Statement): StatementReading {
  if (statement.predicateType === WITNESS_COLLECTION) return collectionLink(statement);
  const subjects = artifactsOf(statement.subjects.map(({ name, digest }) => ({ name, digest })));
  if (typeof subjects === 'string') return { ok: false, problem: `subjects: ${subjects}` };
  const shape = TRANSFORMS.get(statement.predicateType);
  if (shape === undefined) return { ok: true, link: { materials: subjects, products: new Map(), transforms: false } };
  const predicate = isObject(statement.predicate) ? statement.predicate : {};
  const listed = valueAt(predicate, shape.materials) ?? [];
  const materials = Array.isArray(listed) ? artifactsOf(listed) : 'materials are not a list';
  if (typeof materials === 'string') return { ok: false, problem: `materials: ${materials}` };
  const run = shape.run.length === 0 ? undefined : textAt(predicate, shape.run);
  const step = statement.predicateType === LINK_TYPE ? textAt(predicate, ['name']) : undefined;
  return {
    ok: true,
    link: {
      materials,
      products: subjects,
      transforms: true,
      ...(run === undefined ? {} : { run }),
      ...(step === undefined ? {} : { step }),
    },
  };
}

/** What a run of Witness saw: the step by its name, files by their paths. One that made nothing looked at its materials. */
function collectionLink({ predicate, subjects }: Statement): StatementReading {
  const name = isObject(predicate) ? field(predicate, 'name') : undefined;
  const sets = collectionSets(predicate, subjects);
  if (typeof sets === 'string') return { ok: false, problem: sets };
  const read = { materials: artifactsOf(sets.materials), products: artifactsOf(sets.products) };
  if (typeof read.materials === 'string') return { ok: false, problem: `materials: ${read.materials}` };
  if (typeof read.products === 'string') return { ok: false, problem: `products: ${read.products}` };
  const { materials, products } = read;
  const step = typeof name === 'string' && name !== '' ? { step: name } : {};
  return { ok: true, link: { materials, products, transforms: products.size > 0, ...step } };
}

function valueAt(object: JsonObject, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const name of path) value = isObject(value) ? field(value, name) : undefined;
  return value;
}

function textAt(object: JsonObject, path: readonly string[]): string | undefined {
  const value = valueAt(object, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const ALGORITHM = /^[A-Za-z0-9_.-]{1,64}$/;
const DIGEST = /^[0-9A-Za-z+/=_-]{1,256}$/;

function artifactsOf(descriptors: readonly unknown[]): Recorded['materials'] | string {
  const artifacts = new Map<string, string>();
  for (const descriptor of descriptors) {
    if (!isObject(descriptor)) return 'an artifact is not an object';
    const digests = digestText(field(descriptor, 'digest'));
    if (digests === undefined) return 'an artifact has something that is not a digest';
    const name = nameOf(descriptor) ?? digests;
    // An artifact that nobody can compare is listed, but equal to nothing but itself.
    if ((artifacts.get(name) ?? digests) !== digests) return `two artifacts are named ${name.slice(0, 80)}`;
    if (name !== '') artifacts.set(name, digests);
  }
  return artifacts;
}

function nameOf(descriptor: JsonObject): string | undefined {
  for (const key of ['name', 'uri']) {
    const value = field(descriptor, key);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function digestText(digest: unknown): string | undefined {
  const entries = Object.entries(isObject(digest) ? digest : {});
  const good = entries.every(([algorithm, value]) => ALGORITHM.test(algorithm) && typeof value === 'string' && DIGEST.test(value));
  return good ? entries.map(([algorithm, value]) => `${algorithm}:${String(value)}`).sort().join(',') : undefined;
}
