/** A made-up world as a trusted_root.json. */
import type { CertificateAuthority } from './ca.ts';
import type { CtLog } from './log/ct-log.ts';
import { base64 } from './encode.ts';
import { keyDetails } from './keys.ts';
import type { SigningKey } from './keys.ts';
import type { TransparencyLog } from './log/log-entry.ts';
import type { TimestampAuthority } from './tsa.ts';
import type { Certificate } from './asn1/x509.ts';

/** What a trusted root can list. */
export interface TrustedParts {
  /** The present, epoch milliseconds: default instant of everything made in it. */
  readonly now: number;
  readonly ca: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly tsa: TimestampAuthority;
}

export type Part = 'ca' | 'ctLog' | 'rekor' | 'rekor2' | 'tsa';

/** Validity of one entry, epoch milliseconds; no `start` leaves the member out. */
export interface Window {
  readonly start?: number;
  readonly end?: number;
}

/** How a trusted root deviates from "everything in the world, since five years ago". */
export interface TrustedRootOptions {
  readonly without?: readonly Part[];
  readonly windows?: Partial<Record<Part, Window>>;
  /** Last word on the document. */
  readonly map?: (root: TrustedRootJson) => Record<string, unknown>;
}

/** The four lists of a trusted root, each entry as JSON. */
export interface TrustedRootJson extends Record<string, unknown> {
  readonly mediaType: string;
  readonly tlogs: readonly Record<string, unknown>[];
  readonly certificateAuthorities: readonly Record<string, unknown>[];
  readonly ctlogs: readonly Record<string, unknown>[];
  readonly timestampAuthorities: readonly Record<string, unknown>[];
}

const YEAR = 365 * 24 * 3600 * 1000;

/** Writes `trusted_root.json` (sigstore_trustroot.proto, JSON mapping). */
export function trustedRootOf(parts: TrustedParts, options: TrustedRootOptions = {}): Record<string, unknown> {
  const has = (part: Part): boolean => !(options.without ?? []).includes(part);
  const windowOf = (part: Part): Record<string, string> => windowJson(options.windows?.[part] ?? { start: parts.now - 5 * YEAR });
  const root: TrustedRootJson = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: (['rekor', 'rekor2'] as const).filter(has).map((part) => logJson(parts[part], windowOf(part))),
    certificateAuthorities: has('ca') ? [authorityJson(parts.ca.uri, parts.ca.chain, windowOf('ca'))] : [],
    ctlogs: has('ctLog') ? [logJson(parts.ctLog, windowOf('ctLog'))] : [],
    timestampAuthorities: has('tsa') ? [authorityJson(parts.tsa.uri, parts.tsa.chain, windowOf('tsa'))] : [],
  };
  return options.map?.(root) ?? root;
}

/** One trusted root that lists everything several do: what a deployment has while it rotates. */
export function mergeTrustedRoots(...roots: readonly Record<string, unknown>[]): Record<string, unknown> {
  const list = (name: string): unknown[] => roots.flatMap((root) => root[name] as unknown[]);
  const lists = ['tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities'].map((name) => [name, list(name)] as const);
  return { ...roots[0], ...Object.fromEntries(lists) };
}

/** One entry of `tlogs` or `ctlogs`. */
export function logJson(
  log: { readonly key: SigningKey; readonly baseUrl: string; readonly logId: Buffer }, validFor: Record<string, string>,
): Record<string, unknown> {
  return {
    baseUrl: log.baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { ...publicKeyJson(log.key), validFor },
    logId: { keyId: base64(log.logId) },
  };
}

// RSA log keys stand in PKCS#1 form in the trusted roots that exist (sigstage); all others as SPKI.
function publicKeyJson(key: SigningKey): Record<string, string> {
  if (!key.type.startsWith('rsa')) return { rawBytes: base64(key.spki), keyDetails: keyDetails(key) };
  return { rawBytes: base64(key.publicKey.export({ type: 'pkcs1', format: 'der' })), keyDetails: 'PKCS1_RSA_PKCS1V5' };
}

/** One entry of `certificateAuthorities` or `timestampAuthorities`. */
export function authorityJson(uri: string, chain: readonly Certificate[], validFor: Record<string, string>): Record<string, unknown> {
  const subject = new Map(chain.at(-1)?.spec.subject ?? []);
  return {
    subject: { organization: subject.get('O') ?? '', commonName: subject.get('CN') ?? '' },
    uri,
    certChain: { certificates: chain.map((certificate) => ({ rawBytes: base64(certificate.der) })) },
    validFor,
  };
}

/** A `validFor` member from instants. */
export function windowJson(window: Window): Record<string, string> {
  return {
    ...(window.start !== undefined && { start: new Date(window.start).toISOString() }),
    ...(window.end !== undefined && { end: new Date(window.end).toISOString() }),
  };
}
