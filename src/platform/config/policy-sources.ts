/** `policySources`: from where policies come, each entry one source; a kind of source is one key here. */
import { z } from 'zod';
import { parseImageReference } from '../../domain/artifact/image-reference.ts';
import { isObject, own } from '../../text/json/fields.ts';
import { ociSourceSchema } from './policy-sources/oci.ts';
import { tufSourceSchema } from './policy-sources/tuf.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** A reference in the one way in which it can be written: versions are counted for each. */
function canonicalRef(ref: string): string {
  const read = parseImageReference(ref);
  if (!read.ok) return ref;
  const { name, tag, digest } = read.reference;
  return digest === undefined ? `${name}:${tag ?? ''}` : `${name}@${digest}`;
}

/** What an entry may be: exactly one of these. */
const SOURCES = {
  /** A folder, or a file: one set, in force with all of its files or not at all. */
  files: file.optional(),
  /** The objects of our kinds, each judged by itself. */
  cluster: z.strictObject({}).optional(),
  /** An artifact of a registry, signed as a whole. */
  oci: ociSourceSchema.shape.oci.optional(),
  /** Targets of a TUF repository. */
  tuf: tufSourceSchema.shape.tuf.optional(),
};

const policySource = z.strictObject(SOURCES).refine(
  (entry) => Object.values(entry).filter((value) => value !== undefined).length === 1,
  `expected exactly one of ${Object.keys(SOURCES).join(', ')}`,
);

/** All sources besides the folders of `policies`. */
export const policySourcesSchema = z.array(policySource).max(16).default([]).refine(
  (sources) => sources.filter(({ cluster }) => cluster !== undefined).length <= 1, 'expected cluster once: it means all objects of our kinds',
).refine(
  (sources) => new Set(sources.flatMap(({ files }) => files ?? [])).size === sources.filter(({ files }) => files !== undefined).length,
  'expected each folder once',
).refine(
  (sources) => {
    const artifacts = sources.flatMap(({ oci }) => (oci === undefined ? [] : [canonicalRef(oci.ref)]));
    return new Set(artifacts).size === artifacts.length;
  },
  'expected each oci.ref once',
);

/** An entry with its paths, which are relative to the configuration file, as `inFile` makes them; what is none is handed on as it is. */
export function withPathsOf(entry: unknown, inFile: (path: unknown) => unknown): unknown {
  if (!isObject(entry)) return entry;
  const { files, oci, tuf } = entry;
  const signedBy = own(oci, 'signedBy');
  return {
    ...entry,
    ...(files === undefined ? {} : { files: inFile(files) }),
    ...(isObject(oci) && Array.isArray(signedBy) ? { oci: { ...oci, signedBy: signedBy.map(inFile) } } : {}),
    ...(isObject(tuf) && tuf['root'] !== undefined ? { tuf: { ...tuf, root: inFile(tuf['root']) } } : {}),
  };
}
