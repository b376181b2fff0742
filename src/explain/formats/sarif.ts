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
        columnKind: 'unicodeCodePoints',
        results: problems.map((problem) => result(problem, ids)),
      },
    ],
  };
}

function result(problem: PolicyProblem, ids: readonly string[]): unknown {
  const { file, line, column, severity, path, message } = problem;
  return {
    ruleId: ruleOf(problem),
    ruleIndex: ids.indexOf(ruleOf(problem)),
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: line, startColumn: column } } },
    ],
  };
}

/** Rules of problems that bring none. */
const OWN_RULES: RuleTexts = {
  'policy-invalid': 'The document does not compile, so the set cannot be used.',
  'policy-advice': 'The document compiles, and is unlikely to mean what its author wanted.',
};

function ruleOf({ severity, rule }: PolicyProblem): string {
  return rule ?? (severity === 'error' ? 'policy-invalid' : 'policy-advice');
}
