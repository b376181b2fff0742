/** A receipt as an in-toto statement with a verification summary (slsa.dev/spec/v1.1/verification_summary), written and read. */
import { NEVER } from '../domain/gate/receipt.ts';
import type { Receipt, ReceiptOrder, ReceiptPurpose, ReceiptSubject } from '../domain/gate/receipt.ts';
import { USAGES } from '../domain/artifact/artifact.ts';
import { parseDigest } from '../domain/artifact/digest.ts';
import { parseRevision } from '../domain/artifact/revision.ts';
import type { SourceState } from '../domain/decision/source-state.ts';
import { field, isObject, own, ownList, ownText } from '../text/json/fields.ts';

/** Payload type of the envelopes, as a DSSE signature covers it. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';
const UNEVALUATED = 'SLSA_BUILD_LEVEL_UNEVALUATED';
const PURPOSES: readonly ReceiptPurpose[] = ['gate', 'publish'];

/** What every statement of one server says alike. */
export interface Author {
  /** Begins the verifier ids. */
  readonly verifier: string;
  readonly version: string;
}

/** Id of the verifier for a purpose: by it, and by nothing else, one is told from the other. */
export function verifierId({ verifier }: Pick<Author, 'verifier'>, purpose: ReceiptPurpose): string {
  return `${verifier}/${purpose}`;
}

/** The statement of an order that ends at this moment. With `inputs`, only these are listed, and it says how many there were. */
export function statementOf(order: ReceiptOrder, author: Author, expiresAt: number, inputs = order.inputs): unknown {
  const { purpose, resource, subjects, run } = order;
  return {
    _type: STATEMENT_TYPE,
    // Only where it says more than the resource does: a receipt has little room.
    subject: subjects.map(({ name, digest }) => ({ ...(name === resource ? {} : { name }), digest: digestSet(digest) })),
    predicateType: PREDICATE_TYPE,
    predicate: {
      verifier: { id: verifierId(author, purpose), version: { gatehouse: author.version } },
      timeVerified: new Date(order.at).toISOString(),
      resourceUri: resource,
      policy: { uri: `${author.verifier}/policies`, digest: { sha256: order.policies } },
      ...(inputs.length === 0 ? {} : { inputAttestations: inputs.map(inputOf) }),
      verificationResult: 'PASSED',
      verifiedLevels: order.levels.length === 0 ? [UNEVALUATED] : order.levels,
      slsaVersion: '1.1',
      gatehouse_id: order.id,
      gatehouse_caller: order.caller,
      gatehouse_usage: order.usage,
      ...(order.generation === undefined ? {} : { gatehouse_generation: order.generation }),
      ...(order.sources === undefined ? {} : { gatehouse_sources: order.sources }),
      ...(run === undefined ? {} : { gatehouse_run: run }),
      ...(order.invocations === undefined ? {} : { gatehouse_invocations: order.invocations }),
      ...(expiresAt === NEVER ? {} : { gatehouse_expires: new Date(expiresAt).toISOString() }),
      ...(inputs.length === order.inputs.length ? {} : { gatehouse_inputs: order.inputs.length }),
    },
  };
}

/** Where it was found is a URI, or else a name (in-toto ResourceDescriptor). */
function inputOf({ uri, digest }: ReceiptOrder['inputs'][number]): unknown {
  return { [/^[a-z][a-z0-9+.-]*:\S+$/.test(uri) ? 'uri' : 'name']: uri, digest: digestSet(digest) };
}

function digestSet(digest: string): Readonly<Record<string, string>> {
  const colon = digest.indexOf(':');
  return { [digest.slice(0, colon)]: digest.slice(colon + 1) };
}

/** What a signed statement says, or the first thing that it does not say as we write it. The key is known, times are not compared. */
export type StatementReading =
  | { readonly ok: true; readonly said: Omit<Receipt, 'keyId' | 'purpose'> & { readonly verifier: string; readonly passed: boolean } }
  | { readonly ok: false; readonly problem: string };

