/** Problems of files in SARIF 2.1.0, which code scanning reads. */
import type { PolicyProblem } from '../../domain/policy/policy.ts';

/** Addresses of what the document refers to; it is read without them. */
const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
const INFORMATION = 'https://gatehouse.dev';

/** The document as a value: one run, one result for each problem; files are named as they were given. */
export function sarifLog(problems: readonly PolicyProblem[], version: string): unknown {
  const rules = [...new Set(problems.map(ruleOf))].toSorted().map((id) => ({ id }));
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gatehouse', version, informationUri: INFORMATION, rules } },
        columnKind: 'unicodeCodePoints',
        results: problems.map(result),
      },
    ],
  };
}

function result(problem: PolicyProblem): unknown {
  const { file, line, column, severity, path, message } = problem;
  return {
    ruleId: ruleOf(problem),
    level: severity,
    message: { text: path === '' ? message : `${path}: ${message}` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: line, startColumn: column } } },
    ],
  };
}

function ruleOf({ severity }: PolicyProblem): string {
  return severity === 'error' ? 'policy-invalid' : 'policy-advice';
}
