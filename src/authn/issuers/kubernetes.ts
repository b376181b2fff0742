/** Service accounts of the cluster: the token's signature and claims first, then the API server's word for it. */
import type { ServiceAccountCaller } from '../../domain/gate/caller.ts';
import { onBehalfOf } from '../../flow/asker.ts';
import { own } from '../../text/json/fields.ts';
import type { JsonObject } from '../../text/json/fields.ts';
import type { CheckToken } from '../tokens/check.ts';
import type { KeySet } from '../tokens/key-set.ts';
import { heldOf } from '../tokens/key-source.ts';
import type { KeySource } from '../tokens/key-source.ts';
import { textClaim } from '../tokens/read-token.ts';
import { nobody, unchecked } from '../tokens/refusal.ts';
import type { Issuer } from './issuer.ts';

/** What the API server says of a token for our audience: whose it is, or that it counts for nobody. Rejects when it does not say. */
export type ReviewToken = (token: string, signal: AbortSignal) => Promise<ReviewedToken | undefined>;

/** The holder of a token as TokenReview names it. */
export interface ReviewedToken {
  readonly username: string;
  readonly uid: string;
  /** `authentication.kubernetes.io/pod-name`, `…/pod-uid`, when the token is bound to a pod. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** Keys of the API server, with the issuer that it names itself. */
export interface IssuerKeys {
  readonly issuer: string;
  readonly keys: KeySet;
}

/** What tokens of service accounts are checked with. */
export interface KubernetesOptions {
  readonly keys: KeySource<IssuerKeys>;
  readonly audience: string;
  readonly check: CheckToken;
  /** Asks the API server; absent without one: then a token counts until it expires, whatever has become of its pod. */
  readonly review?: ReviewToken | undefined;
}

/** Tokens that the API server issued for pods and for whoever may ask it (TokenRequest). */
export function kubernetesIssuer({ keys, audience, check, review }: KubernetesOptions): Issuer {
  return {
    async claims({ claims }, signal) {
      // Every token of an account says so; whoever has another waits for no API server.
      if (own(claims, 'kubernetes.io') === undefined) return claims['iss'] === keys.believed()?.issuer;
      const held = await heldOf(keys, signal);
      return held === undefined ? 'unknown' : claims['iss'] === held.issuer;
    },
    async authenticate(token, signal) {
      const issuer = (await heldOf(keys, signal))?.issuer;
      if (issuer === undefined) return unchecked('the keys of the issuer are not known now');
      const refusal = await check(token, keys, { audiences: [audience], issuer }, signal);
      if (refusal !== undefined) return refusal;
      const caller = accountOf(token.claims);
      if (caller === undefined) return nobody('INPUT_TOKEN_INVALID', 'expected a token of a service account, as TokenRequest gives it');
      if (review === undefined) return { ok: true, caller };
      // In the turn of whose token it is: that much its signature has proven.
      const { namespace, name } = caller;
      return onBehalfOf({ namespace, caller: `system:serviceaccount:${namespace}:${name}` }, async () => {
        try {
          const reviewed = await review(token.text, signal);
          return reviewed !== undefined && agrees(reviewed, caller)
            ? { ok: true, caller }
            : nobody('INPUT_TOKEN_INVALID', 'the API server says that the token counts for nobody: its pod or account is gone, or another one');
        } catch {
          return unchecked('the API server does not say whose token it is');
        }
      });
    },
  };
}

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The account of a token by its claims; `undefined` when they do not fit together. */
function accountOf(claims: JsonObject): ServiceAccountCaller | undefined {
  const bound = own(claims, 'kubernetes.io');
  const [account, pod] = [own(bound, 'serviceaccount'), own(bound, 'pod')];
  const [namespace, name, uid] = [textOf(bound, 'namespace'), textOf(account, 'name'), textOf(account, 'uid')];
  if (namespace === undefined || name === undefined || uid === undefined || !NAME.test(namespace) || !NAME.test(name)) return undefined;
  if (claims['sub'] !== `system:serviceaccount:${namespace}:${name}`) return undefined;
  if (pod === undefined) return { kind: 'serviceAccount', namespace, name, uid };
  const [podName, podUid] = [textOf(pod, 'name'), textOf(pod, 'uid')];
  if (podName === undefined || podUid === undefined || !NAME.test(podName)) return undefined;
  return { kind: 'serviceAccount', namespace, name, uid, pod: { name: podName, uid: podUid } };
}

function textOf(value: unknown, name: string): string | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? textClaim(value as JsonObject, name) : undefined;
}

/** The review names the very account and pod of the claims. */
function agrees(reviewed: ReviewedToken, { namespace, name, uid, pod }: ServiceAccountCaller): boolean {
  return reviewed.username === `system:serviceaccount:${namespace}:${name}` && reviewed.uid === uid
    && reviewed.pod?.name === pod?.name && reviewed.pod?.uid === pod?.uid;
}
