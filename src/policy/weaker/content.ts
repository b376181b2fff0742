/** In what a check of what attestations say is milder than the one before it. */
import { SEVERITIES } from '../../domain/policy/content-check.ts';
import type { ContentCheck } from '../../domain/policy/content-check.ts';
import { allows, allowsOrEverything, asText, atLeast, compareFields, demanded, granted, meaningless, needs, stricter } from './field.ts';
import type { Fields } from './field.ts';

type Of<K extends ContentCheck['kind']> = Extract<ContentCheck, { readonly kind: K }>;

const FIELDS: { readonly [K in ContentCheck['kind']]: Fields<Of<K>> } = {
  sbom: { kind: meaningless, complete: demanded, denyPackages: needs(), denyLicenses: needs() },
  vulnerability: { kind: meaningless, deny: stricter(...SEVERITIES), ignore: allows('nothing'), fixableOnly: granted },
  testResult: { kind: meaningless, accept: allows('nothing'), tests: needs() },
  codeReview: { kind: meaningless, approvals: atLeast, reviewers: allowsOrEverything() },
  runtimeTrace: {
    kind: meaningless, monitors: allowsOrEverything(), network: allows('everything'), processes: allows('everything'), singleUse: demanded,
  },
};

/** What a check of before demanded and that of now does not. */
export function milderCheck(before: ContentCheck | undefined, now: ContentCheck | undefined): readonly string[] {
  if (before === undefined) return [];
  if (now === undefined) return ['content is not examined any more'];
  return before.kind === now.kind ? compared(before.kind, before, now) : [`${before.kind} is not examined any more, but ${now.kind}`];
}

function compared<K extends ContentCheck['kind']>(kind: K, before: ContentCheck, now: ContentCheck): readonly string[] {
  return asText(before) === asText(now) ? [] : compareFields<Of<K>>(FIELDS[kind], before as Of<K>, now as Of<K>);
}
