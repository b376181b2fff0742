/** What is known of one certificate, by everything that is kept and speaks about it. */
import type {
  CertificateRevoked, CertificateStatus, RevocationAnswer, RevocationLead, RevocationList,
} from '../../domain/certificate-status.ts';
import type { KeptList } from './held-lists.ts';
import { endOf, holdsAt } from './kept.ts';
import type { Kept } from './kept.ts';

/** Everything that is kept about one certificate. */
export interface Words {
  readonly answers: readonly Kept<RevocationAnswer>[];
  /** Lists that the certificate names; any of them says all. */
  readonly named: readonly KeptList[];
  /** Lists that the trust root names, about whatever certificates. */
  readonly listed: readonly KeptList[];
  /** Lists that another certificate names. */
  listsOf(lead: RevocationLead): readonly KeptList[];
  /** The deltas of a list. */
  deltasOf(list: RevocationList): readonly KeptList[];
}

const GOOD: CertificateStatus = { state: 'good' };

/** The moment at which something that is kept is judged, epoch milliseconds. */
export type MomentOf = (kept: Pick<KeptList, 'isOverdue'>) => number;

/**
 * Judges one certificate at this moment. Whoever says that it is revoked is heard first, also when his list has ended: nothing but newer
 * word makes it good again. Then whoever says that it is not, at this moment. A certificate that names nobody is good unless a list of the
 * trust root is by its issuer, or has not been read yet.
 */
export function judgeCertificate(lead: RevocationLead, words: Words, momentOf: MomentOf): CertificateStatus {
  const said = [
    ...words.answers.map((answer) => byAnswer(answer, { words, momentOf })),
    ...words.named.map((list) => byList(list, lead, { words, momentOf })),
    ...words.listed.flatMap((list) => (list.mayBeAbout(lead) ? [byList(list, lead, { words, momentOf })] : [])),
  ];
  const known = strictest(said) ?? said.find(({ state }) => state === 'good');
  if (known !== undefined) return known;
  const causes = said.flatMap((status) => (status.state === 'unknown' ? [status.cause] : []));
  const namesSome = [lead.lists, lead.responders].some((urls) => urls !== undefined);
  if (causes.length > 0) return { state: 'unknown', cause: [...new Set(causes)].join('; ') };
  return namesSome ? { state: 'unknown', cause: 'the certificate names nothing that can be asked over plain HTTP' } : GOOD;
}

/** With what one of them is judged. */
interface Judging {
  readonly words: Words;
  readonly momentOf: MomentOf;
}

/** Of those who say "revoked" the one that spares least: without a date of invalidity nothing is spared. */
function strictest(said: readonly CertificateStatus[]): CertificateStatus | undefined {
  const from = (one: CertificateStatus): number => (one.state === 'revoked' ? one.invalidFrom ?? -Infinity : Infinity);
  const [first] = said.filter(({ state }) => state === 'revoked').toSorted((a, b) => (from(a) < from(b) ? -1 : Number(from(a) > from(b))));
  return first;
}

function byAnswer(kept: Kept<RevocationAnswer>, judging: Judging): CertificateStatus {
  const now = judging.momentOf(kept);
  const answer = kept.value();
  if (answer === undefined) return missing(kept);
  const { status, signer } = answer;
  if (typeof status === 'object') return { state: 'revoked', source: kept.url, ...status };
  if (status === 'unknown') return { state: 'unknown', cause: `${kept.url} does not know the certificate` };
  if (!holdsAt(answer, now)) return ended(kept, endOf(answer));
  if (signer !== undefined && (now < signer.notBefore || now > signer.notAfter))
    return { state: 'unknown', cause: `${kept.url}: the certificate of the responder is not valid now` };
  const problem = signer?.lead === undefined ? undefined : responderProblem(signer.lead, judging);
  return problem === undefined ? GOOD : { state: 'unknown', cause: `${kept.url}: ${problem}` };
}

