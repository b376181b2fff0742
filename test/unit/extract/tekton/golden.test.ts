/**
 * What is extracted from every example, frozen. After a change that is meant, write it anew and read the difference:
 * `GOLDEN=write npx vitest run test/unit/extract/tekton/golden.test.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DefinitionUse } from '../../../../src/domain/build/definition.ts';
import { hasSharedData } from '../../../support/shared.ts';
import { exampleObjects, imageLine, readObject } from './objects.ts';

const GOLDEN = fileURLToPath(new URL('../../../fixtures/tekton-golden/examples.json', import.meta.url));

function isPinned({ source }: Extract<DefinitionUse, { readonly form: 'remote' }>): boolean {
  if (source.from === 'git') return source.pinned;
  return (source.from === 'bundle' || source.from === 'http') && source.digest !== undefined;
}

function definitionLine(use: DefinitionUse): string {
  const what = use.form === 'local' ? `${use.resource} ${use.name}` : use.form === 'custom' ? `${use.customKind} ${use.name}` : '';
  const from = use.form === 'remote' ? `${use.resolver} ${use.source.from} ${isPinned(use) ? 'pinned' : 'unpinned'}` : what;
  return `${use.form} ${use.kind} ${use.path} ${from}`.trimEnd();
}

function frozen(): string {
  const counts = new Map<string, number>();
  const entries = exampleObjects().map(({ file, object }) => {
    const index = counts.get(file) ?? 0;
    counts.set(file, index + 1);
    const { request, problems } = readObject(object);
    const order = request.order.map(({ name, after, isFinally, conditional }) => `${name} <- ${after.join(',')}${isFinally ? ' finally' : ''}${conditional ? ' conditional' : ''}`);
    return [`${file}#${index} ${object.kind}`, { images: request.images.map(imageLine), definitions: request.definitions.map(definitionLine), order, problems }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`;
}

describe.skipIf(!hasSharedData)('examples', () => {
  it('are extracted as they were when somebody last looked', () => {
    const now = frozen();
    if (process.env['GOLDEN'] === 'write') writeFileSync(GOLDEN, now);
    expect(JSON.parse(now)).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });
});
