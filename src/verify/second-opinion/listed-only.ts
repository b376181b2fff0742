/** A bundle without what the trust root does not list: the library stops at it, and our core has ignored it (ADR 0019). */
import { isObject, own, ownList } from '../../text/json/fields.ts';
import { decodeBase64, withoutLineEnds } from '../../text/base64.ts';
import { isByListed } from '../sigstore/timestamp-signer.ts';
import type { OpinionQuestion } from './opinion.ts';

type Trust = OpinionQuestion['trust'];

/**
 * The JSON of a bundle that our core has accepted, without log entries and timestamps of logs and authorities that the root
 * does not list. None of that is signed, so nothing is lost that either of the two could prove.
 */
export function listedOnly(bundle: unknown, trust: Trust): unknown {
  const material = own(bundle, 'verificationMaterial');
  if (!isObject(bundle) || !isObject(material)) return bundle;
  const entries = ownList(material, 'tlogEntries');
  const holder = own(material, 'timestampVerificationData');
  const stamps = ownList(holder, 'rfc3161Timestamps');
  const listed = {
    ...(entries === undefined ? {} : { tlogEntries: entries.filter((one) => isListedEntry(one, trust)) }),
    ...(stamps === undefined || !isObject(holder)
      ? {}
      : { timestampVerificationData: { ...holder, rfc3161Timestamps: stamps.filter((one) => isListedStamp(one, trust)) } }),
  };
  return { ...bundle, verificationMaterial: { ...material, ...listed } };
}

function isListedEntry(entry: unknown, { logs }: Trust): boolean {
  return logs.has(Buffer.from(decodeBase64(own(own(entry, 'logId'), 'keyId')) ?? []).toString('hex'));
}

function isListedStamp(stamp: unknown, { timestampAuthorities }: Trust): boolean {
  const encoded = own(stamp, 'signedTimestamp');
  const der = typeof encoded === 'string' ? decodeBase64(withoutLineEnds(encoded)) : undefined;
  return der !== undefined && isByListed(der, { timestampAuthorities });
}
