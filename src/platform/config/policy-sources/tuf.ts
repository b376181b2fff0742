/** Policies from a TUF repository, as targets of it. */
import { z } from 'zod';
import { compileGlob } from '../../../text/glob.ts';
import { duration } from '../units.ts';

const file = z.string().min(1).refine((text) => !text.includes('\0'), 'expected a path, found a NUL character');
const address = z.string().max(2048).regex(/^https?:\/\/[^\s?#]+$/, 'expected an https URL without query (http only for hosts of plainHttp)');
const target = z.string().min(1).max(512).regex(/^(?!\/)(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\\p{Cc}]+$/u, 'expected a relative path without empty, "." and ".." segments');
const pattern = z.string().superRefine((text, context) => {
  const glob = compileGlob(text);
  const problem = glob.ok ? undefined : glob.problem;
  if (problem !== undefined || (text !== '**' && !/^[A-Za-z*]+\/./.test(text)))
    context.addIssue({ code: 'custom', message: problem ?? 'expected KIND/NAME or KIND/NAMESPACE/NAME, with * up to the next slash' });
});

/** One of `policySources`: `{tuf: {mirror, root, targets, …}}`. */
export const tufSourceSchema = z.strictObject({
  tuf: z.strictObject({
    mirror: address,
    /** Where targets lie; without it `targets` below the mirror. */
    targetsUrl: address.optional(),
    /** File with the root.json that is trusted from the beginning. */
    root: file,
    targets: z.array(target).min(1).max(256).refine((all) => new Set(all).size === all.length, 'expected each target once'),
    refresh: duration('5m', '1s', '24h'),
    /** Of which documents roles may speak to which `targets` delegates, by their names; roles that are not here may deliver nothing. */
    roles: z.record(z.string().min(1).max(256), z.array(pattern).min(1).max(256)).default({}),
  }),
});

/** The source, checked; durations in milliseconds. */
export type TufSourceConfig = z.output<typeof tufSourceSchema>['tuf'];
