import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ReceiptKeyFile, ReceiptOrder, ReceiptRevocations } from '../../../src/domain/gate/receipt.ts';
import { createReceipts } from '../../../src/vouch/index.ts';
import type { Receipts } from '../../../src/vouch/index.ts';
import { pae } from '../../world/encode.ts';

export const NOW = Date.parse('2026-11-30T12:00:00.000Z');
export const HOUR = 3_600_000;
export const VERIFIER = 'https://gate.example/verifier';
export const HEX = 'ab'.repeat(32);

/** A key pair with the files in which it is handed over. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly publicPem: string;
}

export function keyPair(type: 'ed25519' | 'p256' = 'ed25519'): KeyPair {
  const { privateKey, publicKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

export function file(name: string, text: string): ReceiptKeyFile {
  return { name, text };
}

export function order(more: Partial<ReceiptOrder> = {}): ReceiptOrder {
  return {
    purpose: 'gate', id: '01JDXYZ0000000000000000000', at: NOW, subjects: [{ name: 'oci://registry.example/acme/base', digest: `sha256:${HEX}` }],
    resource: 'oci://registry.example/acme/base', usage: 'baseImage', caller: 'system:serviceaccount:ci:fetcher', run: 'run-uid-1',
    policies: 'cd'.repeat(32), inputs: [], levels: [], ...more,
  };
}

/** Receipts with a clock that tests set. */
export interface Scene extends Receipts {
  time: number;
}

export function scene(files: readonly ReceiptKeyFile[], { revoked, settleMs = 0 }: { readonly revoked?: ReceiptRevocations; readonly settleMs?: number } = {}): Scene {
  const state = { time: NOW };
  const receipts = createReceipts({
    verifier: VERIFIER, version: '1.2.3', lastsMs: 6 * HOUR, settleMs, now: () => state.time, ...(revoked === undefined ? {} : { revoked }),
  });
  receipts.take(files);
  return Object.assign(state, receipts);
}

export function textOf(receipts: Pick<Receipts, 'issuer'>, wanted: ReceiptOrder = order()): string {
  const issued = receipts.issuer.issue(wanted);
  if (issued.state !== 'signed') throw new Error(JSON.stringify(issued));
  return issued.text;
}

export interface EnvelopeJson {
  payload: string;
  payloadType: string;
  signatures: { keyid: string; sig: string }[];
}

export function envelopeOf(text: string): EnvelopeJson {
  return JSON.parse(text) as EnvelopeJson;
}

export type StatementJson = Record<string, unknown> & { subject: Record<string, unknown>[]; predicate: Record<string, unknown> };

export function statementOf(text: string): StatementJson {
  return JSON.parse(Buffer.from(envelopeOf(text).payload, 'base64').toString('utf8')) as StatementJson;
}

/** The receipt with its statement changed and signed anew by the holder of the key: whoever can do that is us, or has our key. */
export function resigned(text: string, { privateKey }: Pick<KeyPair, 'privateKey'>, change: (statement: StatementJson) => void): string {
  const statement = statementOf(text);
  change(statement);
  const payload = Buffer.from(JSON.stringify(statement));
  const { payloadType, signatures: [first] } = envelopeOf(text);
  const algorithm = privateKey.asymmetricKeyType === 'ec' ? 'sha256' : null;
  const sig = sign(algorithm, pae(payloadType, payload), privateKey).toString('base64');
  return JSON.stringify({ payload: payload.toString('base64'), payloadType, signatures: [{ keyid: first?.keyid, sig }] });
}
