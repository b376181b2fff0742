/** Files become policy tests, with every problem at its place; whatever the bytes are, nothing is thrown. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { readDocumentSteps } from '../../policy/read/documents.ts';
import type { PolicyDocument, PolicyText } from '../../policy/read/documents.ts';
import { Reporter } from '../../policy/read/reporter.ts';
import { parseDocument } from '../../policy/schema/problems.ts';
import { finished } from '../../policy/steps.ts';
import { LIMITS } from './limits.ts';
import { policyTestSchema } from './schema.ts';
import type { PolicyTestDocument } from './schema.ts';

/** A test whose fields are in order, and where it stands. */
export interface PolicyTest {
  readonly file: string;
  readonly name: string;
  readonly spec: PolicyTestDocument['spec'];
  readonly document: PolicyDocument;
}

/** What a file brought. */
export interface ReadTests {
  readonly tests: readonly PolicyTest[];
  readonly problems: readonly PolicyProblem[];
  /** True when no document of the file is a PolicyTest. */
  readonly isOther: boolean;
}

/** Reads one file. Documents of other kinds may stand beside tests, as policies do in examples, and are passed over. Never throws. */
export function readTests(file: PolicyText): ReadTests {
  if (file.text.length > LIMITS.file) return { tests: [], problems: [tooLarge(file.path)], isOther: false };
  const { documents, problems: unreadable } = finished(readDocumentSteps(file));
  const problems = [...unreadable];
  const written = documents.filter(({ value }) => isTest(value));
  const tests = written.flatMap((document): PolicyTest[] => {
    const report = new Reporter(document, problems);
    const read = parseDocument(policyTestSchema, document.value, report);
    if (read === undefined || isTooMuch(read.spec, report)) return [];
    return [{ file: file.path, name: read.metadata.name, spec: read.spec, document }];
  });
  return { tests, problems, isOther: written.length === 0 && !/^kind: *["']?PolicyTest\b/m.test(file.text) };
}

function isTest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { readonly kind?: unknown }).kind === 'PolicyTest';
}

function isTooMuch({ artifacts = [] }: PolicyTestDocument['spec'], report: Reporter): boolean {
  const count = artifacts
    .flatMap(({ evidence = [], children = [] }) => [evidence, ...children.map((child) => child.evidence ?? [])])
    .reduce((sum, { length }) => sum + length, 0);
  if (count <= LIMITS.minted) return false;
  report.error(['spec', 'artifacts'], `holds ${count} pieces of evidence, at most ${LIMITS.minted} are made for one test; split it`);
  return true;
}

function tooLarge(file: string): PolicyProblem {
  return { file, line: 1, column: 1, severity: 'error', path: '', message: `file is larger than ${LIMITS.file} characters; split it` };
}
