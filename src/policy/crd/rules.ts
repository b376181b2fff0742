/** What can be said in CEL: groups of keys of which one must be written, and rules of single places. */
import type { JsonSchema } from '../json-schema/index.ts';
import type { Structural, Validation } from './schema.ts';

/** Words of CEL that are no names of fields; a field of that name is written between underscores. */
const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop',
  'package', 'namespace', 'return', 'var', 'void', 'while',
]);

const has = (name: string): string => `has(self.${RESERVED.has(name) ? `__${name}__` : name})`;

type Alternative = { readonly required?: readonly string[]; readonly anyOf?: readonly { readonly required: readonly string[] }[] };

/** `{oneOf: [{required: [a]}, …]}` or `{not: {required: [a, b]}}` as a rule; `known` are the keys that there are. */
export function ruleOfKeys({ oneOf, not }: JsonSchema, known: ReadonlySet<string>): Validation | undefined {
  if (Array.isArray(oneOf)) {
    const groups = (oneOf as Alternative[])
      .map(({ required, anyOf = [] }) => (required ?? anyOf.flatMap((one) => one.required)).filter((key) => known.has(key)))
      .filter((group) => group.length > 0);
    const count = groups.map((group) => `(${group.map(has).join(' || ')} ? 1 : 0)`).join(' + ');
    return { rule: `${count} == 1`, message: `expected exactly one of ${groups.flat().join(', ')}` };
  }
  const together = (not as Alternative | undefined)?.required;
  return together === undefined ? undefined : { rule: `!(${together.map(has).join(' && ')})`, message: `expected at most one of ${together.join(', ')}` };
}

const rule = (text: string, message: string): Validation => ({ rule: text, message });
const either = (...names: readonly string[]): string => names.map(has).join(' || ');

/** A time that CEL reads: an hour of 24 is read by us alone. */
const ordinary = (name: string): string => `!self.${name}.contains('T24')`;
const BOTH = `${ordinary('notBefore')} && ${ordinary('expiresAt')} ? `;

/** Rules of places, none of which refuses what the compiler takes; the compiler has the last word, and says more. */
const PLACES: readonly (readonly [RegExp, readonly Validation[]])[] = [
  [/^Signer\.spec\.validity$/, [rule(either('notBefore', 'notAfter'), 'names neither notBefore nor notAfter; leave it out, or write one of them')]],
  [/ArtifactPolicy\.spec\.callers$/, [rule(either('serviceAccounts', 'spiffe', 'ci'), 'names nobody, so the policy would speak about nothing; name serviceAccounts, spiffe or ci')]],
  [/^PipelinePolicy\.spec\.parameters$/, [rule(
    `${either('deny', 'allow')} || (has(self.others) && self.others == 'deny')`, 'demands nothing of parameters; write deny, allow or others: deny',
  )]],
  [/^PipelinePolicy\.spec\.definitions$/, [
    rule(`${either('signedBy')} || !(${either('threshold', 'maxAge', 'require')})`, 'threshold, maxAge and require need signedBy: without signers nothing is verified'),
    rule('!has(self.signedBy) || !has(self.threshold) || self.threshold <= size(self.signedBy)', 'threshold is higher than the number of signers in signedBy: nothing could satisfy it'),
  ]],
  [/\.matchExpressions\[\]$/, [rule(
    "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)", 'operators In and NotIn need at least one of values; Exists and DoesNotExist take none',
  )]],
  [/\.registry$/, [
    rule('!(has(self.by) && has(self.checksum))', 'checksum takes the place of by: what is signed needs no bare checksum; write one of the two'),
    rule('has(self.by) || !has(self.threshold)', 'threshold counts the signers of by, and none are named'),
    rule(either('by', 'checksum', 'noDowngrade'), 'demands nothing; write by, checksum: accepted, or noDowngrade: true'),
  ]],
  [/\.provenance\.source$/, [rule(
    either('uri', 'ref', 'branch', 'tag', 'digest', 'repositoryId', 'ownerId', 'reviewed'), 'is empty; write uri, and ref, branch or tag',
  )]],
  [/\.provenance\.dependencies$/, [rule(
    `${either('allowed', 'images')} || (has(self.pinned) && self.pinned)`, 'demands nothing; write pinned: true, allowed, or images',
  )]],
  [/\.layout$/, [
    rule(`!has(self.document) || ${either('owners', 'ownerKeys')}`, 'names nobody who must have signed the document; write owners or ownerKeys'),
    rule('has(self.product) || !has(self.dataOnlyInspections)', 'declares inspections, whose rules are about paths; write product, the path of the artifact'),
    rule(`!has(self.steps) || !(${either('owners', 'ownerKeys', 'parameters', 'dataOnlyInspections', 'product')})`, 'owners, ownerKeys, parameters, dataOnlyInspections and product belong to a layout with document'),
    rule(`!has(self.document) || !(${either('chained', 'sameRun')})`, 'chained and sameRun belong to a layout with steps'),
  ]],
  [/\.reproducible$/, [rule(
    'size(self.by) >= 2 && (!has(self.threshold) || self.threshold <= size(self.by))', 'at least two rebuilders must agree, and threshold cannot be higher than the number of those in by',
  )]],
  [/^AdmissionException\.spec$/, [
    rule(either('artifacts', 'digests'), 'names neither artifacts nor digests: write what is let through'),
    rule(`${BOTH}timestamp(self.expiresAt) > timestamp(self.notBefore) : true`, 'expiresAt is not after notBefore: such an exception never acts'),
    rule(
      `${BOTH}timestamp(self.expiresAt) - timestamp(self.notBefore) <= duration('720h') : true`,
      'expiresAt is more than 30 days after notBefore; what is needed for longer belongs into the policy (except)',
    ),
  ]],
];

/** The rules of a place, and those that fields of certain names bring with them. */
export function placeRules(at: string, fields: Readonly<Record<string, Structural>>): readonly Validation[] {
  const own = PLACES.filter(([place]) => place.test(at)).flatMap(([, rules]) => rules);
  return [...own, ...thresholdRules(at, fields), ...newestRules(fields)];
}

function thresholdRules(at: string, { by, threshold }: Readonly<Record<string, Structural>>): readonly Validation[] {
  if (by === undefined || threshold === undefined || at.endsWith('.reproducible')) return [];
  return [rule(
    `!has(self.threshold) || ${by.nullable === true ? '!has(self.by) || ' : ''}self.threshold <= size(self.by)`,
    'threshold is higher than the number of signers in by: nothing could satisfy it',
  )];
}

function newestRules({ newest, maxAge }: Readonly<Record<string, Structural>>): readonly Validation[] {
  if (newest === undefined || maxAge === undefined) return [];
  return [rule('!has(self.newest) || !self.newest || has(self.maxAge)', 'newest needs maxAge beside it: whoever serves the evidence can hide the newest, and what that gains has to end')];
}
