/** Rules in CEL of single places; none refuses what the compiler takes, which has the last word and says more. */
import type { Validation } from './schema.ts';

const rule = (text: string, message: string): Validation => ({ rule: text, message });
const any = (...names: readonly string[]): string => names.map((name) => `has(self.${name})`).join(' || ');

/** Both times of an exception, as CEL reads them: an hour of 24 is read by us alone. */
const times = (of: string): string => `self.notBefore.contains('T24') || self.expiresAt.contains('T24') || ${of}`;

/** Rules by what the place of an object ends with: `ClusterArtifactPolicy.spec.require[].registry`. */
export const PLACES: readonly (readonly [RegExp, readonly Validation[]])[] = [
  [/^Signer\.spec\.validity$/, [
    rule(any('notBefore', 'notAfter'), 'names neither notBefore nor notAfter; leave it out, or write one of them'),
  ]],
  [/ArtifactPolicy\.spec\.callers$/, [
    rule(any('serviceAccounts', 'spiffe', 'ci'), 'names nobody, so the policy would speak about nothing; name serviceAccounts, spiffe or ci'),
  ]],
  [/\.matchExpressions\[\]$/, [rule(
    "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
    'operators In and NotIn need at least one of values; Exists and DoesNotExist take none',
  )]],
  [/\.registry$/, [
    rule('!(has(self.by) && has(self.checksum))', 'checksum takes the place of by: what is signed needs no bare checksum; write one of the two'),
    rule('has(self.by) || !has(self.threshold)', 'threshold counts the signers of by, and none are named'),
    rule(any('by', 'checksum', 'noDowngrade'), 'demands nothing; write by, checksum: accepted, or noDowngrade: true'),
  ]],
  [/\.provenance\.source$/, [
    rule(any('uri', 'ref', 'branch', 'tag', 'digest', 'repositoryId', 'ownerId', 'reviewed'), 'is empty; write uri, and ref, branch or tag'),
  ]],
  [/\.provenance\.dependencies$/, [
    rule(`${any('allowed', 'images')} || (has(self.pinned) && self.pinned)`, 'demands nothing; write pinned: true, allowed, or images'),
  ]],
  [/\.layout$/, [
    rule(`!has(self.document) || ${any('owners', 'ownerKeys')}`, 'names nobody who must have signed the document; write owners or ownerKeys'),
    rule(
      'has(self.product) || !has(self.dataOnlyInspections)',
      'declares inspections, whose rules are about paths; write product, the path of the artifact',
    ),
    rule(
      `!has(self.steps) || !(${any('owners', 'ownerKeys', 'parameters', 'dataOnlyInspections', 'product')})`,
      'owners, ownerKeys, parameters, dataOnlyInspections and product belong to a layout with document',
    ),
    rule(`!has(self.document) || !(${any('chained', 'sameRun')})`, 'chained and sameRun belong to a layout with steps'),
  ]],
  [/\.reproducible$/, [rule(
    'size(self.by) >= 2 && (!has(self.threshold) || self.threshold <= size(self.by))',
    'at least two rebuilders must agree, and threshold cannot be higher than the number of those in by',
  )]],
  [/^PipelinePolicy\.spec\.parameters$/, [rule(
    `${any('deny', 'allow')} || (has(self.others) && self.others == 'deny')`,
    'demands nothing of parameters; write deny, allow or others: deny',
  )]],
  [/^PipelinePolicy\.spec\.definitions$/, [
    rule(
      `has(self.signedBy) || !(${any('threshold', 'maxAge', 'require')})`,
      'threshold, maxAge and require need signedBy: without signers nothing is verified',
    ),
    rule(
      '!has(self.signedBy) || !has(self.threshold) || self.threshold <= size(self.signedBy)',
      'threshold is higher than the number of signers in signedBy: nothing could satisfy it',
    ),
  ]],
  [/^AdmissionException\.spec$/, [
    rule(any('requestedBy', 'approvedBy'), 'names nobody who asks for it (requestedBy) or approved it (approvedBy)'),
    rule(
      '!has(self.requestedBy) || !has(self.approvedBy) || self.requestedBy != self.approvedBy',
      'approvedBy is who asks for it: somebody else has to approve',
    ),
    rule(any('artifacts', 'digests'), 'names neither artifacts nor digests: write what is let through'),
    rule(
      times('timestamp(self.expiresAt) > timestamp(self.notBefore)'),
      'expiresAt is not after notBefore: such an exception never acts',
    ),
    rule(
      times("timestamp(self.expiresAt) - timestamp(self.notBefore) <= duration('720h')"),
      'expiresAt is more than 30 days after notBefore; what is needed for longer belongs into the policy (except)',
    ),
  ]],
];
