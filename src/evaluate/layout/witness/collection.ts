/** What went into a step and what came out of it, as the attestors of Witness for materials and products have seen it. */
import type { Statement } from '../../../domain/evidence.ts';
import { WITNESS_MATERIAL, WITNESS_PRODUCT } from '../../../domain/witness.ts';
import { isObject, own, ownList, ownText } from '../../../text/json/fields.ts';

/** An artifact as descriptors name it. */
interface Seen {
  readonly name: string;
  readonly digest: Readonly<Record<string, unknown>>;
}

/** Files of a step. */
export interface CollectionSets {
  readonly materials: readonly Seen[];
  readonly products: readonly Seen[];
}

/**
 * The files of a collection, or why they cannot be read. Materials are `{PATH: {ALGORITHM: DIGEST}}`, products `{PATH: {digest: {…}}}`.
 * Digests that Witness makes beside the hash of the content (gitoids) are left out: nobody else has them, and then nothing would be equal.
 */
export function collectionSets(predicate: unknown, subjects: Statement['subjects']): CollectionSets | string {
  const attestors = ownList(predicate, 'attestations');
  if (attestors === undefined) return 'a collection without attestations';
  const materials = filesOf(attestors, WITNESS_MATERIAL, (file) => file);
  const products = filesOf(attestors, WITNESS_PRODUCT, (file) => own(file, 'digest'));
  if (typeof materials === 'string') return materials;
  if (typeof products === 'string') return products;
  const images = subjects.filter(({ name = '' }) => IMAGE.test(name));
  return { materials, products: [...products, ...images.map(({ name = '', digest }) => ({ name, digest: plainDigests(digest) }))] };
}

/** Images that came out are subjects alone. */
const IMAGE = /^https:\/\/witness\.dev\/attestations\/[a-z0-9-]+\/v[0-9.]+\/(?:manifestdigest|tardigest|imagedigest):/;

function plainDigests(digest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(digest).filter(([algorithm]) => !algorithm.startsWith('gitoid:')));
}

/** Of one attestor: where there are several, nobody says which of them counts. */
function filesOf(attestors: readonly unknown[], type: string, digestOf: (file: unknown) => unknown): readonly Seen[] | string {
  const [attestor, ...others] = attestors.filter((one) => ownText(one, 'type') === type);
  if (others.length > 0) return `${others.length + 1} attestors of the type ${type}`;
  if (attestor === undefined) return [];
  const files = own(attestor, 'attestation');
  if (files === null || files === undefined) return [];
  if (!isObject(files)) return `${type}: not a map of paths`;
  const seen = Object.entries(files).map(([name, file]): Seen | undefined => {
    const digest = digestOf(file);
    if (name === '' || !isObject(digest)) return undefined;
    const plain = plainDigests(digest);
    return Object.keys(plain).length === 0 ? undefined : { name, digest: plain };
  });
  return seen.includes(undefined) ? `${type}: a file without digests` : (seen as readonly Seen[]);
}
