/** Workloads with a JWT-SVID: each trust domain has a bundle of its own, and no key of one ever speaks for another. */
import { ownText } from '../../text/json/fields.ts';
import { SVID_ALGORITHMS } from '../tokens/algorithms.ts';
import type { CheckToken } from '../tokens/check.ts';
import type { KeySource } from '../tokens/key-source.ts';
import type { Token } from '../tokens/read-token.ts';
import { nobody } from '../tokens/refusal.ts';
import type { Refusal } from '../tokens/refusal.ts';
import type { Issuer } from './issuer.ts';
import { parseSpiffeId } from '../../text/names/spiffe-id.ts';
import type { TrustBundle } from './spiffe-bundle.ts';

/** A trust domain whose workloads may ask. */
export interface TrustDomain {
  readonly name: string;
  readonly bundle: KeySource<TrustBundle>;
  /** As which namespace its workloads are judged; the longest of `paths` that begins a path goes before. */
  readonly namespace?: string;
  /** Namespaces by the beginning of paths, whole segments: `/ns/build`. */
  readonly paths?: readonly { readonly path: string; readonly namespace: string }[];
}

/** What JWT-SVIDs are checked with. */
export interface SpiffeOptions {
  readonly domains: readonly TrustDomain[];
  readonly audience: string;
  readonly check: CheckToken;
}

const HEADER: ReadonlySet<string> = new Set(['alg', 'kid', 'typ']);

/** JWT-SVIDs by the rules of SPIFFE: algorithms, header, subject, audience, end, and the bundle of that domain alone. */
export function spiffeIssuer({ domains, audience, check }: SpiffeOptions): Issuer {
  const byName = new Map(domains.map((domain) => [domain.name, domain]));
  return {
    claims: ({ claims }) => /^spiffe:/i.test(ownText(claims, 'sub') ?? ''),
    async authenticate(token, signal) {
      const text = ownText(token.claims, 'sub') ?? '';
      const id = parseSpiffeId(text);
      if (id === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected a SPIFFE ID as sub: spiffe://trust-domain/path');
      // The ID of the trust domain itself is that of no workload.
      if (id.path === '') return nobody('INPUT_TOKEN_INVALID', 'expected the SPIFFE ID of a workload, with a path');
      const problem = formProblem(token);
      if (problem !== undefined) return problem;
      const domain = byName.get(id.trustDomain);
      if (domain === undefined) return nobody('INPUT_TOKEN_ISSUER', 'the trust domain of the token is not configured');
      const refusal = await check(token, domain.bundle, { audiences: [audience] }, signal);
      if (refusal !== undefined) return refusal;
      return { ok: true, caller: { kind: 'spiffe', id: text, trustDomain: id.trustDomain, namespace: namespaceOf(domain, id.path) } };
    },
  };
}

/** What JWT-SVID §2 asks beyond what every token is held to. */
function formProblem({ alg, header }: Token): Refusal | undefined {
  if (!SVID_ALGORITHMS.has(alg)) return nobody('INPUT_TOKEN_ALGORITHM', `expected one of the algorithms ${[...SVID_ALGORITHMS].join(', ')}`);
  if ([...header].some((name) => !HEADER.has(name))) return nobody('INPUT_TOKEN_INVALID', 'expected only alg, kid and typ in the header of a JWT-SVID');
  return undefined;
}

function namespaceOf({ namespace = '', paths = [] }: TrustDomain, path: string): string {
  const fitting = paths.filter((one) => path === one.path || path.startsWith(`${one.path}/`));
  return fitting.sort((a, b) => b.path.length - a.path.length)[0]?.namespace ?? namespace;
}
