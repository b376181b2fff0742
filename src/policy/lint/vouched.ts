/** Advice about what signers vouch for, whatever it is. */
import type { RequirementOf, Signer, SingleRequirement } from '../../domain/policy/requirement.ts';
import type { Advice } from '../kinds/kind.ts';
import { lintNewest } from './newest.ts';
import type { ArtifactPattern } from '../match/artifact-pattern.ts';

/** A requirement for which signers vouch. */
type Vouched = RequirementOf<Exclude<SingleRequirement['kind'], 'encryption' | 'layout' | 'registry' | 'source'>>;

/** What such a requirement demands, without its name. */
export function vouchedDemands({ name: _, by, ...demands }: Vouched): string {
  return JSON.stringify([by.map((signer) => signer.name).toSorted(), demands]);
}

/** Advice about its signers: keys that count once, ages that nobody can prove, bounds that exclude the artifacts of the policy. */
export function lintVouched(requirement: Vouched, advice: Advice): void {
  lintNewest(requirement, advice);
  lintVouchers(requirement, { ...advice, path: [...advice.path, 'by'] });
}

/** The part of a requirement that says who vouches; `kind` where statements of its kind may state their time. */
type Vouchers = Pick<Vouched, 'by' | 'threshold' | 'maxAge'>
  & { readonly kind?: Vouched['kind']; readonly scanMaxAge?: number; readonly bindRepository?: boolean };

/** The same for any list of signers, which stands at `path`. */
export function lintVouchers(vouchers: Vouchers, place: Place): void {
  if (vouchers.threshold > 1) lintSharedKeys(vouchers, place);
  for (const [index, signer] of vouchers.by.entries()) lintSignerUse(signer, vouchers, { ...place, path: [...place.path, index] });
}

/** Where they stand; without `undated` nothing is said of roots that date nothing. */
type Place = Pick<Advice, 'path' | 'report' | 'patterns'> & Partial<Pick<Advice, 'undated'>>;

/** Thresholds count distinct keys: two signers who share one can never both count. */
function lintSharedKeys({ by }: Vouchers, { path, report }: Pick<Advice, 'path' | 'report'>): void {
  const owners = new Map<string, string>();
  for (const [index, signer] of by.entries()) {
    for (const identity of signer.identities) {
      if (identity.kind !== 'key') continue;
      const owner = owners.get(identity.keyId);
      if (owner !== undefined && owner !== signer.name)
        report.advise(
          'threshold-shared-key',
          [...path, index],
          `${signer.name} has a key in common with ${owner}; the threshold counts distinct keys, so the two count once`,
        );
      owners.set(identity.keyId, signer.name);
    }
  }
}

/** Kinds whose statements state when they were made; that is signed, so nobody can make it younger. */
const STATING: ReadonlySet<Vouched['kind']> = new Set(['provenance', 'vsa', 'reproducible']);

/** A scan has to say when it ended wherever an age is demanded of it. */
function statesTime({ kind, scanMaxAge }: Vouchers): boolean {
  return scanMaxAge !== undefined || (kind !== undefined && STATING.has(kind));
}

function isByKey({ identities }: Signer): boolean {
  return identities.some(({ kind }) => kind === 'key');
}

function lintSignerUse(signer: Signer, requirement: Vouchers, place: Place): void {
  const { path, report, patterns, undated } = place;
  const undatable = signer.identities.some((identity) => identity.kind === 'key' && identity.trustRoot === undefined);
  if (requirement.maxAge !== undefined && undatable)
    report.advise(
      'max-age-unprovable',
      path,
      `maxAge needs a provable signing time, but a key of ${signer.name} names no trustRoot whose logs or timestamps could prove it; its signatures will never be young enough`,
    );
  else if (requirement.maxAge !== undefined && isByKey(signer) && !statesTime(requirement))
    report.advise(
      'max-age-by-key',
      path,
      `maxAge of what ${signer.name} signs with a key is the time since a log last took it in (a stamp does not count), and whoever has the signature can log it again; a keyless signer, or a statement that states its time (provenance, vsa, vulnerability), bounds its age`,
    );
  const timeless = signer.identities.find((one) => (one.kind === 'x509' || one.kind === 'spiffe') && undated?.has(one.trustRoot) === true);
  if (requirement.maxAge !== undefined && timeless !== undefined)
    report.advise(
      'max-age-unprovable',
      path,
      `maxAge needs a provable signing time, and trust root ${timeless.trustRoot ?? ''} of ${signer.name} names nobody who could tell it: no log, no timestamp authority, no signing authority; name one there`,
    );
  const isNotation = signer.identities.every((identity) => identity.kind === 'x509' && identity.notation === true);
  if (isNotation && ((requirement.kind ?? 'signature') !== 'signature' || patterns.every(({ kind }) => kind !== 'image')))
    report.advise(
      'notation-signs-images',
      path,
      `${signer.name} signs with Notation alone, which signs images and attests nothing, so this never holds; name a signer with a key or a keyless identity`,
    );
  if (isNotation && requirement.bindRepository === true)
    report.advise(
      'notation-signs-images',
      path,
      `${signer.name} signs with Notation alone, whose signatures name no repository, so bindRepository never holds; leave it out, or name a signer with a key or a keyless identity`,
    );
  lintOneSort(signer, requirement, place);
  const { mayCertify } = signer;
  if (mayCertify === undefined) return;
  const outside = patterns.find(
    (pattern) => isLiteral(pattern) && !mayCertify.some((bound) => bound.test({ kind: pattern.kind, name: literalName(pattern) })),
  );
  if (outside !== undefined)
    report.advise(
      'signer-may-not-certify',
      path,
      `${signer.name} may not certify ${JSON.stringify(outside.source)}: its mayCertify does not cover it, so its signatures do not count here`,
    );
}

/** Keys of OpenPGP and security keys sign commits and tags; the former payloads about images as well, and neither attests anything. */
function lintOneSort({ name, identities }: Signer, { kind = 'signature' }: Vouchers, { path, report, patterns }: Place): void {
  const isOneSort = identities.every((one) => one.kind === 'key' && (one.openPgp !== undefined || one.securityKey !== undefined));
  const hasPgp = identities.some((one) => one.kind === 'key' && one.openPgp !== undefined);
  const holds = kind === 'signature' && patterns.some((pattern) => pattern.kind === 'git' || (pattern.kind === 'image' && hasPgp));
  if (isOneSort && !holds)
    report.advise(
      'key-signs-otherwise',
      path,
      `${name} has no keys but those of OpenPGP and security keys, which sign commits and tags (OpenPGP also payloads of Binary Authorization about images) and attest nothing, so this never holds; name a signer with another key or a keyless identity`,
    );
}

function isLiteral(pattern: ArtifactPattern): boolean {
  return !pattern.source.includes('*');
}

function literalName(pattern: ArtifactPattern): string {
  if (pattern.kind !== 'image' || pattern.image.everything) return pattern.source;
  return `${pattern.image.host}/${pattern.image.path.map((segment) => (typeof segment === 'string' ? segment : segment.source)).join('/')}`;
}
