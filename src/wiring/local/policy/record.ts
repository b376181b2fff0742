/** A record of versions made by hand: the first one, and the one that an administrator makes when the last is lost. */
import { readInputText } from '../../../platform/input-file.ts';
import { createVersions, readRecord, RECORD_PAYLOAD_TYPE, recordText, signableDocument } from '../../../signed/index.ts';
import { PlacedProblems } from '../../../surfaces/cli/context.ts';
import type { CliRooms } from '../../../surfaces/cli/context.ts';
import { readSealingKey } from '../../../vouch/index.ts';
import { asUsageError } from '../usage.ts';
import { documentsAt } from './sign.ts';

/** Largest record that is read. */
export const MOST_RECORD_BYTES = 4 * 1024 * 1024;

/** `gatehouse policy record`. */
export const recordVersions: CliRooms['recordVersions'] = async (paths, { key: keyFile, after }, now) => {
  const versions = createVersions(true);
  const key = await readInputText(keyFile).then((text) => readSealingKey(keyFile, text)).catch(asUsageError);
  if (after !== undefined) {
    try {
      versions.take(readRecord(key.open(RECORD_PAYLOAD_TYPE, await readInputText(after), MOST_RECORD_BYTES)));
    } catch (cause) {
      throw new PlacedProblems(`${after}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  for (const path of paths) {
    for (const { value } of await documentsAt(path)) {
      const read = signableDocument(value);
      if (!read.ok) throw new PlacedProblems(`${path}: ${read.problem}`);
      const { name, version, digest } = read.value;
      versions.raise(new Map([[name, { version, digest }]]));
    }
  }
  const { serial, documents } = versions.seen();
  // A record made by hand is later than any that a server has counted up from the last one made by hand.
  const record = { serial: Math.max(serial + 1, now), documents };
  try {
    return { text: `${key.seal(RECORD_PAYLOAD_TYPE, Buffer.from(recordText(record)))}\n`, documents };
  } catch (cause) {
    return asUsageError(cause);
  }
};
