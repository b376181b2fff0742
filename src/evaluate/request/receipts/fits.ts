/** Whether a receipt that was read is one for this artifact, in this run, for something that an input can be used as. */
import type { Usage } from '../../../domain/artifact/artifact.ts';
import { imageArtifact } from '../../../domain/artifact/image-artifact.ts';
import { parseSourceUri } from '../../../domain/artifact/source-uri.ts';
import type { Receipt } from '../../../domain/gate/receipt.ts';
import type { RequestOutcome } from '../question.ts';
import type { TaskInput } from './inputs.ts';
import { isList } from './list.ts';
import type { ListOf } from './list.ts';

/** How far a receipt came before it did not fit: of several that stand beside an artifact the one that came furthest is told. */
const STAGES = ['unread', 'digest', 'run', 'usage', 'policies', 'open'] as const;

/** What is told of one receipt. */
export interface Told {
  readonly stage: (typeof STAGES)[number];
  readonly outcome: RequestOutcome;
}

/** The one that came furthest; the list is not empty. */
export function furthest(told: readonly Told[]): Told {
  return told.reduce((best, one) => (STAGES.indexOf(one.stage) > STAGES.indexOf(best.stage) ? one : best));
}

/** What inputs of a build are used as: what runs, is published or defines a task was asked about as something else. */
const INPUTS: readonly Usage[] = ['baseImage', 'buildStep', 'dependency', 'source'];

/** For what the receipt must be; `text` is its own, by which the list is known that it may be for. */
export interface Fitting {
  readonly run?: string;
  readonly called: string;
  readonly text: string;
  readonly listOf: ListOf;
}

/** Why a receipt does not fit; `undefined` when it does. Signature, purpose, time and revocations were looked at when it was read. */
export function misfit(receipt: Receipt, input: TaskInput, { run, called, text, listOf }: Fitting): Told | undefined {
  const { subjects } = receipt;
  const list = isList(receipt) ? listOf(text, receipt) : undefined;
  const another = list === undefined ? otherSubject(receipt, input) : 'cause' in list ? list : undefined;
  if (another !== undefined)
    return {
      stage: 'digest',
      outcome: {
        code: 'POLICY_RECEIPT_DIGEST', expected: [String(input.digest)], found: subjects.map(({ name, digest }) => `${name} ${digest}`),
        ...another,
      },
    };
  if (run === undefined || receipt.run !== run)
    return {
      stage: 'run',
      outcome: {
        code: 'POLICY_RECEIPT_RUN', expected: [run === undefined ? called : `${called}, uid ${run}`], found: [`run ${receipt.run ?? 'none'}`],
        ...(run === undefined ? { fix: 'run the task in a pipeline, after the task that asks the gate' } : {}),
      },
    };
  // Of a list each has a use of its own.
  const usage = list !== undefined && 'artifacts' in list ? (list.artifacts.get(input)?.usage ?? receipt.usage) : receipt.usage;
  const usages = input.isSource ? (['source'] as const) : INPUTS;
  if (!usages.some((one) => one === usage))
    return {
      stage: 'usage',
      outcome: { code: 'POLICY_RECEIPT_USAGE', expected: [`used as ${usages.join(', ')}`], found: [`used as ${usage}`] },
    };
  return undefined;
}

/** One subject, with the digest of the input. A commit is one of its repository: another may hold it without anybody's consent. */
function otherSubject({ subjects }: Receipt, { digest, uri }: TaskInput): { readonly cause?: string } | undefined {
  const [subject, ...others] = subjects;
  if (subject === undefined || others.length > 0 || subject.digest !== digest) return {};
  // The same bytes as a file may have been judged by policies that ask for less.
  if (isImageName(uri) && !subject.name.startsWith('oci://')) return { cause: 'it was admitted as something else than an image' };
  if (!subject.digest.startsWith('gitCommit:') || subject.name === uri) return undefined;
  const repository = parseSourceUri(uri)?.repository;
  if (repository !== undefined && repository === (parseSourceUri(subject.name)?.repository ?? subject.name)) return undefined;
  return { cause: 'the commit was admitted of another repository' };
}

/** An address that names a registry, as images have it; a URL names a file, and a bare name may be anything. */
function isImageName(uri: string): boolean {
  const reference = uri.replace(/^(?:oci|docker):\/\//, '');
  return (reference !== uri || /^(?:localhost|[^/]*[.:][^/]*)\/[^/]/.test(reference)) && imageArtifact(reference, '', 'baseImage').ok;
}
