/** Problems of files in SARIF 2.1.0, which code scanning reads. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';

/** Addresses of what the document refers to; it is read without them. */
const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const INFORMATION = 'https://gatehouse.dev';

/** What each rule finds, in one sentence, by its id. */
export type RuleTexts = Readonly<Record<string, string>>;

/** The document as a value: one run, one result for each problem; files are named as they were given. */
export function sarifLog(problems: readonly PolicyProblem[], version: string, texts: RuleTexts = {}): unknown {
  const ids = [...new Set(problems.map(ruleOf))].toSorted();
  const rules = ids.map((id) => {
    const shortDescription = { text: texts[id] ?? OWN_RULES[id] ?? id };
    return { id, shortDescription, helpUri: `${INFORMATION}/docs/reference/lint#${id}` };
  });
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gatehouse', version, informationUri: INFORMATION, rules } },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({ ...result(problem, ids), ...suppressionsOf(problem, problems) })),
      },
    ],
  };
}

/** SARIF 2.1.0, 3.27.23: of all results of a run, or of none. */
function suppressionsOf({ suppressed }: PolicyProblem, all: readonly PolicyProblem[]): object {
  if (all.every((one) => one.suppressed === undefined)) return {};
  return { suppressions: suppressed === undefined ? [] : [{ kind: 'inSource', justification: suppressed.reason }] };
}

function result(problem: PolicyProblem, ids: readonly string[]): object {
  const { file, line, column, severity, path, message } = problem;
  return {
    ruleId: ruleOf(problem),
    ruleIndex: ids.indexOf(ruleOf(problem)),
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column } } },
    ],
  };
}

/** A path as a relative reference (RFC 3986, 4.2): nothing in it begins a query or a fragment, or is taken for a scheme. */
function uriOf(file: string): string {
  const path = encodeURI(file).replaceAll('#', '%23').replaceAll('?', '%3F');
  return /^[^/]*:/.test(path) ? `./${path}` : path;
}

/** Rules of problems that bring none. */
const OWN_RULES: RuleTexts = {
  'policy-invalid': 'The document does not compile, so the set cannot be used.',
  'policy-advice': 'The document compiles, and is unlikely to mean what its author wanted.',
};

function ruleOf({ severity, rule }: PolicyProblem): string {
  return rule ?? (severity === 'error' ? 'policy-invalid' : 'policy-advice');
}