/** Reads the parsed statement of an envelope whose signature holds. Never throws. */
export function readStatement(value: unknown): StatementReading {
  const predicate = own(value, 'predicate');
  if (own(value, '_type') !== STATEMENT_TYPE) return { ok: false, problem: `is no statement of type ${STATEMENT_TYPE}` };
  if (own(value, 'predicateType') !== PREDICATE_TYPE) return { ok: false, problem: `its predicate is not of type ${PREDICATE_TYPE}` };
  const verifier = ownText(own(predicate, 'verifier'), 'id');
  const resource = ownText(predicate, 'resourceUri');
  const policies = ownText(own(own(predicate, 'policy'), 'digest'), 'sha256');
  const [id, caller, run] = ['gatehouse_id', 'gatehouse_caller', 'gatehouse_run'].map((name) => ownText(predicate, name));
  const usage = USAGES.find((known) => known === own(predicate, 'gatehouse_usage'));
  const at = momentOf(own(predicate, 'timeVerified'));
  const ends = own(predicate, 'gatehouse_expires');
  const expiresAt = ends === undefined ? NEVER : momentOf(ends);
  const generation = ownText(predicate, 'gatehouse_generation');
  const sources = readSources(own(predicate, 'gatehouse_sources'));
  const levels = ownList(predicate, 'verifiedLevels')?.filter((level) => typeof level === 'string');
  if (verifier === undefined || resource === undefined || policies === undefined || levels === undefined) return incomplete();
  if (id === undefined || caller === undefined || usage === undefined || at === undefined || expiresAt === undefined) return incomplete();
  if (own(predicate, 'gatehouse_run') !== undefined && run === undefined) return incomplete();
  const builds = readTexts(own(predicate, 'gatehouse_invocations'));
  if (builds === 'wrong') return incomplete();
  if (sources === 'wrong' || (own(predicate, 'gatehouse_generation') !== undefined && generation === undefined)) return incomplete();
  const subjects = readSubjects(ownList(value, 'subject') ?? [], resource);
  if (subjects === undefined) return { ok: false, problem: 'a subject has not exactly one digest in its canonical form' };
  return {
    ok: true,
    said: {
      verifier, passed: own(predicate, 'verificationResult') === 'PASSED',
      id, at, expiresAt, subjects, resource, usage, caller, policies, levels: levels.filter((level) => level !== UNEVALUATED),
      ...(run === undefined ? {} : { run }),
      ...(generation === undefined ? {} : { generation }),
      ...(sources === undefined ? {} : { sources }),
      ...(builds === undefined ? {} : { invocations: builds }),
    },
  };
}

function readTexts(value: unknown): readonly string[] | undefined | 'wrong' {
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.every((item): item is string => typeof item === 'string') ? value : 'wrong';
}

function readSources(value: unknown): readonly SourceState[] | undefined | 'wrong' {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return 'wrong';
  const sources: SourceState[] = [];
  for (const item of value) {
    const [source, digest, version] = ['source', 'digest', 'version'].map((name) => ownText(item, name));
    if (source === undefined || digest === undefined || (own(item, 'version') !== undefined && version === undefined)) return 'wrong';
    sources.push({ source, digest, ...(version === undefined ? {} : { version }) });
  }
  return sources;
}

function incomplete(): StatementReading {
  return { ok: false, problem: 'a field that this gate writes is missing or of another type' };
}


/** The moment of the one text that we write for it; `undefined` for any other. */
function momentOf(text: unknown): number | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) || new Date(at).toISOString() !== text ? undefined : at;
}

function readSubjects(list: readonly unknown[], resource: string): readonly ReceiptSubject[] | undefined {
  const subjects: ReceiptSubject[] = [];
  for (const item of list) {
    const [name, digest] = [own(item, 'name') ?? resource, isObject(item) ? readDigestSet(field(item, 'digest')) : undefined];
    if (typeof name !== 'string' || digest === undefined) return undefined;
    subjects.push({ name, digest });
  }
  return subjects.length === 0 ? undefined : subjects;
}

function readDigestSet(value: unknown): string | undefined {
  const [only, more] = isObject(value) ? Object.entries(value) : [];
  if (only === undefined || more !== undefined || typeof only[1] !== 'string') return undefined;
  const [algorithm, hex] = only;
  return algorithm === 'gitCommit' ? parseRevision(hex) : parseDigest(`${algorithm}:${hex}`);
}

/** The purpose that a verifier id of ours stands for; `undefined` when it is none of ours. */
export function purposeOf(id: string, author: Pick<Author, 'verifier'>): ReceiptPurpose | undefined {
  return PURPOSES.find((purpose) => verifierId(author, purpose) === id);
}
