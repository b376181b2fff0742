/** Policies of other projects, as documents of ours. */
import { escapeText } from '../../../explain/index.ts';
import { EXIT, UsageError } from '../context.ts';
import type { CliContext, ImportedDocument, ImportRemark } from '../context.ts';
import { documentText } from '../output/document.ts';

export interface ImportFlags {
  readonly output: string;
  readonly report: 'text' | 'json' | 'yaml';
  readonly force?: true;
  readonly from?: 'allowed-signers';
}

/** Files of a folder that is written to, by the kinds that are in them. */
const FILES: readonly { readonly name: string; readonly kinds: readonly string[] }[] = [
  { name: 'signers.yaml', kinds: ['Signer'] },
  { name: 'trust-roots.yaml', kinds: ['TrustRoot'] },
  { name: 'policies.yaml', kinds: ['ClusterArtifactPolicy', 'ArtifactPolicy'] },
];

/**
 * `gatehouse policy import`: writes what can be said, and tells what cannot. Exit code 2 when something could not be said, 64 when a file
 * cannot be read or is not what its kind asks for; then nothing is written.
 */
export async function importPolicies(paths: readonly string[], flags: ImportFlags, context: CliContext): Promise<number> {
  const isFolder = flags.output !== '-';
  const { documents, remarks, lines, read } = await context.rooms.importPolicies(paths, context.stdin, flags.from);
  const report = flags.report === 'text' ? lines.map((line) => `${line}\n`).join('') : `${documentText(reportOf(documents, remarks), flags.report)}\n`;
  const isRefused = remarks.some(({ level }) => level === 'refused');
  if (!isRefused && isFolder && read > 0) {
    const files = FILES.map(({ name, kinds }) => ({ name, text: joined(documents.filter(({ kind }) => kinds.includes(kind))) }));
    await context.rooms.writeFolder(flags.output, files.filter(({ text }) => text !== ''), flags.force === true);
  }
  if (flags.report !== 'text' && isFolder) context.stdout(report);
  else context.stderr(report);
  if (isRefused) return EXIT.usage;
  if (read === 0) throw new UsageError(`${paths.map(escapeText).join(', ')}: nothing that can be imported: ClusterImagePolicy, TrustRoot, ClusterPolicy, Policy, ImageValidatingPolicy, a Notation trust policy, a configuration of Connaisseur or a Verifier of Ratify; with --from allowed-signers a file of allowed signers`);
  if (!isFolder) context.stdout(joined(documents));
  if (flags.report === 'text') context.stderr(`${summary(documents, remarks)}\n`);
  return remarks.some(({ level }) => level === 'unsaid') ? EXIT.warned : EXIT.admitted;
}

function joined(documents: readonly ImportedDocument[]): string {
  return documents.map(({ text }) => text).join('---\n');
}

function reportOf(documents: readonly ImportedDocument[], remarks: readonly ImportRemark[]): unknown {
  return {
    apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ImportReport',
    documents: documents.map(({ kind, name }) => ({ kind, name })), remarks,
  };
}

function summary(documents: readonly ImportedDocument[], remarks: readonly ImportRemark[]): string {
  const count = (level: ImportRemark['level']): number => remarks.filter((remark) => remark.level === level).length;
  const policies = documents.filter(({ kind }) => kind.endsWith('Policy')).length;
  return `${policies} ${policies === 1 ? 'policy' : 'policies'}, ${documents.filter(({ kind }) => kind === 'Signer').length} signers; `
    + `${count('unsaid')} could not be said, ${count('stricter')} said more strictly, ${count('skipped')} skipped`;
}
