import { z } from 'zod';
import { strict, unsupported } from './fields.ts';
import { documentSchema } from './schema-common.ts';

const count = z.int('expected a whole number').min(0, 'must not be negative').max(32, 'must not be above 32');

const sigstore = strict(
  {
    publicGood: z.literal(true, { error: 'expected true; leave the field out otherwise' }).optional(),
    trustedRoot: z.unknown().optional(),
    tuf: unsupported('sigstore.tuf'),
    require: strict({ transparencyLog: count.optional(), sct: count.optional(), timestamps: count.optional() }).optional(),
  },
  { exactlyOne: [['publicGood', 'trustedRoot', 'tuf']] },
);

/** Document of kind TrustRoot. */
export const trustRootSchema = documentSchema(
  strict(
    { sigstore: sigstore.optional(), x509: unsupported('trust root type x509'), spiffe: unsupported('trust root type spiffe'), notation: unsupported('trust root type notation') },
    { exactlyOne: [['sigstore', 'x509', 'spiffe', 'notation']] },
  ),
  'cluster',
);

export type TrustRootDocument = z.output<typeof trustRootSchema>;
export type SigstoreField = z.output<typeof sigstore>;
