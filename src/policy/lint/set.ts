/** Advice that takes several documents: policies beside each other, and revocations beside the keys that signers have. */
import { callerPatternText } from '../../domain/gate/caller-pattern.ts';
import { singlesOf } from '../../domain/policy/requirement.ts';
import type { KeyIdentity, Requirement, Signer } from '../../domain/policy/requirement.ts';
import type { Revocation } from '../../domain/policy/revocation.ts';
import type { DraftPolicy } from '../compile/policy.ts';
import type { CompiledSigner } from '../compile/signer/compiled-signer.ts';
import type { Entry } from '../read/catalogue.ts';
import type { RevocationListDocument } from '../schema/revocation.ts';
import type { Steps } from '../steps.ts';
import type { Path } from '../read/problems.ts';
import type { Reporter } from '../read/reporter.ts';

/** Advice about policies that stand side by side. */
export function* lintPolicyPairSteps(drafts: readonly DraftPolicy[]): Steps<void> {
  const enforced = new Map<string, string>();
  for (const { policy } of drafts)
    if (
      policy.kind === 'ClusterArtifactPolicy' &&
      policy.mode === 'enforce' &&
      policy.namespaces === undefined &&
      policy.usedAs === undefined &&
      policy.callers === undefined &&
      policy.except === undefined
    )
      for (const pattern of policy.patterns) enforced.set(`${pattern.kind} ${pattern.source}`, policy.name);
  yield;
  for (const draft of drafts) {
    lintWeaker(draft, enforced);
    yield;
  }
  yield* lintCopies(drafts);
}

/** Policies only add to each other; a laxer one beside an enforced one looks like an exception and is none. */
function lintWeaker({ policy, report }: DraftPolicy, enforced: ReadonlyMap<string, string>): void {
  if (policy.mode === 'enforce') return;
  for (const [index, pattern] of policy.patterns.entries()) {
    const stronger = enforced.get(`${pattern.kind} ${pattern.source}`);
    if (stronger !== undefined)
      report.advise(
        'policy-laxer',
        ['spec', 'artifacts', index],
        `ClusterArtifactPolicy ${stronger} enforces its requirements on the same artifacts; mode ${policy.mode} here does not soften them, policies only add to each other`,
      );
  }
}

function* lintCopies(drafts: readonly DraftPolicy[]): Steps<void> {
  const seen = new Map<string, string>();
  for (const { policy, report } of drafts) {
    const content = contentOf(policy);
    const earlier = seen.get(content);
    if (earlier !== undefined) report.advise('policy-copied', ['metadata', 'name'], `says the same as ${policy.kind} ${earlier}; remove one`);
    else seen.set(content, policy.name);
    yield;
  }
}

function contentOf(policy: DraftPolicy['policy']): string {
  const { kind, namespace, patterns, usedAs, namespaces, mode, requireDigest, indexCoversChildren, requirements } = policy;
  const { callers, resolveOnce, except, everyPlatform } = policy;
  const signerNames = (key: string, value: unknown): unknown => {
    if (key === 'revocations') return undefined;
    return key === 'by' || key === 'owners' ? (value as { name: string }[]).map((signer) => signer.name) : value;
  };
  const scope = [
    kind, namespace, [...(usedAs ?? [])].toSorted(), callers?.map(callerPatternText).toSorted(), namespaces?.source, mode, requireDigest,
    indexCoversChildren, resolveOnce, except?.patterns, everyPlatform,
  ];
  return JSON.stringify([scope, patterns, requirements], signerNames);
}

const STRICTNESS = { enforce: 2, warn: 1, audit: 0 } as const;

/** Advice where a policy demands admitted images of a build and no policy of the set could admit any. */
export function* lintDependencySteps(drafts: readonly DraftPolicy[]): Steps<void> {
  let strictest = -1;
  for (const { policy } of drafts) if (speaksOfBuilds(policy)) strictest = Math.max(strictest, STRICTNESS[policy.mode]);
  for (const { policy, report } of drafts) {
    const [path] = demandsOf(policy.requirements, ['spec', 'require']);
    yield;
    if (path === undefined || strictest >= STRICTNESS[policy.mode]) continue;
    report.advise(
      'admitted-by-nobody',
      path,
      `demands images that are admitted, but no policy in mode ${policy.mode} is for images that are used as dependency or baseImage: every image is denied; write one, or unmatched: allow`,
      'key',
    );
  }
}

