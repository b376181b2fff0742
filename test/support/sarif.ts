/** What the schema of SARIF 2.1.0 demands of the parts that are written here (OASIS, sarif-schema-2.1.0.json). */

type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** What is wrong with a log; empty when it is in order. */
export function sarifProblems(log: unknown): readonly string[] {
  if (!isMap(log)) return ['log is no object'];
  const runs = Array.isArray(log['runs']) ? (log['runs'] as unknown[]) : undefined;
  return [
    ...(log['version'] === '2.1.0' ? [] : ['version']), ...unknown('log', log, ['$schema', 'version', 'runs']),
    ...(runs === undefined ? ['runs'] : runs.flatMap(runProblems)),
  ];
}

function runProblems(run: unknown): readonly string[] {
  if (!isMap(run)) return ['run'];
  const driver = isMap(run['tool']) ? run['tool']['driver'] : undefined;
  if (!isMap(driver) || !isText(driver['name'])) return ['tool.driver.name'];
  const rules = (driver['rules'] ?? []) as Json[];
  const ids = rules.map(({ id }) => id);
  return [
    ...unknown('run', run, ['tool', 'results', 'columnKind']), ...unknown('driver', driver, ['name', 'version', 'informationUri', 'rules']),
    ...(['utf16CodeUnits', 'unicodeCodePoints', undefined].includes(run['columnKind'] as string) ? [] : ['columnKind']),
    ...(new Set(ids).size === ids.length ? [] : ['rules are not unique']),
    ...rules.flatMap((rule) => [
      ...unknown('rule', rule, ['id', 'shortDescription', 'helpUri']), ...(isText(rule['id']) ? [] : ['rule.id']),
      ...(isMap(rule['shortDescription']) && isText(rule['shortDescription']['text']) ? [] : ['rule.shortDescription']),
      ...(URL.canParse(String(rule['helpUri'])) ? [] : ['rule.helpUri']),
    ]),
    ...((run['results'] ?? []) as unknown[]).flatMap((result) => resultProblems(result, ids)),
  ];
}

function resultProblems(result: unknown, ids: readonly unknown[]): readonly string[] {
  if (!isMap(result)) return ['result'];
  const { message, level, ruleId, ruleIndex, suppressions, locations = [] } = result as { readonly [key: string]: unknown; readonly locations?: unknown };
  return [
    ...unknown('result', result, ['ruleId', 'ruleIndex', 'level', 'message', 'locations', 'suppressions']),
    ...(isMap(message) && isText(message['text']) ? [] : ['result.message']),
    ...(['none', 'note', 'warning', 'error'].includes(String(level)) ? [] : ['result.level']),
    ...(ids[Number(ruleIndex)] === ruleId ? [] : ['result.ruleIndex']),
    ...((suppressions ?? []) as Json[]).flatMap((one) => [
      ...unknown('suppression', one, ['kind', 'justification']), ...(['inSource', 'external'].includes(String(one['kind'])) ? [] : ['suppression.kind']),
    ]),
    ...(locations as Json[]).flatMap((location) => {
      const place = location['physicalLocation'] as { artifactLocation?: Json; region?: Json } | undefined;
      const { startLine, startColumn } = place?.region ?? {};
      const whole = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1;
      // `uri` is a URI reference: neither spaces nor characters beyond ASCII stand in one.
      const uri = /^[\x21-\x7e]+$/.test(String(place?.artifactLocation?.['uri']));
      return [...(uri ? [] : ['artifactLocation.uri']), ...(whole(startLine) && whole(startColumn) ? [] : ['region'])];
    }),
  ];
}

function unknown(what: string, value: Json, known: readonly string[]): readonly string[] {
  return Object.keys(value).filter((key) => !known.includes(key)).map((key) => `${what}.${key} is unknown`);
}
