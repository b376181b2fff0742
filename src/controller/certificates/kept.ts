/** The serving certificate as its Secret holds it: what is served, what will be, and whom the API server is to trust. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { certificatesIn, isIssuedUnder, joinBundles } from '../../platform/tls/bundle.ts';

/** A certificate and its private key, both PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What is kept, times in epoch milliseconds. */
export interface Kept {
  readonly served: Pair;
  /** What the Secret holds cannot be served by; replicas go on with what they have. */
  readonly broken: boolean;
  /** Served as soon as every API server trusts its authority. */
  readonly next?: Pair;
  /** All authorities that are trusted: of what is served, of what will be, and of what replicas may still serve. */
  readonly trusted: string;
  /** Since when webhooks trust all of them, with a next one among them. */
  readonly trustedSince?: number;
  /** Since when the Secret holds what is served. */
  readonly servedSince: number;
  /** Somebody wants a new one now. */
  readonly renew: boolean;
}

/** A Secret as the API server holds it; values are the texts themselves. */
export interface HeldSecret {
  /** Absent for one that is to be created. */
  readonly resourceVersion?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** By whom the Secret is kept: whoever wants the controller to take over writes it there. */
export const KEPT_BY = 'gatehouse.dev/kept-by';
/** The value of {@link KEPT_BY}. */
export const CONTROLLER = 'controller';
/** Asks for a new certificate now. */
export const RENEW = 'gatehouse.dev/renew';
const TRUSTED_SINCE = 'gatehouse.dev/trusted-since';
const SERVED_SINCE = 'gatehouse.dev/rotated';
const NEXT = { certificate: 'next.crt', key: 'next.key' } as const;

/** Reads a Secret. A next pair that is broken is none, and what cannot be read of its authorities is left out. */
export function readKept(secret: HeldSecret): Kept {
  const served = pairIn(secret.data, 'tls.crt', 'tls.key');
  const trusted = readable(secret.data['ca.crt'] ?? '');
  const next = pairIn(secret.data, NEXT.certificate, NEXT.key);
  const usable = !faultOf(next) && isIssuedUnder(next.certificate, trusted);
  const trustedSince = timeIn(secret.annotations[TRUSTED_SINCE]);
  return {
    served,
    broken: faultOf(served) || !isIssuedUnder(served.certificate, trusted),
    ...(usable ? { next } : {}),
    trusted,
    ...(usable && trustedSince !== undefined ? { trustedSince } : {}),
    servedSince: timeIn(secret.annotations[SERVED_SINCE]) ?? 0,
    renew: secret.annotations[RENEW] !== undefined,
  };
}

/** The Secret that holds it, with the annotations that others have written. */
export function writeKept(kept: Kept, before: HeldSecret = { annotations: {}, data: {} }): HeldSecret {
  const { [TRUSTED_SINCE]: _, [RENEW]: asked, ...others } = before.annotations;
  return {
    ...(before.resourceVersion === undefined ? {} : { resourceVersion: before.resourceVersion }),
    annotations: {
      ...others,
      [KEPT_BY]: CONTROLLER,
      [SERVED_SINCE]: new Date(kept.servedSince).toISOString(),
      ...(kept.trustedSince === undefined ? {} : { [TRUSTED_SINCE]: new Date(kept.trustedSince).toISOString() }),
      ...(kept.renew && asked !== undefined ? { [RENEW]: asked } : {}),
    },
    data: {
      'tls.crt': kept.served.certificate, 'tls.key': kept.served.key, 'ca.crt': kept.trusted,
      ...(kept.next === undefined ? {} : { [NEXT.certificate]: kept.next.certificate, [NEXT.key]: kept.next.key }),
    },
  };
}

/** The authorities of a bundle that issued one of the certificates. */
export function issuersOf(bundle: string, ...certificates: readonly string[]): string {
  return joinBundles(...certificatesIn(bundle).filter((authority) => certificates.some((one) => isIssuedUnder(one, authority))));
}

/** The bundle, or nothing where it cannot be read. */
export function readable(bundle: string): string {
  try {
    return joinBundles(bundle);
  } catch {
    return '';
  }
}

/** When a certificate begins and ends, epoch milliseconds. */
export function validityOf({ certificate }: Pair): { readonly from: number; readonly to: number } {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return { from: validFromDate.getTime(), to: validToDate.getTime() };
}

function pairIn(data: HeldSecret['data'], certificate: string, key: string): Pair {
  const [one, other] = [data[certificate] ?? '', data[key] ?? ''];
  return { certificate: one, key: other };
}

function faultOf({ certificate, key }: Pair): boolean {
  try {
    return !new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return true;
  }
}

function timeIn(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
