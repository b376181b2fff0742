/** Conditions of a resource: what is so, why, and since when. */
import type { JudgedDocument } from '../documents/documents.ts';
import type { Expiry } from '../../domain/policy/expiry.ts';
import { own, ownList, ownText } from '../../text/json/fields.ts';
import { shownText } from '../../text/shown.ts';
import { kubeTime } from '../cluster/times.ts';

/** A condition before it is known since when. */
export interface Condition {
  readonly type: 'Ready' | 'Compiled' | 'TrustRootFresh' | 'Expiring';
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word for programs. */
  readonly reason: string;
  readonly message: string;
}

/** A condition as it is written. */
export interface DatedCondition extends Condition {
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** What is known of the trust roots that a document relies on; absent: it is in no compiled set. */
export interface TrustOfDocument {
  /** Names of all of them. */
  readonly roots: readonly string[];
  /** Why one of them proves nothing now. */
  readonly unusable?: { readonly root: string; readonly cause: string };
}

const MOST_SHOWN = 5;
const MOST_TEXT = 2000;

/** What is known of a document besides itself. */
export interface AboutDocument {
  readonly trust: TrustOfDocument | undefined;
  /** What of itself ends soon or is over; absent for kinds of which nothing ends. */
  readonly ends: readonly Expiry[] | undefined;
  /** An exception that nobody has approved yet. */
  readonly waits: boolean;
}

/** The conditions of a document. */
export function conditionsOf(document: JudgedDocument, about: AboutDocument): readonly Condition[] {
  const { trust, ends } = about;
  const [compiled, fresh] = [compiledOf(document), freshOf(trust)];
  return [readyOf(document, fresh, about), compiled, fresh, ...(ends === undefined ? [] : [expiringOf(ends)])];
}

function compiledOf({ problems }: JudgedDocument): Condition {
  return problems.length === 0
    ? { type: 'Compiled', status: 'True', reason: 'Compiled', message: 'all that is written has a meaning' }
    : { type: 'Compiled', status: 'False', reason: 'Invalid', message: problemText(problems) };
}

function freshOf(trust: TrustOfDocument | undefined): Condition {
  const type = 'TrustRootFresh';
  if (trust === undefined) return { type, status: 'Unknown', reason: 'NotCompiled', message: 'what does not compile relies on nothing yet' };
  if (trust.unusable !== undefined) {
    const { root, cause } = trust.unusable;
    return { type, status: 'False', reason: 'TrustRootUnusable', message: shownText(`TrustRoot ${root}: ${cause}`, MOST_TEXT) };
  }
  return trust.roots.length === 0
    ? { type, status: 'True', reason: 'NoTrustRoot', message: 'relies on no trust root' }
    : { type, status: 'True', reason: 'Fresh', message: shownText(`relies on ${trust.roots.join(', ')}`, MOST_TEXT) };
}

/** What of a kind is undetermined while it was never good. */
const NEVER_GOOD: Readonly<Record<string, string>> = {
  Signer: 'policies that name it are undetermined',
  TrustRoot: 'signers that name it prove nothing, and what relies on them is undetermined',
  RevocationList: 'what it revokes is not known, so every artifact is undetermined',
};

function readyOf(document: JudgedDocument, fresh: Condition, { ends = [], waits }: AboutDocument): Condition {
  const type = 'Ready';
  const why = problemText(document.problems);
  switch (document.state) {
    case 'lastGood':
      return { type, status: 'False', reason: 'LastGoodInForce', message: `not in force as it is written; its last good form is: ${why}` };
    case 'standIn':
    case 'leftOut':
      // An exception could only have let something through; of everything else something else is undetermined.
      return document.kind === 'AdmissionException'
        ? { type, status: 'False', reason: 'LeftOut', message: `lets nothing through until it compiles: ${why}` }
        : {
          type, status: 'False', reason: 'NeverGood',
          message: `${NEVER_GOOD[document.kind] ?? 'what it speaks about is undetermined'} until it compiles: ${why}`,
        };
    case 'good': {
      if (fresh.status === 'False') return { type, status: 'False', reason: fresh.reason, message: fresh.message };
      const over = ends.filter(({ state }) => state === 'expired' || (state === 'ended' && document.kind === 'AdmissionException'));
      if (over.length > 0 && document.kind !== 'TrustRoot')
        return { type, status: 'False', reason: 'Expired', message: endsText(over) };
      if (waits) return { type, status: 'False', reason: 'WaitsForApproval', message: 'acts on nothing until somebody else approves it' };
      return { type, status: 'True', reason: 'InForce', message: 'in force as it is written' };
    }
  }
}

function expiringOf(ends: readonly Expiry[]): Condition {
  const [over, soon] = [ends.filter(({ state }) => state === 'expired'), ends.filter(({ state }) => state === 'expiring')];
  if (over.length > 0) return { type: 'Expiring', status: 'True', reason: 'Expired', message: endsText([...over, ...soon]) };
  return soon.length > 0
    ? { type: 'Expiring', status: 'True', reason: 'EndsSoon', message: endsText(soon) }
    : { type: 'Expiring', status: 'False', reason: 'NothingEnds', message: 'nothing of it ends within 30 days' };
}

/** What ends, as people call it: `key sha256:…`. */
export function whatEnds({ kind, name, item }: Expiry): string {
  const words = kind.replaceAll('-', ' ');
  return shownText(item === '' ? `${words} ${name}` : `${words} ${item}`, 512);
}

function endsText(ends: readonly Expiry[]): string {
  const told = ends.slice(0, MOST_SHOWN).map((one) => `${whatEnds(one)} ${one.state === 'expiring' ? 'ends' : 'ended'} ${kubeTime(one.at)}`);
  return [...told, ...(ends.length > MOST_SHOWN ? [`and ${ends.length - MOST_SHOWN} more`] : [])].join('; ');
}

function problemText(problems: JudgedDocument['problems']): string {
  const told = problems.slice(0, MOST_SHOWN).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const more = problems.length > MOST_SHOWN ? [`and ${problems.length - MOST_SHOWN} more`] : [];
  return shownText([...told, ...more].join('; '), MOST_TEXT);
}

/** Since when each is so: from the status that the object has, unless it changes now (KEP-1623: the time of `status`, not of the message). */
export function dated(
  conditions: readonly Condition[], { generation }: Pick<JudgedDocument, 'generation'>, before: unknown, now: number,
): readonly DatedCondition[] {
  const known = ownList(before, 'conditions') ?? [];
  return conditions.map((condition) => {
    const last = known.find((one) => own(one, 'type') === condition.type && own(one, 'status') === condition.status);
    const since = ownText(last, 'lastTransitionTime') ?? '';
    return {
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: Number.isNaN(Date.parse(since)) ? kubeTime(now) : since,
    };
  });
}
