/** Fields of requirements that look at content: patterns and conditions. */
import { z } from 'zod';
import { vouching } from './common.ts';
import { list, strict } from './fields.ts';

/** A pattern in which `*` stands for any characters; it is compared with what evidence says. */
export const pattern = z
  .string()
  .min(1, 'pattern is empty')
  .max(512, 'is longer than 512 characters')
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'contains control characters');
/** A list of patterns; `what` names its entries. */
export const patterns = (what: string): z.ZodArray<typeof pattern> => list(pattern, what);

/** `where` as written: CEL expressions, each with the message to be shown when it is false. */
export const whereField = list(
  strict({ cel: z.string(), message: z.string().min(1, 'is empty').max(300, 'is longer than 300 characters').optional() }),
  'condition',
  20,
);

/** Fields of every requirement that examines what attestations say. */
export const examining = { ...vouching, where: whereField.optional() };

/** The same, of which the newest may be asked to decide. */
export const examiningNewest = { ...examining, newest: z.boolean().optional() };

/** Conditions as written. */
export type WhereField = z.output<typeof whereField>;
