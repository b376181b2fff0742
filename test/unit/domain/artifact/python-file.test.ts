import { expect, test } from 'vitest';
import { parsePythonFile, pythonProject } from '../../../../src/domain/artifact/python-file.ts';

// PEP 427 (wheels), PEP 625 (source distributions), PEP 503 (names).
test.each([
  ['acme_tool-1.0.0-py3-none-any.whl', { project: 'acme-tool', version: '1.0.0' }],
  ['acme_tool-1.0.0-1-cp312-cp312-manylinux_2_17_x86_64.whl', { project: 'acme-tool', version: '1.0.0' }],
  ['acme_tool-1.0.0.tar.gz', { project: 'acme-tool', version: '1.0.0' }],
  ['acme-tool-1.0.0.tar.gz', { project: 'acme-tool', version: '1.0.0' }],
  ['Acme.Tool-1.0.0RC1.zip', { project: 'acme-tool', version: '1.0.0rc1' }],
  ['acme_tool-1.0.0+local.1.tar.gz', { project: 'acme-tool', version: '1.0.0+local.1' }],
  ['acme_tool.tar.gz', undefined],
  ['acme_tool-1.0.0.exe', undefined],
  ['acme_tool-1.0.0-py3.whl', undefined],
  [`${'a'.repeat(600)}-1.tar.gz`, undefined],
])('the file %s', (name, read) => {
  expect(parsePythonFile(name)).toEqual(read);
});

test.each(['Acme_Tool', 'acme.tool', 'ACME--tool', 'acme-_.tool'])('%s is one project', (name) => {
  expect(pythonProject(name)).toBe('acme-tool');
});
