import { base64 } from '../../world/encode.ts';
import { makeSigned } from '../../world/evidence.ts';
import type { Overrides } from '../../world/evidence.ts';
import { entryJson } from '../../world/log-entry.ts';
import { makeRekor } from '../../world/rekor.ts';
import { logJson } from '../../world/trusted-root.ts';
import { ARTIFACT, entry, IDENTITY, keyless, MINUTE, NOW, proof, V2, world } from '../scene.ts';
import type { KeylessChange } from '../scene.ts';
import type { Recipe } from '../recipe.ts';

const INVALID = 'VERIFY_LOG_INVALID';
type Mapping = NonNullable<KeylessChange['map']>;
type Material = { readonly tlogEntries: readonly Record<string, unknown>[] } & Record<string, unknown>;

/** Changes the list of log entries in the bundle. */
function entries(change: (list: readonly Record<string, unknown>[]) => readonly unknown[]): Mapping {
  return (bundle) => {
    const material = bundle.verificationMaterial as Material;
    return { ...bundle, verificationMaterial: { ...material, tlogEntries: change(material.tlogEntries) } };
  };
}

/** Changes the checkpoint after it was signed. */
const checkpoint = (change: (note: string) => string) => proof((one) => ({ checkpoint: change(one.checkpoint) }));

/** Changes the unsigned text of the checkpoint before the log signs it. */
const note = (from: RegExp, to: string): Overrides => ({ log: { note: (text) => text.replace(from, to) } });

/** A checkpoint under another name, by the log's own key: Rekor v2 binds the name in the log's id. */
function renamed(name: string): Overrides {
  const signed = (text: string): string => text.replace(/— \S+ /, `— ${name} `);
  return { log: { ...note(/^[^\n]+/, name).log, ...checkpoint(signed).log } };
}

/** A promise that the log gave for another entry. */
function promiseOfAnother(): ReturnType<typeof keyless> {
  const other = makeSigned(world, { message: ARTIFACT }, { identity: IDENTITY }, { log: 'v1' }).entry?.promise ?? Buffer.alloc(0);
  return keyless({ override: entry(() => ({ promise: other })) });
}

const second = makeRekor({ baseUrl: 'https://rekor.second.example' });
const TWO_LOGS: KeylessChange = {
  root: { map: (root) => ({ ...root, tlogs: [...root.tlogs, logJson(second, { start: '2020-01-01T00:00:00Z' })] }) },
  require: { transparencyLog: 2 }, thresholds: { tlogThreshold: 2 },
};

/** Two logs whose operators the root names, and two operators demanded. */
const TWO_OPERATORS = (first: string, other: string): KeylessChange => ({
  root: { map: (root) => ({ ...root, tlogs: [...root.tlogs.map((log) => ({ ...log, operator: first })), { ...logJson(second, { start: '2020-01-01T00:00:00Z' }), operator: other }, unusedLog] }) },
  require: { transparencyLog: 2, transparencyLogOperators: 2 }, thresholds: { tlogThreshold: 2 },
});
const unusedLog = { ...logJson(makeRekor({ baseUrl: 'https://rekor.third.example' }), { start: '2020-01-01T00:00:00Z' }), operator: 'third.example' };

/** The body of the bundle's entry, logged once more. */
function loggedAgain(log = world.rekor): Mapping {
  return entries((list) => {
    const body = JSON.parse(Buffer.from(String(list[0]?.['canonicalizedBody']), 'base64').toString()) as { kind: string; apiVersion: string; spec: unknown };
    return [...list, entryJson(log.append({ kind: body.kind, apiVersion: body.apiVersion, spec: body.spec }, NOW))];
  });
}

const many = (count: number): Mapping => entries((list) => Array.from({ length: count }, () => list[0]));
const withoutPromise = entries((list) => list.map(({ inclusionPromise: _, ...one }) => one));
const unasked = (question: ReturnType<typeof keyless>): ReturnType<typeof keyless> => {
  const { oracle: _, ...rest } = question;
  return rest;
};

/** Evidence of the trusted signer, and of another one, for the same image. */
function twoSigners(broken: boolean): ReturnType<typeof keyless> {
  const own = keyless(broken ? { override: { log: { promiseKey: world.key() } } } : {});
  return { ...own, beside: [keyless({ identity: { ...IDENTITY, san: 'https://github.com/eve/app/.github/workflows/release.yml@refs/tags/v1' } }).evidence] };
}

