/** `policySources`: from where policies come, each entry one source; a kind of source is one key here. */
import { z } from 'zod';
import { ociSourceSchema } from './policy-sources/oci.ts';
import { tufSourceSchema } from './policy-sources/tuf.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** What an entry may be: exactly one of these. */
const SOURCES = {
  /** A folder, or a file: one set, in force with all of its files or not at all. */
  files: file.optional(),
  /** The objects of our kinds, each judged by itself. */
  cluster: z.strictObject({}).optional(),
  /** One signed artifact of a registry. */
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
);

/** Keys of an entry that are paths, relative to the configuration file. */
export const PATHS_OF_SOURCES: readonly string[] = ['files'];
