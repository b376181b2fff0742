/** Authorities and logs written out one by one in a policy, made into the document that all others come as. */
import { createHash, createPublicKey } from 'node:crypto';
import type { PlainAuthority, PlainLog, PlainTrust, PlainWindow } from '../../domain/policy/trust-root.ts';
import type { TrustProblem } from '../json-reader.ts';
import { readPem } from '../../pki/pem.ts';
import { readPublicKey } from '../../pki/public-key.ts';
import { checkTrustedRoot } from './trusted-root.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const MAX_CHAIN = 131_072;
const KEY_DETAILS: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'PKIX_ECDSA_P256_SHA_256'],
  ['secp384r1', 'PKIX_ECDSA_P384_SHA_384'],
  ['secp521r1', 'PKIX_ECDSA_P521_SHA_512'],
]);

/**
 * Makes the content of a `trusted_root.json` of authorities that are written out one by one, so that nothing after
 * this needs to know the difference. Every problem is listed, with its path in the lists; `content` is of use only
 * when there is none. Never throws.
 */
export function plainTrust(lists: PlainTrust): { readonly content: unknown; readonly problems: readonly TrustProblem[] } {
  const problems: TrustProblem[] = [];
  const authorities = (name: 'certificateAuthorities' | 'timestampAuthorities'): unknown[] =>
    lists[name].map((entry, index) => authorityOf(entry, `${name}[${index}]`, problems));
  const logs = (name: 'transparencyLogs' | 'ctLogs'): unknown[] =>
    lists[name].map((entry, index) => logOf(entry, { path: `${name}[${index}]`, bindsName: name === 'transparencyLogs' }, problems));
  const content = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs('transparencyLogs'),
    certificateAuthorities: authorities('certificateAuthorities'),
    ctlogs: logs('ctLogs'),
    timestampAuthorities: authorities('timestampAuthorities'),
  };
  return {
    content,
    problems: problems.length > 0 ? problems : checkTrustedRoot(content).map(({ path, message }) => ({ path: pathInLists(path), message })),
  };
}

function authorityOf(entry: PlainAuthority, path: string, problems: TrustProblem[]): unknown {
  const fail = (message: string): void => void problems.push({ path: `${path}.chain`, message });
  const blocks = entry.chain.length > MAX_CHAIN ? [] : entry.chain.match(CERTIFICATE) ?? [];
  if (entry.chain.length > MAX_CHAIN) fail(`is longer than ${MAX_CHAIN} characters`);
  else if (blocks.length === 0) fail('expected PEM certificates (-----BEGIN CERTIFICATE-----), from the issuing one to its root');
  else if (entry.chain.replace(CERTIFICATE, '').trim() !== '') fail('holds text outside of its PEM certificates');
  const certificates = blocks.map((block, index) => {
    const pem = readPem(block, 'CERTIFICATE');
    if (!pem.ok) fail(`certificate ${index + 1}: ${pem.problem}`);
    return { rawBytes: pem.ok ? pem.der.toString('base64') : '' };
  });
  return { ...(entry.uri === undefined ? {} : { uri: entry.uri }), certChain: { certificates }, validFor: windowOf(entry.validFor) };
}

function logOf(entry: PlainLog, place: { readonly path: string; readonly bindsName: boolean }, problems: TrustProblem[]): unknown {
  const reading = readPublicKey(entry.publicKey);
  if (!reading.ok) {
    problems.push({ path: `${place.path}.publicKey`, message: reading.problem });
    return undefined;
  }
  const key = createPublicKey(reading.key.pem);
  const spki = key.export({ type: 'spki', format: 'der' });
  const type = key.asymmetricKeyType ?? '';
  const keyDetails =
    type === 'ed25519' ? 'PKIX_ED25519' : (KEY_DETAILS.get(key.asymmetricKeyDetails?.namedCurve ?? '') ?? 'PKIX_RSA_PKCS1V5');
  return {
    baseUrl: entry.baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: spki.toString('base64'), keyDetails, validFor: windowOf(entry.validFor) },
    logId: { keyId: entry.logId ?? logIdOf(spki, type === 'ed25519' && place.bindsName ? entry.baseUrl : undefined) },
    ...(entry.operator === undefined ? {} : { operator: entry.operator }),
  };
}

/** SHA-256 of the key (RFC 6962, 3.2); logs with Ed25519 keys are Rekor v2, whose id binds their name (C2SP signed-note). */
function logIdOf(spki: Buffer, baseUrl: string | undefined): string {
  const url = baseUrl === undefined ? null : URL.parse(baseUrl.includes('://') ? baseUrl : `https://${baseUrl}`);
  const hash = createHash('sha256');
  return (
    url === null ? hash.update(spki) : hash.update(`${url.host}${url.pathname.replace(/\/+$/, '')}\n\x01`).update(spki.subarray(12))
  ).digest('base64');
}

function windowOf(window: PlainWindow | undefined): PlainWindow | undefined {
  return window === undefined
    ? undefined
    : { ...(window.start === undefined ? {} : { start: window.start }), ...(window.end === undefined ? {} : { end: window.end }) };
}

/** Where in the lists a problem of the trusted root made of them stands. */
function pathInLists(path: string): string {
  return path
    .replace(/^tlogs\b/, 'transparencyLogs')
    .replace(/^ctlogs\b/, 'ctLogs')
    .replace(/\.publicKey\.validFor\b/, '.validFor')
    .replace(/\.publicKey\..*$/, '.publicKey')
    .replace(/\.certChain\.certificates\b.*$/, '.chain');
}