/** Forgeries of what proves that a log holds an entry, and when. */
export const LOG_PROOF: readonly Recipe[] = [
  { id: 'promise-by-stranger', title: 'signed entry timestamp by another key', rows: ['B02', 'B25'], expected: INVALID, forged: () => keyless({ override: { log: { promiseKey: world.key() } } }), twin: () => keyless() },
  { id: 'promise-of-another-entry', title: 'signed entry timestamp of another entry', rows: ['B02'], expected: INVALID, forged: promiseOfAnother, twin: () => keyless() },
  { id: 'promise-for-another-time', title: 'integratedTime moved by a second', rows: ['B06'], expected: INVALID, forged: () => keyless({ override: entry((one) => ({ integratedTime: one.integratedTime + 1 })) }), twin: () => keyless() },
  { id: 'promise-for-another-index', title: 'logIndex moved by one', expected: INVALID, forged: () => keyless({ override: entry((one) => ({ logIndex: one.logIndex + 1 })) }), twin: () => keyless() },
  { id: 'time-without-promise', title: 'integratedTime inside the certificate\'s life, but no promise that covers it', rows: ['B06'], expected: 'VERIFY_TIME_MISSING', forged: () => keyless({ map: withoutPromise }), twin: () => keyless({ map: withoutPromise, tsa: true }) },
  { id: 'time-claimed-by-rekor-v2', title: 'Rekor v2 entry without timestamp that claims an integratedTime', rows: ['B06', 'B19'], expected: 'VERIFY_TIME_MISSING', forged: () => keyless({ log: 'v2', tsa: false, override: entry(() => ({ integratedTime: NOW / 1000 })) }), twin: () => keyless(V2) },
  { id: 'log-unknown', title: 'entry of a log that the root does not list, all its signatures genuine', rows: ['B02', 'B25'], expected: INVALID, forged: () => keyless({ override: { transparencyLog: makeRekor() } }), twin: () => keyless() },
  { id: 'log-none', title: 'no log entry, only a timestamp', expected: 'VERIFY_LOG_MISSING', forged: () => keyless({ log: 'none', tsa: true }), twin: () => keyless({ tsa: true }) },
  { id: 'log-index-negative', title: 'negative logIndex of a Rekor v2 entry', expected: 'VERIFY_MALFORMED', forged: () => keyless({ ...V2, override: entry(() => ({ logIndex: -5 })) }), twin: () => keyless(V2) },
  { id: 'proof-index', title: 'inclusion proof for another index', expected: INVALID, forged: () => keyless({ override: proof((one) => ({ logIndex: one.logIndex - 1 })) }), twin: () => keyless() },
  { id: 'proof-hash-altered', title: 'a hash of the inclusion proof altered', expected: INVALID, forged: () => keyless({ override: proof((one) => ({ hashes: one.hashes.map((hash, i) => (i === 0 ? Buffer.alloc(32, 1) : hash)) })) }), twin: () => keyless() },
  { id: 'proof-hash-added', title: 'a hash too many in the inclusion proof', expected: INVALID, forged: () => keyless({ override: proof((one) => ({ hashes: [...one.hashes, Buffer.alloc(32)] })) }), twin: () => keyless() },
  { id: 'proof-root', title: 'inclusion proof whose own root hash is another than the checkpoint\'s', expected: INVALID, forged: () => keyless({ override: proof(() => ({ rootHash: Buffer.alloc(32) })) }), twin: () => keyless() },
  { id: 'proof-tree-shrunk', title: 'checkpoint of a tree too small to hold the index', expected: INVALID, forged: () => keyless({ ...V2, override: note(/\n\d+\n/, '\n1\n') }), twin: () => keyless(V2) },
  { id: 'checkpoint-by-stranger', title: 'checkpoint signed by another key under the log\'s name', expected: INVALID, forged: () => keyless({ ...V2, override: { log: { checkpointKey: world.key('ed25519') } } }), twin: () => keyless(V2) },
  { id: 'checkpoint-origin', title: 'checkpoint of another origin and signer name, signed with the log\'s key', expected: INVALID, forged: () => keyless({ ...V2, override: renamed('rekor.world.example') }), twin: () => keyless(V2) },
  { id: 'checkpoint-name-regexp', title: 'signer name of the checkpoint is the pattern (a+)+$', rows: ['B18'], expected: INVALID, forged: () => keyless({ override: checkpoint((text) => text.replace(/— \S+ /, '— (a+)+$ ')) }), twin: () => keyless() },
  { id: 'checkpoint-size-exponent', title: 'tree size 1e9 in a checkpoint that the log signed', rows: ['B18'], expected: INVALID, forged: () => keyless({ override: note(/\n\d+\n/, '\n1e9\n') }), twin: () => keyless() },
  { id: 'checkpoint-size-hexadecimal', title: 'tree size 0x10 in a checkpoint that the log signed', rows: ['B18'], expected: INVALID, forged: () => keyless({ override: note(/\n\d+\n/, '\n0x10\n') }), twin: () => keyless() },
  { id: 'checkpoint-size-negative', title: 'tree size -1 in a checkpoint that the log signed', rows: ['B18'], expected: INVALID, forged: () => keyless({ override: note(/\n\d+\n/, '\n-1\n') }), twin: () => keyless() },
  { id: 'log-window-ended', title: 'entry promised after the root stopped trusting the log', rows: ['B13'], expected: INVALID, forged: () => keyless({ root: { windows: { rekor: { start: NOW - MINUTE, end: NOW - 1000 } } } }), twin: () => keyless({ root: { windows: { rekor: { start: NOW - MINUTE, end: NOW } } } }) },
  { id: 'log-window-ended-proof-only', title: 'Rekor v2 entry of a log whose key was trusted until 2001', rows: ['B13'], expected: INVALID, forged: () => keyless({ ...V2, root: { windows: { rekor2: { start: 0, end: Date.UTC(2001, 0, 1) } } } }), twin: () => keyless({ ...V2, root: { windows: { rekor2: { start: 0, end: NOW } } } }) },
  { id: 'log-window-without-start', title: 'trusted root that does not say since when a log is trusted', expected: 'refused when loaded', forged: () => keyless({ root: { windows: { rekor: {} } } }), twin: () => keyless() },
  { id: 'log-threshold-same-entry', title: 'two logs demanded, the same entry twice', rows: ['B05'], expected: 'VERIFY_LOG_MISSING', forged: () => keyless({ ...TWO_LOGS, map: many(2) }), twin: () => keyless({ ...TWO_LOGS, map: loggedAgain(second) }) },
  { id: 'log-threshold-same-log', title: 'two logs demanded, two entries of one log', rows: ['B05'], expected: 'VERIFY_LOG_MISSING', forged: () => keyless({ ...TWO_LOGS, map: loggedAgain() }), twin: () => keyless({ ...TWO_LOGS, map: loggedAgain(second) }) },
  { id: 'log-threshold-same-operator', title: 'two operators demanded, two logs of one', rows: ['B05'], expected: 'VERIFY_LOG_MISSING', forged: () => keyless({ ...TWO_OPERATORS('one.example', 'one.example'), map: loggedAgain(second) }), twin: () => keyless({ ...TWO_OPERATORS('one.example', 'two.example'), map: loggedAgain(second) }) },
  { id: 'log-two-signers', title: 'entry of the trusted signer broken; another signer\'s for the same digest, beside it, is good', rows: ['B04'], expected: INVALID, forged: () => twoSigners(true), twin: () => twoSigners(false) },
  { id: 'log-entries-33', title: '33 log entries, one more than the limit', rows: ['G05'], expected: 'VERIFY_LIMIT', forged: () => keyless({ map: many(33) }), twin: () => keyless({ map: many(32) }) },
  { id: 'log-entries-100000', title: '100,000 log entries', rows: ['G05'], expected: 'VERIFY_LIMIT', forged: () => unasked(keyless({ text: entriesText(100_000) })), twin: () => keyless() },
];

/** Multiplies an entry as text: with 100,000 whole entries the bundle would exceed the byte limit first. */
function entriesText(count: number): (json: string) => string {
  return (json) => json.replace('"tlogEntries":[', () => `"tlogEntries":[${`{"logId":{"keyId":"${base64(Buffer.alloc(32))}"}},`.repeat(count)}`);
}
