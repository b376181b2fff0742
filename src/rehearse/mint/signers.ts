/** Who signs in a test: a Signer of its policies, an identity that it writes itself, or a key that nobody trusts. */
import { PUBLIC_GOOD } from '../../policy/index.ts';
import { withTrustPolicies } from '../../policy/notation/documents.ts';
import type { PolicyDocument } from '../../policy/read/documents.ts';
import { didYouMean } from '../../policy/read/suggest.ts';
import { own, ownText } from '../../text/json/fields.ts';
import type { Result } from '../../text/result.ts';
import { bad, good } from '../../text/result.ts';
import type { WorldEvidence } from '../read/evidence-schema.ts';
import type { Identity } from '../world/ca.ts';
import { makeKey } from '../world/keys.ts';
import type { SigningKey } from '../world/keys.ts';
import { holderOf, workloadOf } from './holders.ts';
import type { HolderSpec } from './holders.ts';
import type { OwnRoot } from './own-roots.ts';
import { sampleOf } from './sample.ts';
import { identities, keyText, signsGitAlone } from './stand-ins.ts';
import type { RootWorld, StandIns } from './stand-ins.ts';

/** Somebody who can sign: with a key, or by an identity under a root. */
export interface SigningParty {
  readonly by:
    | { readonly key: SigningKey }
    | { readonly identity: Identity }
    | { readonly holder: HolderSpec; readonly own: OwnRoot };
  readonly root: RootWorld;
  /** The hash that the policy demands of this key; absent: the one that belongs to it. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  /** His key signs commits and tags, and nothing else. */
  readonly isGitAlone?: true;
}

/** Finds who signs, by what a test writes under `by`; says why nobody does. */
export type Casting = (by: WorldEvidence['by']) => Result<SigningParty>;

/** Casts for the policies of a test; `documents` as their author wrote them. */
export function makeCasting(documents: readonly PolicyDocument[], standIns: StandIns): Casting {
  const named = (kind: string): readonly (readonly [string, unknown])[] => withTrustPolicies(documents, [])
    .filter(({ value }) => own(value, 'kind') === kind)
    .map(({ value }) => [String(own(own(value, 'metadata'), 'name')), value]);
  const signers = new Map(named('Signer'));
  const roots = new Set([PUBLIC_GOOD, ...named('TrustRoot').map(([name]) => name)]);
  const strangers = new Map<string, SigningKey>();
  return ({ signer, identity: index = 0, keyless, key, x509, spiffe }) => {
    const holder = x509 ?? spiffe;
    if (holder !== undefined) {
      const meant = roots.has(holder.trustRoot) ? '' : didYouMean(holder.trustRoot, roots);
      if (meant !== '') return bad(`no TrustRoot of its policies is called ${JSON.stringify(holder.trustRoot)}${meant}`);
      return ownParty({ x509, spiffe }, standIns);
    }
    if (key !== undefined) {
      if (signers.has(key)) return bad(`key ${JSON.stringify(key)} is a key that no Signer has, and a Signer is called so; write {signer: ${key}}, or give the key another name`);
      const known = strangers.get(key) ?? makeKey();
      strangers.set(key, known);
      return good({ by: { key: known }, root: standIns.rootFor(PUBLIC_GOOD) });
    }
    if (keyless !== undefined) {
      const { issuer, subject: san, claims, trustRoot = PUBLIC_GOOD } = keyless;
      const meant = roots.has(trustRoot) ? '' : didYouMean(trustRoot, roots);
      if (meant !== '') return bad(`no TrustRoot of its policies is called ${JSON.stringify(trustRoot)}${meant}`);
      return good({ by: { identity: { issuer, san, ...(claims && { claims }) } }, root: standIns.rootFor(trustRoot) });
    }
    const document = signers.get(signer ?? '');
    if (document === undefined)
      return bad(`no Signer of its policies is called ${JSON.stringify(signer)}${didYouMean(signer ?? '', signers.keys())}`);
    const written = identities(document);
    if (written[index] === undefined) return bad(`Signer ${signer} has ${written.length} identities, counted from 0; there is no ${index}`);
    return partyOf(written[index], standIns);
  };
}

/** Somebody whom an authority of the test names as an identity of kind x509 or spiffe demands. */
function ownParty(identity: unknown, standIns: StandIns): Result<SigningParty> {
  const [x509, spiffe] = [own(identity, 'x509'), own(identity, 'spiffe')];
  const name = ownText(x509 ?? spiffe, 'trustRoot') ?? '';
  const root = standIns.rootFor(name);
  const holder = x509 === undefined ? workloadOf(spiffe) : holderOf(x509);
  if (!holder.ok) return holder;
  if (root.own === undefined) return bad(`TrustRoot ${JSON.stringify(name)} has no authorities of its own (spec.x509, spec.spiffe or spec.notation)`);
  return good({ by: { holder: holder.value, own: root.own }, root });
}

function partyOf(identity: unknown, standIns: StandIns): Result<SigningParty> {
  if (own(identity, 'x509') !== undefined || own(identity, 'spiffe') !== undefined) return ownParty(identity, standIns);
  const key = own(identity, 'key');
  const keyless = own(identity, 'keyless');
  const root = standIns.rootFor(ownText(key ?? keyless, 'trustRoot') ?? PUBLIC_GOOD);
  if (key !== undefined) {
    const standIn = standIns.keyFor(keyText(identity));
    const hash = (['sha256', 'sha384', 'sha512'] as const).find((one) => one === ownText(key, 'hashAlgorithm'));
    return standIn === undefined ? bad('its key cannot be read') : good({
      by: { key: standIn }, root, ...(hash && { hash }), ...(signsGitAlone(keyText(identity)) && { isGitAlone: true }),
    });
  }
  const issuer = sampleOf({ exact: ownText(keyless, 'issuer'), regExp: ownText(keyless, 'issuerRegExp') });
  const glob = ownText(keyless, 'subjectGlob');
  const san = sampleOf({ exact: ownText(keyless, 'subject'), glob, regExp: ownText(keyless, 'subjectRegExp') });
  const claims = Object.entries(Object(own(keyless, 'claims')) as Record<string, unknown>).map(([name, value]) =>
    [name, typeof value === 'string' ? value : sampleOf({ glob: ownText(value, 'glob') })] as const);
  const made = [['issuer', issuer], ['subject', san], ...claims] as const;
  const missing = made.flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (issuer === undefined || san === undefined || missing.length > 0)
    return bad(`no example could be made of what this Signer demands of ${missing.join(', ')}: write {keyless: {issuer: …, subject: …}} instead of its name`);
  const claimed = Object.fromEntries(claims.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return good({ by: { identity: { issuer, san, claims: claimed } }, root });
}
