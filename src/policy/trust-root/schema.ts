/** The TrustRoot document; a kind that does not exist yet is an error, never ignored. */
import { z } from 'zod';
import type { TrustRootKind } from '../../domain/policy/trust-root.ts';
import { documentSchema } from '../schema/common.ts';
import { strict, unsupported } from '../schema/fields.ts';
import { TRUST_ROOT_PARTS } from './parts.ts';

/** The kinds that the design names (DESIGN §3). */
type DesignedKind = 'sigstore' | 'x509' | 'spiffe' | 'notation';

/** Kinds of the design that this version does not have: a kind that joins {@link TRUST_ROOT_PARTS} has to leave this list. */
const NOT_YET: { readonly [K in Exclude<DesignedKind, TrustRootKind>]: ReturnType<typeof unsupported> } = {};

type Parts = typeof TRUST_ROOT_PARTS;

function optionalFields(parts: Parts): { readonly [K in keyof Parts]: z.ZodOptional<Parts[K]['schema']> } {
  const fields = Object.entries(parts).map(([kind, { schema }]) => [kind, z.optional(schema)]);
  // Entries lose which key had which schema; every key of the parts is there with its own.
  return Object.fromEntries(fields) as ReturnType<typeof optionalFields>;
}

const shape = { ...optionalFields(TRUST_ROOT_PARTS), ...NOT_YET };

/** Document of kind TrustRoot: exactly one kind, of those that there are. */
export const trustRootSchema = documentSchema(strict(shape, { exactlyOne: [Object.keys(shape)] }), 'cluster');

/** A TrustRoot as a document writes it. */
export type TrustRootDocument = z.output<typeof trustRootSchema>;
