/** The answer about a definition that was found: what it is, where it was had from, and what was proven of it. */
import { parseDigest } from '../../../domain/artifact/digest.ts';
import type { Digest } from '../../../domain/artifact/digest.ts';
import type { DefinitionKind } from '../../../domain/build/definition.ts';
import type { FactAnswer, QuestionOf } from '../../../domain/build/facts.ts';
import { reason } from '../../../domain/decision/reasons.ts';
import type { FetchProblem } from '../../../domain/ports.ts';
import { field, ownText, ownTexts } from '../../../text/json/fields.ts';
import type { JsonObject } from '../../../text/json/fields.ts';
import { readBuild } from '../reading.ts';
import type { Proven } from './prove.ts';

/** What is said of a definition: found, known to be none, or not known. */
export type DefinitionResult = FactAnswer<'definition'>;

/** What was found, before it is told. */
export interface Found extends Proven {
  readonly content: JsonObject;
  /** sha256 of the JSON of what is to be admitted; a proof of a form says more. */
  readonly digest: Digest;
  readonly source: string;
}

/** Tells what was found. The digest is that of the form that was signed, where a signature holds. */
export function foundAnswer(
  { content, digest, source, proofs, problems }: Found, { use, namespace }: Pick<QuestionOf<'definition'>, 'use' | 'namespace'>,
): DefinitionResult {
  const signed = proofs.find(({ form }) => form !== undefined);
  const proven = parseDigest(signed?.artifactDigest) ?? digest;
  const reading = readBuild(content, namespace);
  return {
    known: true,
    value: {
      found: true,
      definition: {
        name: nameOf(content), kind: use.kind, labels: ownTexts(field(content, 'metadata'), 'labels'), digest: proven, content, source,
        ...(reading === undefined ? {} : { reading }),
      },
      digest: proven, proofs, problems,
      ...(signed?.form === undefined ? {} : { form: signed.form }),
    },
  };
}

/** It is known that there is none. */
export function notFound(why: string): DefinitionResult {
  return { known: true, value: { found: false, why } };
}

/** Nothing is known now. */
export function notKnown(cause: string): DefinitionResult {
  return { known: false, cause };
}

/** What could not be fetched: not known while it may be there, else not there. */
export function fetchAnswer({ code, source, found, cause }: FetchProblem): DefinitionResult {
  const text = [source, found, cause].filter((part) => part !== undefined).join(': ');
  return reason(code).verdict === 'undetermined' ? notKnown(text) : notFound(text);
}

/** `metadata.name`, or empty text. */
export function nameOf(content: JsonObject): string {
  return ownText(field(content, 'metadata'), 'name') ?? '';
}

/** The kind of object that holds a definition of this kind, in Tekton. */
export const TEKTON_KINDS: Readonly<Partial<Record<DefinitionKind, string>>> = {
  task: 'Task', pipeline: 'Pipeline', stepAction: 'StepAction',
};
