/** Configurations of Connaisseur: the most specific pattern decides there, so each policy here leaves out what a more specific one is for. */
import type { MapReader } from '../fields.ts';
import { refuse } from '../fields.ts';
import { wildcardScopeOf } from '../scope.ts';
import type { Scope } from '../scope.ts';
import type { PolicyDraft, Session } from '../session.ts';
import { hasHost, mayMeet, outranks } from './specific.ts';
import { validatorOf } from './validator.ts';
import type { Validator } from './validator.ts';

/** The label by which namespaces are left out, or chosen. */
const LABEL = 'securesystemsengineering.connaisseur/webhook';

/** True for a document that is one, by its shape: a configuration, or the values of its chart. */
export function isConnaisseur(value: Readonly<Record<string, unknown>>): boolean {
  const inside = value['application'];
  const config = typeof inside === 'object' && inside !== null ? (inside as Readonly<Record<string, unknown>>) : value;
  return !Object.hasOwn(value, 'kind') && Array.isArray(config['validators']) && Array.isArray(config['policy']);
}

/** Translates one. */
export function connaisseurConfig(root: MapReader, session: Session): readonly PolicyDraft[] {
  const { source } = root;
  const application = root.map('application');
  const config = application ?? root;
  // What else values of the chart hold is about how it is installed.
  if (application !== undefined) root.without(...root.keys);
  config.without('alerting', 'logLevel', 'alerts');
  const { mode, namespaces } = featuresOf(config);
  const validators = new Map<string, Validator>();
  for (const one of config.maps('validators')) {
    const read = validatorOf(one);
    if (validators.has(read.name)) refuse(source, one.at('name'), 'each name once');
    validators.set(read.name, read);
  }
  const rules = config.maps('policy').map((rule) => ({ rule, pattern: rule.text('pattern') ?? '' }));
  for (const { rule, pattern } of rules) if (pattern === '' || pattern.length > 512) refuse(source, rule.at('pattern'), 'a pattern');
  return rules.map(({ rule, pattern }, index) => {
    const name = rule.text('validator') ?? 'default';
    const validator = validators.get(name);
    if (validator === undefined) refuse(source, rule.at('validator'), 'the name of a validator');
    const beside = rules.filter((other, at) => at !== index && mayMeet(other.pattern, pattern));
    const better = beside.filter((other) => outranks(other.pattern, pattern));
    const tied = beside.some((other) => !outranks(other.pattern, pattern) && !outranks(pattern, other.pattern));
    if (tied)
      source.remark('stricter', rule.at('pattern'), {
        what: 'where others are as specific, all of them have to hold', why: 'which is the more specific depends on the image there', help: 'write except where one is to give way',
      });
    return {
      kind: 'ClusterArtifactPolicy', name: session.policyName(`connaisseur-${pattern.replaceAll(/[*:/]+/g, '-')}`),
      scopes: [{ scope: scopeOfPattern(pattern), path: rule.at('pattern') }], except: better.map((other) => scopeOfPattern(other.pattern)),
      ...(namespaces === undefined ? {} : { namespaces }), mode,
      formula: validator?.demands(rule, session) ?? { kind: 'any', parts: [] }, comments: [`Connaisseur policy ${pattern}, ${source.place(rule.path)}`],
    };
  });
}

/** Wildcards are put before and behind there; hosts are anchored here. Braces and brackets are alternatives and classes. */
function scopeOfPattern(pattern: string): Scope {
  const open = pattern.endsWith('*') ? pattern : `${pattern}*`;
  if (!hasHost(pattern)) return { ...scopeOfOpen(open), wide: ['**'], wider: 'without a host it is found in the names of every host there' };
  return scopeOfOpen(open);
}

function scopeOfOpen(open: string): Scope {
  if (!/[[\]{}\\!]/.test(open)) return wildcardScopeOf(open);
  return { ...wildcardScopeOf(open.replaceAll(/\{[^}]*\}?|\[[^\]]*\]?|[\\!\]}]/g, '*')), narrow: [], wider: 'classes and alternatives are wildcards here' };
}

function featuresOf(config: MapReader): { readonly mode: PolicyDraft['mode']; readonly namespaces?: PolicyDraft['namespaces'] } {
  const features = config.map('features');
  if (features === undefined) return { mode: 'enforce' };
  features.without('automaticChildApproval', 'automaticUnchangedApproval', 'cache');
  features.tell('stricter', 'resourceValidationMode', {
    what: 'all kinds of objects are judged', why: 'pods and what makes them are judged alike', help: 'nothing',
  });
  const mode = features.flag('detectionMode') === true ? 'warn' : 'enforce';
  const chosen = features.map('namespacedValidation');
  const isChosen = chosen?.flag('enabled') ?? chosen !== undefined;
  const how = chosen?.text('mode') ?? 'ignore';
  if (how !== 'ignore' && how !== 'validate') refuse(config.source, chosen?.at('mode') ?? [], 'ignore or validate');
  if (!isChosen) return { mode };
  return { mode, namespaces: { matchExpressions: [{ key: LABEL, operator: how === 'ignore' ? 'NotIn' : 'In', values: [how] }] } };
}
