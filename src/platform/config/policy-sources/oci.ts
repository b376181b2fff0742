/** Policies from a registry, as one signed artifact. */
import { z } from 'zod';
import { parseImageReference } from '../../../domain/artifact/image-reference.ts';
import { duration } from '../units.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');

/** A duration that need not be there. */
const optionalDuration = duration('0s', '1m', '8760h');

/** One of `policySources`: `{oci: {ref, signedBy, …}}`. */
export const ociSourceSchema = z.strictObject({
  oci: z.strictObject({
    ref: z.string().max(1024).superRefine((text, context) => {
      const read = parseImageReference(text);
      const isNamed = /[/][^/]*[:@]/.test(text);
      if (!read.ok || !isNamed) context.addIssue({ code: 'custom', message: `expected HOST/PATH@sha256:… or HOST/PATH:TAG${read.ok ? '' : ` (${read.problem})`}` });
    }),
    /** Files or folders with the Signers whose signature on the artifact counts. */
    signedBy: z.array(file).min(1).max(64),
    threshold: z.int().min(1).max(16).default(1),
    refresh: duration('5m', '1s', '24h'),
    /** How long ago it was signed, at most, by a time that can be proven. */
    maxAge: z.unknown().optional().transform((value, context) => {
      if (value === undefined) return undefined;
      const read = optionalDuration.safeParse(value);
      if (read.success) return read.data;
      for (const { message } of read.error.issues) context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
  }),
});

/** The source, checked; durations in milliseconds. */
export type OciSourceConfig = z.output<typeof ociSourceSchema>['oci'];
