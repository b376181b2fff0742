/** The four ways to give the authorities of a trust domain, of which a document takes exactly one. */
import { z } from 'zod';
import { parseDuration } from '../../../text/duration.ts';
import { bad, good } from '../../../text/result.ts';
import type { Result } from '../../../text/result.ts';
import { isTrustDomain, parseSpiffeId } from '../../../text/names/spiffe-id.ts';
import { parsed, strict, word } from '../../schema/fields.ts';
import { datingFields } from '../dating.ts';

const pem = z.string().max(1_048_576, 'is longer than 1048576 characters');
const ENDPOINT = /^https?:\/\/[^\s?#@\\]+(?:\?[^\s#\\]*)?$/;

const endpoint = strict({
  url: parsed(endpointUrl),
  profile: word<'https_web' | 'https_spiffe'>('https_web', 'https_spiffe'),
  endpointSpiffeId: parsed(endpointId).optional(),
  certificates: pem.optional(),
  bundle: z.unknown().meta({ type: 'object' }).optional(),
  maxStale: parsed(parseDuration).optional(),
}, { atMostOne: [['certificates', 'bundle']] });

/** What stands under `spec.spiffe`. */
export const spiffeField = strict({
  trustDomain: parsed((text) => (isTrustDomain(text) ? good(text) : bad(`expected a trust domain such as prod.acme.example, found ${JSON.stringify(text)}`))),
  certificates: pem.optional(),
  bundle: z.unknown().meta({ type: 'object' }).optional(),
  file: parsed(filePath).optional(),
  bundleEndpoint: endpoint.optional(),
  ...datingFields,
}, { exactlyOne: [['certificates', 'bundle', 'file', 'bundleEndpoint']] });

/** A trust domain as a document writes it. */
export type SpiffeRootField = z.output<typeof spiffeField>;

/** A bundle endpoint as a document writes it. */
export type EndpointField = z.output<typeof endpoint>;

/** HTTPS is the rule; `http` is read because the server's configuration may name hosts that are asked in plain text. */
function endpointUrl(text: string): Result<string> {
  const url = ENDPOINT.test(text) && text.length <= 2048 ? URL.parse(text) : null;
  return url === null || url.hostname === ''
    ? bad(`expected a URL such as https://spire.acme.example/bundle, found ${JSON.stringify(text)}`)
    : good(text);
}

function endpointId(text: string): Result<string> {
  const id = parseSpiffeId(text);
  return id === undefined || id.path === '' ? bad(`expected spiffe://TRUST-DOMAIN/PATH, found ${JSON.stringify(text)}`) : good(text);
}

/** Of the machine that judges, so nothing relative: two processes would read two files. */
function filePath(text: string): Result<string> {
  const fits = text.startsWith('/') && text.length <= 1024 && !/[\p{Cc}]/u.test(text) && !text.split('/').includes('..');
  return fits ? good(text) : bad(`expected the absolute path of a file such as /etc/gatehouse/prod-bundle.json, found ${JSON.stringify(text)}`);
}
