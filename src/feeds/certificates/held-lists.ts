/** What was fetched of lists at one URL: for each who asks the newest that is proven to speak to him, and nothing unproven in its place. */
import type { RevocationLead, RevocationList } from '../../domain/certificate-status.ts';
import type { Dated, KeptOptions, Taken } from './kept.ts';
import { Kept, olderThan } from './kept.ts';
import type { RememberedList, Role } from './remembered.ts';

/** Who asks at a URL: all certificates of one issuer and sort that name the same places. */
interface Asker {
  readonly lead: RevocationLead;
  readonly role: Role;
  /** The newest that is proven to speak to him. */
  list?: RevocationList;
}

/** Those who ask at one URL, which are few: authorities that share a place for their lists. */
export type Askers = Map<string, Asker>;

const MOST_ASKERS = 64;

/**
 * Lists of one URL. They come over plain HTTP, so whatever lies there may be anybody's: what was last fetched stands for those to whom
 * nothing is proven yet, and is heard only once it is proven to them. From then on only what is proven as well, and not older, takes its
 * place.
 */
export class HeldLists implements Dated {
  readonly latest: RevocationList;
  readonly #askers: Askers;

  constructor(latest: RevocationList, askers: Askers) {
    this.latest = latest;
    this.#askers = askers;
  }

  /** True when some list was proven to speak about certificates of this issuer. */
  hasSpokenTo(lead: RevocationLead): boolean {
    return [...this.#askers.values()].some((one) => one.list !== undefined && one.lead.issuer === lead.issuer);
  }

  /** Each list that is kept. */
  all(): ReadonlySet<RevocationList> {
    return new Set([...this.#proven(), this.latest]);
  }

  /** What is to survive a restart: all that is proven to somebody. */
  remembered(): readonly RememberedList[] {
    return [...this.#askers.values()].flatMap(({ lead, role, list }) => (list === undefined ? [] : [{ lead, role, der: list.der }]));
  }

  /** Bases that are proven for somebody: whatever else they name is named by their issuer. */
  bases(): readonly RevocationList[] {
    return this.#proven().filter(({ isDelta }) => !isDelta);
  }

  /** The one by which it is told when all this ends. */
  get shown(): RevocationList {
    return this.#proven().toSorted((a, b) => b.thisUpdate - a.thisUpdate)[0] ?? this.latest;
  }

  get thisUpdate(): number {
    return this.shown.thisUpdate;
  }

  get nextUpdate(): number {
    return this.shown.nextUpdate;
  }

  #proven(): readonly RevocationList[] {
    return [...this.#askers.values()].flatMap(({ list }) => list ?? []);
  }
}

/** Whoever asks is known from then on. `fetched`: the list that was fetched last. */
export function asker(askers: Askers, lead: RevocationLead, role: Role, fetched?: RevocationList): Asker | undefined {
  const key = `${role} ${lead.isAuthority === true} ${lead.issuer} ${JSON.stringify(lead.lists)}`;
  const known = askers.get(key);
  if (known !== undefined) return known;
  if (askers.size >= MOST_ASKERS) return undefined;
  const made: Asker = { lead, role };
  // Somebody else may have been told newer things by the same issuer than what lies there now.
  const candidates = [...[...askers.values()].flatMap(({ list }) => list ?? []), ...(fetched === undefined ? [] : [fetched])];
  const [newest] = candidates.filter((list) => problemOf(list, made) === undefined).toSorted((a, b) => compareAge(b, a));
  if (newest !== undefined) made.list = newest;
  askers.set(key, made);
  return made;
}

/** Takes a list for each of the askers to whom it is proven to speak, where it is not older than what he has. */
export function takeList(list: RevocationList, kept: HeldLists | undefined, askers: Askers): Taken<HeldLists> {
  let [isNew, isOther] = [compareAge(list, kept?.latest) !== 0, false];
  const problems: string[] = [];
  // A list of a trust root may be about other issuers than that of whoever asks.
  const concerned = [...askers.values()].filter((one) => one.list !== undefined || list.names(one.lead));
  for (const one of concerned) {
    const problem = problemOf(list, one);
    const order = compareAge(list, one.list);
    if (problem !== undefined) problems.push(problem);
    else if (one.list !== undefined && order < 0) problems.push(olderThan(list.thisUpdate, one.list.thisUpdate));
    else if (order > 0) {
      isNew = true;
      isOther ||= one.list?.hasEntriesOf(list) === false;
      one.list = list;
    }
  }
  const [problem] = problems.length < concerned.length ? [] : problems;
  const value = new HeldLists(list, askers);
  if (problem === undefined) return { value, isNew, isOther };
  // Of what nobody could prove the last is kept, and beside what is proven nothing of it: it may be as large as whoever sent it likes.
  return kept !== undefined && concerned.some((one) => one.list !== undefined)
    ? { value: kept, isNew: false, problem }
    : { value, isNew: kept === undefined, problem };
}

/** Why a list says nothing to an asker. */
function problemOf(list: RevocationList, { lead, role }: Asker): string | undefined {
  if (list.isDelta !== (role === 'delta')) return list.isDelta ? 'it is a delta' : 'it is no delta';
  return list.problemFor(lead);
}

/** By its own time; of one moment by its number, and by how long it holds. */
function compareAge(a: RevocationList, b: RevocationList | undefined): number {
  if (b === undefined) return 1;
  const [one, other] = [a, b].map(({ number = -1n }) => number);
  return a.thisUpdate - b.thisUpdate || Number((one ?? 0n) - (other ?? 0n)) || a.nextUpdate - b.nextUpdate || a.entries - b.entries;
}

/** The lists of one URL, which are fetched again and again. */
export class KeptList extends Kept<HeldLists, RevocationList> {
  readonly #askers: Askers;
  readonly #proven: () => void;

  /** `proven`: something is proven to somebody to whom it was not. */
  constructor({ proven, ...options }: Omit<KeptOptions<HeldLists, RevocationList>, 'take'> & { readonly proven: () => void }) {
    const askers: Askers = new Map();
    super({ ...options, take: (list, kept) => takeList(list, kept, askers) });
    this.#askers = askers;
    this.#proven = proven;
  }

  /** The list that speaks to this certificate, or else the one that was last fetched; counts as asking. */
  for(lead: RevocationLead, role: Role): RevocationList | undefined {
    const [held, before] = [this.value(), this.#askers.size];
    const found = asker(this.#askers, lead, role, held?.latest)?.list;
    if (found !== undefined && this.#askers.size > before) this.#proven();
    return found ?? held?.latest;
  }

  /** Takes a list from before a restart, for whom it was proven to, unless something newer is there. */
  recall({ lead, role }: RememberedList, list: RevocationList): void {
    const made = asker(this.#askers, lead, role);
    if (made !== undefined && made.list === undefined && problemOf(list, made) === undefined) this.offer(list);
  }

  /** True when a list of this place may be by the issuer of the certificate: one that was not read yet may be by anybody. */
  mayBeAbout(lead: RevocationLead): boolean {
    const held = this.value();
    return held === undefined || held.hasSpokenTo(lead) || held.latest.names(lead);
  }
}
