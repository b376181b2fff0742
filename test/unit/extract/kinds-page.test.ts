import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { extract } from '../../../src/extract/index.ts';
import { KIND_TABLE, withRows } from '../../../src/extract/table/rows.ts';
import { checkConfig } from '../../../src/platform/config/config.ts';
import { reviewOf } from '../../support/pipelines.ts';
import type { Json } from '../../support/pipelines.ts';

/** Its table is written anew by `UPDATE_GOLDEN=1 npx vitest run test/unit/extract/kinds-page.test.ts`. */
const PAGE = fileURLToPath(new URL('../../../docs/concepts/kinds.md', import.meta.url));
const TABLE = /(<!-- kinds -->\n)[^]*(<!-- \/kinds -->)/;

it('the page lists every kind of the table', () => {
  const groups = Map.groupBy(KIND_TABLE.values(), ({ group }) => group);
  const lines = [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([group, rows]) => `| ${group} | ${rows.map(({ resource }) => resource).sort().join(', ')} |\n`);
  const table = `| group | resources |\n|---|---|\n${lines.join('')}`;
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(PAGE, page.replace(TABLE, `$1${table}$2`));
  expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[0]).toBe(`<!-- kinds -->\n${table}<!-- /kinds -->`);
});

it('its example is read as it says', () => {
  const [config = '', widget = ''] = [...readFileSync(PAGE, 'utf8').matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text]) => text);
  const checked = checkConfig(config, 'config.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const read = (table = KIND_TABLE) => {
    const { artifacts, findings } = extract(reviewOf(parse(widget) as Json), table);
    return [artifacts.map(({ raw }) => raw), findings.map(({ code, path }) => `${code} ${path}`)];
  };
  expect(read(withRows(checked.config.extractors))).toEqual([['ghcr.io/acme/widget:1', 'ghcr.io/acme/plugin:2'], ['INPUT_IMAGE_UNPLACED spec.tool.image']]);
  expect(read()).toEqual([[], ['INPUT_IMAGE_UNPLACED spec.image', 'INPUT_IMAGE_UNPLACED spec.disk.image', 'INPUT_IMAGE_UNPLACED spec.tool.image']]);
});
