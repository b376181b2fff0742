/** Fulcio, Rekor and a timestamp authority over HTTP on loopback, by the handlers of @sigstore/mock, with their trusted root. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fulcioHandler, initializeCA, initializeCTLog, initializeTLog, initializeTSA, rekorHandler, tsaHandler,
} from '@sigstore/mock';

/** The services, and how often each was asked. */
export interface SigstoreServices {
  readonly url: string;
  readonly trustedRoot: unknown;
  readonly asked: Record<'fulcio' | 'rekor' | 'tsa', number>;
  /** So many requests are answered with 503 first. */
  failing: number;
  /** Requests wait for this before they are answered. */
  gate: Promise<unknown>;
  close(): Promise<void>;
}

const keys = (namedCurve = 'P-256'): ReturnType<typeof pair> => pair(namedCurve);
const pair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

/** An ID token as an OIDC provider would issue it; the mock reads it without verifying it. */
export function identityToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ aud: 'sigstore', iat: 1, exp: 9_999_999_999, ...claims })}.x`;
}

interface Proposed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** What Rekor makes of a proposed entry of kind dsse before it logs it: hashes, and each signature with its verifier; the mock logs what it is sent. */
function canonicalEntry(body: string): string {
  const { apiVersion, kind, spec: { proposedContent: { envelope, verifiers } } } = JSON.parse(body) as Proposed;
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: readonly { sig: string }[] };
  const hash = (bytes: string | Buffer): unknown => ({ algorithm: 'sha256', value: createHash('sha256').update(bytes).digest('hex') });
  return JSON.stringify({
    apiVersion, kind,
    spec: {
      envelopeHash: hash(envelope), payloadHash: hash(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  });
}

export async function startSigstoreServices(): Promise<SigstoreServices> {
  const [ctKeys, logKeys, tsaKeys] = [keys(), keys(), keys()];
  const ctLog = await initializeCTLog(ctKeys);
  const ca = await initializeCA(keys('P-384'), ctLog);
  const log = await initializeTLog('https://rekor.example', logKeys);
  const tsa = await initializeTSA(tsaKeys);
  const handlers = { fulcio: fulcioHandler(ca), rekor: rekorHandler(log), tsa: tsaHandler(tsa) };
  const asked = { fulcio: 0, rekor: 0, tsa: 0 };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [name, handler] = Object.entries(handlers).find(([, { path }]) => request.url === path) ?? [];
    if (name === undefined || handler === undefined) return void response.writeHead(404).end();
    asked[name as keyof typeof asked] += 1;
    await services.gate;
    if (services.failing > 0) {
      services.failing -= 1;
      return void response.writeHead(503).end('busy');
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const { statusCode, response: text, contentType = 'text/plain' } = await handler.fn(name === 'rekor' ? canonicalEntry(body) : body);
    response.writeHead(statusCode, { 'content-type': contentType }).end(typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.byteLength));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  const raw = (view: ArrayBufferView): string => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
  const spki = (one: ReturnType<typeof pair>): Buffer => one.publicKey.export({ type: 'spki', format: 'der' });
  const logOf = (key: Buffer, baseUrl: string): unknown => ({
    baseUrl, hashAlgorithm: 'SHA2_256', logId: { keyId: createHash('sha256').update(key).digest('base64') },
    publicKey: { rawBytes: key.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start: '2020-01-01T00:00:00Z' } },
  });
  const authority = (uri: string, ...certificates: ArrayBufferView[]): unknown => ({
    subject: { organization: 'sigstore.mock', commonName: 'sigstore' }, uri, validFor: { start: '2020-01-01T00:00:00Z' },
    certChain: { certificates: certificates.map((certificate) => ({ rawBytes: raw(certificate) })) },
  });
  const services: SigstoreServices = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trustedRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [logOf(spki(logKeys), 'https://rekor.example')],
      ctlogs: [logOf(spki(ctKeys), 'https://ct.example')],
      certificateAuthorities: [authority('https://fulcio.example', ca.rootCertificate)],
      timestampAuthorities: [authority('https://tsa.example', tsa.intCertificate, tsa.rootCertificate)],
    },
    asked, failing: 0, gate: Promise.resolve(),
    close: () => new Promise((done) => { server.closeAllConnections(); server.close(() => done()); }),
  };
  return services;
}
