/** What Kyverno does where a rule fails: one action for all rules of a policy, whichever rule says it; here the strictest. */
import { own, ownList } from '../../text/json/fields.ts';
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import type { PolicyDraft } from '../session.ts';

/** The mode of each block of a policy. */
export interface FailureActions {
  modeOf(block: MapReader): PolicyDraft['mode'];
}

/**
 * Reads the actions of a policy. Kyverno takes the first that a rule says, be it about images or not, for the whole policy, and that of
 * the policy where none says any; its documentation lets each rule have its own. So a block is enforced where any reading enforces it.
 */
export function failureActions(spec: MapReader): FailureActions {
  const { source } = spec;
  const action = spec.text('validationFailureAction');
  const overrides = spec.maps('validationFailureActionOverrides').flatMap((one) => {
    one.without('namespaces', 'namespaceSelector');
    return one.text('action') ?? [];
  });
  const strictest = { what: 'the strictest action counts', why: 'a policy has one mode', help: 'write one policy for each group of namespaces' };
  if (overrides.length > 0) source.remark('stricter', spec.at('validationFailureActionOverrides'), strictest);
  const general = [...(action === undefined ? [] : [action]), ...overrides];
  const rules = spec.raw('rules');
  const said = Array.isArray(rules) ? rules.flatMap(saidBy) : [];
  for (const one of general) checked(spec, 'validationFailureAction', one);
  return {
    modeOf(block) {
      const mine = block.text('failureAction');
      if (mine !== undefined) checked(block, 'failureAction', mine);
      const isEnforced = [...(mine === undefined ? general : [mine])].some(enforces);
      if (isEnforced || !said.some(enforces)) return isEnforced ? 'enforce' : 'audit';
      source.remark('stricter', mine === undefined ? block.path : block.at('failureAction'), {
        what: 'it is enforced, since another rule of the policy is', why: 'the first action that a rule says counts for the whole policy there', help: 'mode: audit, where it was meant so',
      });
      return 'enforce';
    },
  };
}

/** Every action that a rule says, in whatever of its parts. */
function saidBy(rule: unknown): readonly unknown[] {
  const validate = own(rule, 'validate');
  const overrides = [...(ownList(validate, 'failureActionOverrides') ?? []), ...(ownList(validate, 'validationFailureActionOverrides') ?? [])];
  return [
    own(validate, 'failureAction'), own(validate, 'validationFailureAction'), ...overrides.map((one) => own(one, 'action')),
    ...(ownList(rule, 'verifyImages') ?? []).map((block) => own(block, 'failureAction')),
  ];
}

function enforces(action: unknown): boolean {
  return typeof action === 'string' && action.toLowerCase() === 'enforce';
}

function checked(of: MapReader, key: string, action: string): void {
  if (!['audit', 'enforce'].includes(action.toLowerCase())) refuse(of.source, of.at(key), 'Audit or Enforce');
}
