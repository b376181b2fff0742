/** How a Sigstore root is compiled, from wherever its content comes. */
import type { CompileTools, TrustRootPart } from '../part.ts';
import type { SigstoreRoot } from '../../../domain/policy/trust-root.ts';
import { writtenContent } from './content.ts';
import { listed, makeRoot, numberProblems } from './numbers.ts';
import { sigstoreField } from './schema.ts';
import type { SigstoreField } from './schema.ts';
import { compileTufRoot } from './tuf.ts';

/** Sigstore trust roots in documents: the public-good one, a `trusted_root.json`, a TUF repository, or plain lists. */
export const sigstorePart: TrustRootPart<'sigstore', SigstoreField> = {
  schema: sigstoreField,
  compile: compileSigstoreRoot,
  windows: ({ name, require, trustedRoot }, trust) => ({ name, require, windows: trust.windows?.(trustedRoot) ?? [] }),
  listsLogs: ({ trustedRoot }) => listed(trustedRoot).transparencyLog > 0,
  datesNothing: () => false,
};

/** What `secondOpinion: require` shuts out: keyless evidence that the second verifier cannot judge (ADR 0002). */
const SHUT_OUT =
  'shuts out keyless signatures that @sigstore/verify cannot judge: layers and annotations of older clients (only Sigstore bundles are ' +
  'judged), signatures over an image or file itself instead of an in-toto statement about it, and envelopes signed with P-384 or P-521; ' +
  'they are VERIFY_NO_SECOND_OPINION. Signatures by key are not concerned';

function compileSigstoreRoot(name: string, sigstore: SigstoreField, { trust, report }: CompileTools): SigstoreRoot | undefined {
  if (sigstore.secondOpinion === 'require') report.advise('second-opinion', ['spec', 'sigstore', 'secondOpinion'], SHUT_OUT);
  if (sigstore.tuf !== undefined) return compileTufRoot(name, { ...sigstore, tuf: sigstore.tuf }, { trust, report });
  const content = writtenContent(sigstore, trust, report);
  if (content === undefined) return undefined;
  const root = makeRoot(name, content, sigstore, trust);
  const problems = numberProblems(root, listed(content));
  for (const { key, message } of problems) report.error(['spec', 'sigstore', 'require', ...(key === '' ? [] : [key])], message);
  return problems.length === 0 ? root : undefined;
}
