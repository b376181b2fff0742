/** Logs and timestamp authorities that date what one's own authorities certify: the same fields in every kind that takes them. */
import type { PlainTrust } from '../../domain/policy/trust-root.ts';
import { parsePath } from '../read/problems.ts';
import type { CompileTools, TrustRootPart } from './part.ts';
import { listed } from './sigstore/numbers.ts';
import { datingLists } from './sigstore/schema.ts';

/** The fields, for a schema of a kind. */
export const datingFields = { timestampAuthorities: datingLists.timestampAuthorities, transparencyLogs: datingLists.transparencyLogs };

/** As a document writes them. */
export interface DatingFields {
  readonly timestampAuthorities?: PlainTrust['timestampAuthorities'] | undefined;
  readonly transparencyLogs?: PlainTrust['transparencyLogs'] | undefined;
}

/** Their content as a `trusted_root.json`; absent when none is written. Every problem is reported under `spec.<kind>`; then `undefined`. */
export function compileDatingFields(
  { timestampAuthorities = [], transparencyLogs = [] }: DatingFields, kind: string, { trust, report }: CompileTools,
): { readonly dating?: unknown } | undefined {
  if (timestampAuthorities.length + transparencyLogs.length === 0) return {};
  const { content, problems } = trust.plainTrust({ certificateAuthorities: [], ctLogs: [], timestampAuthorities, transparencyLogs });
  for (const { path, message } of problems) report.error(['spec', kind, ...parsePath(path)], message);
  return problems.length === 0 ? { dating: content } : undefined;
}

/** What kinds have in common whose roots are authorities of one's own, beside what dates signatures under them. */
export const ANCHORED: Pick<TrustRootPart<'x509' | 'spiffe', never>, 'windows' | 'listsLogs' | 'datesNothing'> = {
  windows: ({ name, anchors }, trust) => ({ name, require: NOTHING, windows: trust.anchorWindows(anchors) }),
  listsLogs: ({ dating }) => dating !== undefined && listed(dating).transparencyLog > 0,
  datesNothing: ({ dating }) => !isDated(dating),
};

const NOTHING = { transparencyLog: 0, sct: 0, timestamps: 0 };

function isDated(dating: unknown): boolean {
  if (dating === undefined) return false;
  const { transparencyLog, timestamps } = listed(dating);
  return transparencyLog + timestamps > 0;
}
