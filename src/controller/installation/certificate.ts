/** Whether what replicas serve is what webhooks trust, names what is called, and lasts. */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { ownList, ownText } from '../../text/json/fields.ts';
import { countCertificates, isIssuedUnder, joinBundles, namesOf } from '../../platform/tls/bundle.ts';
import { fail, ok, unknown, warn } from './finding.ts';
import type { CheckFinding } from './finding.ts';
import { below } from './looks/look.ts';
import type { Installation } from './read.ts';

const DAY = 86_400_000;
const PAGE = 'docs/operate/certificates.md';

/** Findings about the serving certificate, at `now` in epoch milliseconds. Of the Secret only its certificates are looked at. */
export function checkCertificate({ secret, gates, namespace }: Installation, now: number): readonly CheckFinding[] {
  const bundles = gates.flatMap(({ name, look }) => (look.kind === 'found'
    ? (ownList(look.object, 'webhooks') ?? []).map((webhook) => ({ name, text: bundleOf(webhook), then: thenOf(webhook) })) : []));
  const empty = new Map(bundles.filter(({ text }) => text === '').map(({ name, then }) => [name, then]));
  const trust = [...empty].map(([name, then]) => fail('caBundle', `${name} trusts no CA of ours: the API server cannot ask, and ${then}`,
    `see whether the controller or cert-manager runs, or fill it in (${PAGE})`));
  if (secret.kind === 'unknown') return [...trust, unknown('certificate', `Secret gatehouse-tls: ${secret.why}`,
    'ask with the rights of an administrator')];
  if (secret.kind === 'none')
    return [...trust, fail('certificate', 'there is no Secret gatehouse-tls: no replica starts',
      `let the controller, cert-manager or npm run certs make it (${PAGE})`)];
  const chain = decoded(ownText(below(secret.object, 'data'), 'tls.crt'));
  const leaf = readCertificate(chain);
  if (leaf === undefined) return [...trust, fail('certificate', 'tls.crt of Secret gatehouse-tls holds no certificate in PEM',
    `make it anew (${PAGE})`)];
  return [...trust, ...checkValidity(leaf, now), ...checkNames(chain, namespace), ...checkKey(leaf), ...checkTrust(chain, bundles)];
}

function checkValidity(leaf: X509Certificate, now: number): readonly CheckFinding[] {
  const [from, to] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  const ends = new Date(to).toISOString();
  const days = Math.floor(Math.abs(to - now) / DAY);
  if (now > to) return [fail('certificate', `it ended ${ends}, ${days} days ago: the API server cannot ask, and refuses`,
    `renew it (${PAGE})`)];
  if (now < from) return [fail('certificate', `it begins only ${new Date(from).toISOString()}`, 'see whose clock is wrong')];
  if (to - now < 14 * DAY) return [warn('certificate', `it ends ${ends}, in ${days} days`, `renew it, or see why nobody does (${PAGE})`)];
  return [ok('certificate', `valid until ${ends}, ${days} days`)];
}

function checkNames(chain: string, namespace: string): readonly CheckFinding[] {
  const wanted = `gatehouse.${namespace}.svc`;
  const held = namesOf(chain);
  if (held.includes(wanted)) return [ok('names', `it names ${wanted}`)];
  return [fail('names', `it names ${held.join(', ') || 'nothing'}, and the API server calls ${wanted}`,
    `issue it for that name (${PAGE})`)];
}

function checkKey({ publicKey }: X509Certificate): readonly CheckFinding[] {
  const { modulusLength } = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).asymmetricKeyDetails ?? {};
  if (modulusLength === undefined || modulusLength >= 2048) return [];
  return [fail('certificate', `its RSA key has ${modulusLength} bits`, 'issue it with 2048 bits or more')];
}

interface Bundle {
  readonly name: string;
  readonly text: string;
  /** What becomes of requests that the API server cannot ask about. */
  readonly then: string;
}

function checkTrust(chain: string, bundles: readonly Bundle[]): readonly CheckFinding[] {
  const full = bundles.filter(({ text }) => text !== '').map(({ name, text, then }) => ({ name, then, pem: decoded(text) }));
  const strangers = Map.groupBy(full.filter(({ pem }) => !trusts(chain, pem)), ({ then }) => then);
  if (strangers.size > 0)
    return [...strangers].map(([then, those]) => fail('caBundle',
      `${[...new Set(those.map(({ name }) => name))].join(', ')} does not trust what is served: the API server cannot ask, and ${then}`,
      `put the CA of Secret gatehouse-tls there (${PAGE})`));
  if (full.length === 0) return [];
  const many = Math.max(...full.map(({ pem }) => countCertificates(pem)));
  const more = many > 1 ? `; ${many} CAs, as during a renewal` : '';
  return [ok('caBundle', `every webhook trusts what is served${more}`)];
}

function thenOf(webhook: unknown): string {
  return ownText(webhook, 'failurePolicy') === 'Ignore' ? 'goes on without us' : 'refuses';
}

function bundleOf(webhook: unknown): string {
  return ownText(below(webhook, 'clientConfig'), 'caBundle') ?? '';
}

function trusts(chain: string, pem: string): boolean {
  try {
    return isIssuedUnder(chain, joinBundles(pem));
  } catch {
    return false;
  }
}

function decoded(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64').toString('utf8');
}

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
