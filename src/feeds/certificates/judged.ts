/** What is known of one certificate, by everything that is kept and speaks about it. */
import type {
  CertificateRevoked, CertificateStatus, RevocationAnswer, RevocationLead, RevocationList,
} from '../../domain/certificate-status.ts';
import { endOf, holdsAt } from './kept.ts';
import type { Kept } from './kept.ts';

/** Everything that is kept about one certificate. */
export interface Words {
  readonly answers: readonly Kept<RevocationAnswer>[];
  /** Lists that the certificate names; any of them says all. */
  readonly named: readonly Kept<RevocationList>[];
  /** Lists that the trust root names, about whatever certificates. */
  readonly listed: readonly Kept<RevocationList>[];
  /** The deltas of a list. */
  deltasOf(list: RevocationList): readonly Kept<RevocationList>[];
}

const GOOD: CertificateStatus = { state: 'good' };

/**
 * Judges one certificate at this moment. Whoever says that it is revoked is heard first, also when his list has ended: nothing but newer
 * word makes it good again. Then whoever says that it is not, at this moment. A certificate that names nobody is good unless a list of the
 * trust root is by its issuer, or has not been read yet.
 */
export function judgeCertificate(lead: RevocationLead, words: Words, now: number): CertificateStatus {
  const said = [
    ...words.answers.map((answer) => byAnswer(answer, now)),
    ...words.named.map((list) => byList(list, lead, { words, now })),
    ...words.listed.flatMap((list) => (mayBeAbout(list, lead) ? [byList(list, lead, { words, now })] : [])),
  ];
  const revoked = said.find(({ state }) => state === 'revoked') ?? said.find(({ state }) => state === 'good');
  if (revoked !== undefined) return revoked;
  const causes = said.flatMap((status) => (status.state === 'unknown' ? [status.cause] : []));
  const namesSome = [lead.lists, lead.responders].some((urls) => urls !== undefined);
  if (causes.length > 0) return { state: 'unknown', cause: [...new Set(causes)].join('; ') };
  return namesSome ? { state: 'unknown', cause: 'the certificate names nothing that can be asked over plain HTTP' } : GOOD;
}

/** A list that was not read yet may be by anybody. */
function mayBeAbout(list: Kept<RevocationList>, lead: RevocationLead): boolean {
  return list.value()?.names(lead) ?? true;
}

function byAnswer(kept: Kept<RevocationAnswer>, now: number): CertificateStatus {
  const answer = kept.value();
  if (answer === undefined) return missing(kept);
  const { status, signer } = answer;
  if (typeof status === 'object') return { state: 'revoked', source: kept.url, ...status };
  if (status === 'unknown') return { state: 'unknown', cause: `${kept.url} does not know the certificate` };
  if (!holdsAt(answer, now)) return ended(kept, endOf(answer));
  if (signer !== undefined && (now < signer.notBefore || now > signer.notAfter))
    return { state: 'unknown', cause: `${kept.url}: the certificate of the responder is not valid now` };
  return GOOD;
}

function byList(
  kept: Kept<RevocationList>, lead: RevocationLead, { words, now }: { readonly words: Words; readonly now: number },
): CertificateStatus {
  const list = kept.value();
  if (list === undefined) return missing(kept);
  const problem = list.isDelta ? 'it is a delta' : list.problemFor(lead);
  if (problem !== undefined) return { state: 'unknown', cause: `${kept.url} says nothing about it: ${problem}` };
  const entry = list.find(lead);
  const deltas = words.deltasOf(list);
  const changes = deltas.map((delta) => byDelta(delta, list, lead, now));
  const told = changes.find((change) => change.known);
  if (told?.known === true && told.entry !== undefined)
    return told.entry.reason === 'removeFromCRL' ? current(kept, list, now) : revokedBy(told.url, told.entry);
  if (entry !== undefined) return revokedBy(kept.url, entry);
  if (deltas.length > 0 && told === undefined)
    return { state: 'unknown', cause: changes.map(({ url, cause }) => `${url}: ${cause ?? ''}`).join('; ') };
  return current(kept, list, now);
}

interface Change {
  readonly url: string;
  /** It says what there is to say at this moment. */
  readonly known: boolean;
  readonly entry?: CertificateRevoked;
  readonly cause?: string;
}

function byDelta(kept: Kept<RevocationList>, base: RevocationList, lead: RevocationLead, now: number): Change {
  const { url } = kept;
  const delta = kept.value();
  if (delta === undefined) return { url, known: false, cause: kept.problem() ?? FETCHING };
  const problem = base.goesWith(delta) ? delta.problemFor(lead) : 'it does not go with the list that names it';
  if (problem !== undefined) return { url, known: false, cause: problem };
  const entry = delta.find(lead);
  // An end makes nothing good that is revoked; what it takes back has to hold now.
  if (!holdsAt(delta, now) && (entry === undefined || entry.reason === 'removeFromCRL'))
    return { url, known: false, cause: `ended at ${iso(endOf(delta))}` };
  return { url, known: true, ...(entry === undefined ? {} : { entry }) };
}

function current(kept: Kept<RevocationList>, list: RevocationList, now: number): CertificateStatus {
  return holdsAt(list, now) ? GOOD : ended(kept, list.nextUpdate);
}

function revokedBy(source: string, entry: CertificateRevoked): CertificateStatus {
  return { state: 'revoked', source, ...entry };
}

const FETCHING = 'is being fetched, and has not been before';

function missing(kept: Kept<RevocationAnswer> | Kept<RevocationList>): CertificateStatus {
  return { state: 'unknown', cause: kept.problem() ?? `${kept.url} ${FETCHING}` };
}

function ended(kept: Kept<RevocationAnswer> | Kept<RevocationList>, at: number): CertificateStatus {
  const problem = kept.problem();
  return { state: 'unknown', cause: `what ${kept.url} says ended at ${iso(at)}${problem === undefined ? '' : `; ${problem}`}` };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
