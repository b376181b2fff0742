/** Files become policy tests, with every problem at its place; whatever the bytes are, nothing is thrown. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';
import { KINDS } from '../../policy/read/catalogue.ts';
import { readDocumentSteps } from '../../policy/read/documents.ts';
import type { PolicyDocument, PolicyText } from '../../policy/read/documents.ts';
import { Reporter } from '../../policy/read/reporter.ts';
import { didYouMean } from '../../policy/read/suggest.ts';
import { parseDocument } from '../../policy/schema/problems.ts';
import { finished } from '../../policy/steps.ts';
import { isObject, own, ownList, ownText } from '../../text/json/fields.ts';
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
  /** True when no document of the file is a PolicyTest, or was probably meant to be one. */
  readonly isOther: boolean;
}

/** Reads one file. Documents of other kinds may stand beside tests, as policies do in examples, and are passed over. Never throws. */
export function readTests(file: PolicyText): ReadTests {
  if (file.text.length > LIMITS.file) return { tests: [], problems: [tooLarge(file.path)], isOther: false };
  const { documents, problems: unreadable } = finished(readDocumentSteps(file));
  const problems = [...unreadable];
  const written = documents.filter(({ value }) => isTest(value));
  for (const document of documents.filter(({ value }) => !isTest(value))) tellMeant(document, problems);
  const tests = written.flatMap((document): PolicyTest[] => {
    const report = new Reporter(document, problems);
    const read = parseDocument(policyTestSchema, document.value, report);
    if (read === undefined || isTooMuch(read.spec, report)) return [];
    return [{ file: file.path, name: read.metadata.name, spec: read.spec, document }];
  });
  // Nobody can say of a file that cannot be read that it is no test.
  const isUnread = file.problem !== undefined || (unreadable.length > 0 && /policytest/i.test(file.text));
  return { tests, problems, isOther: written.length === 0 && problems.length === unreadable.length && !isUnread };
}

const TEST = 'PolicyTest';

function isTest(value: unknown): boolean {
  return own(value, 'kind') === TEST;
}

/** What tools write that is neither a policy nor a test. */
const WRITTEN_BY_US = /(?:Report|List|Diff)$/;

/** A document that would be passed over and was most likely meant to be a test, or to be read by somebody: a run that leaves it out looks well. */
function tellMeant(document: PolicyDocument, problems: PolicyProblem[]): void {
  const { value } = document;
  const report = new Reporter(document, problems);
  const kind = own(value, 'kind');
  const isOurs = (ownText(value, 'apiVersion') ?? '').startsWith('gatehouse.dev/');
  if (typeof kind !== 'string') {
    if (isObject(value) && (isOurs || ownList(own(value, 'spec'), 'cases') !== undefined)) report.error(['kind'], `is missing; write ${TEST} for a policy test`);
  } else if (ownList(value, 'items')?.some(isTest) === true) report.error(['items'], `tests are not read out of a ${kind}; write each as a document of its own`);
  else if (KINDS.some((known) => known === kind) || (isOurs && WRITTEN_BY_US.test(kind))) return;
  else if (isOurs || /^policy-?tests?$/i.test(kind)) report.error(['kind'], `unknown kind ${JSON.stringify(kind)}${didYouMean(kind, [TEST, ...KINDS]) || `; a test is a ${TEST}`}`);
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