/** At the webhook too: with callers it speaks about their questions alone. */
function speaksOfBuilds({ patterns, usedAs, callers }: DraftPolicy['policy']): boolean {
  if (callers !== undefined) return false;
  const used = usedAs === undefined || usedAs.has('dependency') || usedAs.has('baseImage');
  return used && patterns.some(({ kind }) => kind === 'image');
}

function demandsOf(requirements: readonly Requirement[], path: Path): readonly Path[] {
  return requirements.flatMap((requirement, index): readonly Path[] => {
    if (requirement.kind === 'anyOf') return demandsOf(requirement.of, [...path, index, 'anyOf']);
    const demanded = requirement.kind === 'provenance' && requirement.dependencies?.images?.unmatched === 'deny';
    return demanded ? [[...path, index, 'provenance', 'dependencies', 'images']] : [];
  });
}

/** Names of the signers who own a signed layout of some policy: what they revoke binds its functionaries, whose keys they do not have. */
export function layoutOwners(drafts: readonly DraftPolicy[]): ReadonlySet<string> {
  const singles = drafts.flatMap(({ policy }) => policy.requirements).flatMap(singlesOf);
  return new Set(singles.flatMap((one) => (one.kind === 'layout' && one.form === 'signed' ? one.owners.map(({ name }) => name) : [])));
}

/** The revocations of one document, and whom they bind: all signers, or the one in whose document they stand. */
export interface LintedRevocations {
  readonly revocations: readonly Revocation[];
  readonly signers: readonly Signer[];
  /** The signer in whose document they stand, if only what he signs can fall. */
  readonly own?: Signer | undefined;
}

/** Advice about the revocations of one document: about keys that nobody has, and dates that can save nothing. */
export function lintRevocations({ revocations, signers, own }: LintedRevocations, report: Reporter): void {
  for (const [index, { what, compromisedAt }] of revocations.entries()) {
    if (what.kind !== 'key') continue;
    const holders = signers.flatMap((signer) =>
      signer.identities
        .filter((identity): identity is KeyIdentity => identity.kind === 'key' && identity.keyId === what.keyId)
        .map((identity) => ({ signer, identity })),
    );
    const path = ['spec', 'revocations', index];
    if (holders.length === 0 && own !== undefined && own.identities.every((identity) => identity.kind === 'key'))
      report.advise(
        'revocation-without-holder',
        [...path, 'key'],
        `${own.name} has no key ${what.keyId}, so nothing falls; a key that other signers have is revoked in a RevocationList`,
      );
    const undatable = holders.find(({ identity }) => identity.trustRoot === undefined);
    if (compromisedAt !== undefined && undatable !== undefined)
      report.advise(
        'revocation-undatable',
        [...path, 'compromisedAt'],
        `the key of ${undatable.signer.name} names no trustRoot whose logs or timestamps could prove that a signature is older, so all its signatures fall`,
      );
  }
}

/** Notes keys in lists that no signer has: one that is spelt wrongly revokes nothing, one that is gone stays revoked. */
export function lintHolders(
  lists: readonly Entry<RevocationListDocument>[],
  listed: readonly Revocation[],
  { compiled, drafts }: { readonly compiled: ReadonlyMap<string, CompiledSigner>; readonly drafts: readonly DraftPolicy[] },
): void {
  // Functionaries of a layout have keys that stand in it alone.
  if (layoutOwners(drafts).size > 0 || drafts.some(({ policy }) => (policy.trust.layouts ?? []).length > 0)) return;
  const keys = new Set([...compiled.values()].flatMap(({ keys: own }) => own.map(({ keyId }) => keyId)));
  for (const { name, value, report } of lists) {
    const own = listed.filter((entry) => entry.declaredBy === `RevocationList ${name}`);
    if (own.length !== value.spec.revocations.length) continue;
    for (const [index, { what }] of own.entries())
      if (what.kind === 'key' && !keys.has(what.keyId))
        report.note(
          'revocation-without-holder',
          ['spec', 'revocations', index, 'key'],
          `no signer of this set has the key ${what.keyId}: right where it was taken out, and nothing where it is spelt wrongly; compare it with the id in messages`,
        );
  }
}
