/** Jobs of CI systems outside of the cluster, by OIDC tokens of configured issuers: which run it is, and which of them may ask. */
import type { CiCaller } from '../../domain/gate/caller.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { CheckToken } from '../tokens/check.ts';
import type { KeySource } from '../tokens/key-source.ts';
import { textClaim } from '../tokens/read-token.ts';
import { excluded, nobody } from '../tokens/refusal.ts';
import type { Issuer } from './issuer.ts';
import type { IssuerKeys } from './kubernetes.ts';

/** Systems whose claims are known. */
export type CiKind = 'github' | 'gitlab' | 'generic';

/** Who of an issuer may ask, and as what. */
export interface CiRule {
  readonly audience: string;
  /** Claims and the texts that each may have, exactly. Empty: everybody of the issuer. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  /** As which namespace it is judged; empty: none. */
  readonly namespace: string;
}

/** A CI system. */
export interface CiOptions {
  readonly issuer: string;
  readonly kind: CiKind;
  /** Claims that name a run of a generic system together; without any its callers have no run. */
  readonly run: readonly string[];
  readonly keys: KeySource<IssuerKeys>;
  /** The first that fits counts. */
  readonly rules: readonly CiRule[];
  readonly check: CheckToken;
}

/** Claims that name a run, and the issuer that needs no name in it, being the one that is meant. */
const RUNS: Readonly<Record<Exclude<CiKind, 'generic'>, { readonly claims: readonly string[]; readonly known: RegExp }>> = {
  github: { claims: ['repository_id', 'run_id', 'run_attempt'], known: /^https:\/\/token\.actions\.githubusercontent\.com(?:\/[\w.-]+)?$/ },
  gitlab: { claims: ['project_id', 'pipeline_id'], known: /^https:\/\/gitlab\.com$/ },
};
const NUMBER = /^[1-9][0-9]{0,19}$/;

/** Tokens of one issuer. */
export function ciIssuer({ issuer, kind, run, keys, rules, check }: CiOptions): Issuer {
  const audiences = [...new Set(rules.map(({ audience }) => audience))];
  return {
    claims: ({ claims }) => claims['iss'] === issuer,
    async authenticate(token, signal) {
      const refusal = await check(token, keys, { audiences, issuer }, signal);
      if (refusal !== undefined) return refusal;
      const subject = textClaim(token.claims, 'sub');
      if (subject === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected sub as a text of at most 1024 characters');
      const claims = textsOf(token.claims);
      const name = runOf(kind, run, claims, issuer);
      if (name === undefined) return nobody('INPUT_TOKEN_INVALID', `expected the claims that name a run: ${wantedOf(kind, run).join(', ')}`);
      const rule = rules.find((one) => isFor(token.claims, one.audience) && fits(claims, one));
      if (rule === undefined) return excluded('the token is of somebody whom gate.callers.ci leaves out by its claims');
      const caller: CiCaller = { kind: 'ci', issuer, subject, claims, run: name, namespace: rule.namespace };
      return { ok: true, caller };
    },
  };
}

function isFor(claims: JsonObject, audience: string): boolean {
  const said = claims['aud'];
  return said === audience || (Array.isArray(said) && said.includes(audience));
}

function fits(claims: Readonly<Record<string, string>>, rule: CiRule): boolean {
  return Object.entries(rule.claims).every(([name, texts]) => Object.hasOwn(claims, name) && texts.includes(claims[name] ?? ''));
}

/** Texts, numbers and truth values as texts; everything else, and text that is not fit for records, is left out. */
function textsOf(claims: JsonObject): Readonly<Record<string, string>> {
  const entries = Object.entries(claims).flatMap(([name, value]): [string, string][] => {
    if ((typeof value === 'number' && Number.isSafeInteger(value)) || typeof value === 'boolean') return [[name, String(value)]];
    const text = textClaim(claims, name);
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

function wantedOf(kind: CiKind, run: readonly string[]): readonly string[] {
  return kind === 'generic' ? run : RUNS[kind].claims;
}

/** One text for one run of one system; `undefined` when a claim is missing. Parts are encoded, so that no two runs share a text. */
function runOf(kind: CiKind, run: readonly string[], claims: Readonly<Record<string, string>>, issuer: string): string | undefined {
  const wanted = wantedOf(kind, run);
  const values = wanted.map((name) => (Object.hasOwn(claims, name) ? claims[name] ?? '' : ''));
  if (values.some((value) => value === '' || (kind !== 'generic' && !NUMBER.test(value)))) return undefined;
  if (kind === 'generic') return wanted.length === 0 ? '' : `oidc:${[issuer, ...values].map(encodeURIComponent).join('/')}`;
  // Two installations number their runs alike.
  const place = RUNS[kind].known.test(issuer) ? '' : `${encodeURIComponent(issuer)}/`;
  return `${kind}:${place}${values.join('/')}`;
}