/** Who has stolen the key of a responder could call everybody good. One whose certificate names no list is trusted while it is valid. */
function responderProblem(lead: RevocationLead, judging: Judging): string | undefined {
  const named = judging.words.listsOf(lead).map((list) => byList(list, lead, judging));
  const listed = judging.words.listed.flatMap((list) => (list.mayBeAbout(lead) ? [byList(list, lead, judging)] : []));
  const all = [...named, ...listed];
  if (all.some(({ state }) => state === 'revoked')) return 'the certificate of the responder is revoked';
  if (lead.lists === undefined || all.some(({ state }) => state === 'good')) return undefined;
  return 'whether the certificate of the responder is revoked is not known';
}

function byList(
  kept: KeptList, lead: RevocationLead, { words, momentOf }: Judging,
): CertificateStatus {
  const list = kept.for(lead, 'base');
  if (list === undefined) return missing(kept);
  const problem = list.isDelta ? 'it is a delta' : list.problemFor(lead);
  if (problem !== undefined) return { state: 'unknown', cause: `${kept.url} says nothing about it: ${problem}` };
  const changes = words.deltasOf(list).map((delta) => byDelta(delta, list, lead, momentOf(delta)));
  const standing = standingEntry({ url: kept.url, entry: list.find(lead) }, changes);
  if (standing !== undefined) return { state: 'revoked', source: standing.url, ...standing.entry };
  return changes.length === 0 || changes.some(({ isKnown }) => isKnown)
    ? current(kept, list, momentOf(kept))
    : { state: 'unknown', cause: changes.map(({ url, cause }) => `${url}: ${cause ?? ''}`).join('; ') };
}

interface Change {
  readonly url: string;
  /** It says what there is to say at this moment. */
  readonly isKnown: boolean;
  readonly from: number;
  readonly entry?: CertificateRevoked | undefined;
  readonly cause?: string;
}

/** An entry, and where it stands. */
interface Entry {
  readonly url: string;
  readonly entry?: CertificateRevoked | undefined;
}

/**
 * By what the certificate is revoked now. Only who was on hold is taken back by a delta: others are taken off it when they end, and were
 * revoked all the same (RFC 5280, 5.3.1). Of several deltas the newest that names the certificate tells.
 */
function standingEntry(base: Entry, changes: readonly Change[]): Stated | undefined {
  const entries = [...changes.filter(({ isKnown }) => isKnown).toSorted((a, b) => b.from - a.from), base].flatMap(isStated);
  const lasting = entries.find(({ entry }) => entry.reason !== 'certificateHold' && entry.reason !== REMOVED);
  const [newest] = entries;
  return lasting ?? (newest?.entry.reason === REMOVED && newest.url !== base.url ? undefined : newest);
}

const REMOVED = 'removeFromCRL';

type Stated = Entry & { readonly entry: CertificateRevoked };

function isStated({ url, entry }: Entry): Stated[] {
  return entry === undefined ? [] : [{ url, entry }];
}

function byDelta(kept: KeptList, base: RevocationList, lead: RevocationLead, now: number): Change {
  const { url } = kept;
  const delta = kept.for(lead, 'delta');
  if (delta === undefined) return { url, isKnown: false, from: 0, cause: kept.problem() ?? FETCHING };
  const from = delta.thisUpdate;
  const problem = base.goesWith(delta) ? delta.problemFor(lead) : 'it does not go with the list that names it';
  if (problem !== undefined) return { url, isKnown: false, from, cause: problem };
  const entry = delta.find(lead);
  // An end makes nothing good that is revoked; what it takes back has to hold now.
  if (!holdsAt(delta, now) && (entry === undefined || entry.reason === REMOVED))
    return { url, isKnown: false, from, cause: `ended at ${iso(endOf(delta))}` };
  return { url, isKnown: true, from, entry };
}

function current(kept: KeptList, list: RevocationList, now: number): CertificateStatus {
  return holdsAt(list, now) ? GOOD : ended(kept, list.nextUpdate);
}

const FETCHING = 'is being fetched, and has not been before';

function missing(kept: Kept<RevocationAnswer> | KeptList): CertificateStatus {
  return { state: 'unknown', cause: kept.problem() ?? `${kept.url} ${FETCHING}` };
}

function ended(kept: Kept<RevocationAnswer> | KeptList, at: number): CertificateStatus {
  const problem = kept.problem();
  return { state: 'unknown', cause: `what ${kept.url} says ended at ${iso(at)}${problem === undefined ? '' : `; ${problem}`}` };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
