/** To what a build may connect and which programs it may start; to demand nothing of the trace is an error. */
import { z } from 'zod';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { compileExamined } from '../compile/examined.ts';
import type { Content } from '../compile/examined.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { examining, pattern, patterns } from '../schema/content.ts';
import { strict } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

/** `network: []` allows no connection at all. */
const field = strict({
  ...examining,
  monitors: patterns('monitor').optional(),
  network: z.array(pattern).max(1000, 'has more than 1000 entries').optional(),
  processes: patterns('program').optional(),
  singleUse: z.boolean().optional(),
}).check((context) => {
  const { network, processes, singleUse, where } = context.value;
  if (network === undefined && processes === undefined && singleUse !== true && where === undefined)
    context.issues.push({
      code: 'custom',
      message: 'demands nothing of the trace; write network, processes or singleUse',
      input: context.value,
    });
});

/** `runtimeTrace` as written. */
export type RuntimeTraceField = z.output<typeof field>;

/** `runtimeTrace`: the build did nothing but what it may, as its monitor saw it. */
export const runtimeTracePart: RequirementPart<'runtimeTrace', RuntimeTraceField> = {
  schema: () => field,
  compile: (written, site) => compileExamined(written, site, () => contentOf(written)),
  demands: vouchedDemands,
  lint: lintVouched,
};

function contentOf({ monitors, network, processes, singleUse }: RuntimeTraceField): Content {
  return {
    written: 'runtimeTrace',
    wanted: 'runtime-trace',
    types: PREDICATE_FAMILIES['runtime-trace'],
    check: {
      kind: 'runtimeTrace',
      monitors: monitors ?? [],
      ...(network === undefined ? {} : { network }),
      ...(processes === undefined ? {} : { processes }),
      singleUse: singleUse ?? false,
    },
  };
}
