/** The record of versions as bytes: canonical JSON, which whoever keeps it signs. */
import { isObject, own } from '../text/json/fields.ts';
import { jcs } from '../text/json/jcs.ts';
import { readJsonBytes } from '../text/json/read.ts';
import type { SeenVersion, VersionRecord } from './versions.ts';

/** Type of the payload of its envelope. */
export const RECORD_PAYLOAD_TYPE = 'application/vnd.gatehouse.policy-versions+json';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The record as it is signed. */
export function recordText({ serial, documents }: VersionRecord): string {
  return jcs({ kind: 'PolicyVersions', serial, documents: Object.fromEntries(documents) });
}

/** Reads what {@link recordText} wrote; throws with words for people. Whether anybody signed it is for the caller to find out first. */
export function readRecord(bytes: Uint8Array): VersionRecord {
  const read = readJsonBytes(bytes);
  const [kind, serial, documents] = ['kind', 'serial', 'documents'].map((name) => own(read.ok ? read.value : undefined, name));
  if (kind !== 'PolicyVersions' || !isWhole(serial) || !isObject(documents)) throw new Error('expected a record of versions, found something else');
  return { serial, documents: new Map(Object.entries(documents).map(([name, value]) => [name, readVersion(name, value)])) };
}

function readVersion(name: string, value: unknown): SeenVersion {
  const [version, digest] = [own(value, 'version'), own(value, 'digest')];
  if (!isWhole(version) || typeof digest !== 'string' || !DIGEST.test(digest))
    throw new Error(`${JSON.stringify(name.slice(0, 300))}: expected version and digest`);
  return { version, digest };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
