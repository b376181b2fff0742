/** Workflows of GitHub: the files that run there, as certificates and builder ids name them, and whether a policy names one. */
import type { SignerIdentity, TextMatcher } from '../policy/requirement.ts';

/** A workflow file at a ref: the certificate name of whatever runs in it. */
export interface Workflow {
  /** `https://github.com/owner/name`, in the case in which it is written; GitHub knows no two that differ only in case. */
  readonly repository: string;
  /** `.github/workflows/release.yml` */
  readonly path: string;
  readonly ref: string;
}

const FILE = String.raw`https:\/\/github\.com\/[A-Za-z0-9_-]+\/[A-Za-z0-9_.-]+\/\.github\/workflows\/[^/@*\s]+\.ya?ml`;
const WORKFLOW =
  /^(https:\/\/github\.com\/[A-Za-z0-9_-]+\/[A-Za-z0-9_.-]+)\/(\.github\/workflows\/[^/@\s]+\.ya?ml)@(refs\/[^\s]+|[0-9a-f]{40})$/;
const LITERAL = new RegExp(`^${FILE}$`);

/** Reads a workflow's name, as in certificates and builder ids; `undefined` when the text is anything else. */
export function parseWorkflow(text: string): Workflow | undefined {
  const [, repository, path, ref] = WORKFLOW.exec(text) ?? [];
  return repository === undefined || path === undefined || ref === undefined ? undefined : { repository, path, ref };
}

/** True when a policy's text leaves nothing open of a workflow but its ref: owner, repository and file are written out. */
export function namesWorkflow({ kind, source }: Pick<TextMatcher, 'kind' | 'source'>): boolean {
  const at = source.indexOf('@');
  if (at < 0) return false;
  switch (kind) {
    case 'exact':
    case 'glob':
      return LITERAL.test(source.slice(0, at));
    case 'regexp':
      return namesInExpression(source, at);
  }
}

/** True when an identity of a signer is one workflow by its certificate name, or by the claim that repeats it. */
export function namesWorkflowOf(identity: SignerIdentity): boolean {
  switch (identity.kind) {
    case 'key':
    case 'x509':
    case 'spiffe':
      return false;
    case 'keyless':
      return [identity.subject, ...identity.claims.filter(({ name }) => name === 'buildSignerURI').map(({ value }) => value)].some(
        namesWorkflow,
      );
  }
}

/** Before the ref only literal characters, those with a meaning escaped; no alternative anywhere, which could be another workflow. */
function namesInExpression(source: string, at: number): boolean {
  const before = source.slice(source.startsWith('^') ? 1 : 0, at);
  const meaning = before.replaceAll(/\\[./_-]/g, '');
  if (/[\\.*+?()[\]{}|^$]/.test(meaning) || source.includes('|') || /^@[*+?{]/.test(source.slice(at))) return false;
  return LITERAL.test(before.replaceAll('\\', ''));
}
