/** `packages`: where ecosystems of packages are asked for evidence; one that is not listed is not asked. */
import { z } from 'zod';
import { addressFields } from './address.ts';

const NAMES = ['npm', 'pypi', 'golang', 'cargo'] as const;

const address = z.strictObject({
  ecosystem: z.enum(NAMES, `expected one of ${NAMES.join(', ')}`),
  ...addressFields,
});

/** Keys and bounds; each ecosystem has at most one address, so that nobody else can answer for it. */
export const packagesSchema = z.array(address).max(NAMES.length).default([]).superRefine((list, context) => {
  for (const [index, { ecosystem }] of list.entries())
    if (list.findIndex((other) => other.ecosystem === ecosystem) !== index)
      context.addIssue({ code: 'custom', path: [index, 'ecosystem'], message: `expected one address of ${ecosystem}, found a second` });
});
