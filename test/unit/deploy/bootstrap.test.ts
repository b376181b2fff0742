/** What installs the dependencies before scripts run: once for a lock file, and never through a link into those of others. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ROOT } from './support.ts';

const folders: string[] = [];
afterEach(() => { for (const folder of folders.splice(0)) rmSync(folder, { recursive: true }); });

/** A working tree whose npm empties node_modules, as that of npm ci does, and says that it was called. */
function tree(): { readonly path: string; run(): { readonly code: number | null; readonly isNpmCalled: boolean } } {
  const path = mkdtempSync(join(tmpdir(), 'gatehouse-tree-'));
  folders.push(path);
  mkdirSync(join(path, 'scripts'));
  copyFileSync(join(ROOT, 'scripts/bootstrap.mjs'), join(path, 'scripts/bootstrap.mjs'));
  writeFileSync(join(path, 'package-lock.json'), '{}');
  writeFileSync(join(path, 'npm.mjs'), "import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';\nmkdirSync('node_modules', { recursive: true });\nfor (const name of readdirSync('node_modules')) rmSync(`node_modules/${name}`);\nwriteFileSync('called', '');\n");
  return {
    path,
    run() {
      rmSync(join(path, 'called'), { force: true });
      const { status } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], { cwd: path, encoding: 'utf8', env: { ...process.env, npm_execpath: join(path, 'npm.mjs') } });
      return { code: status, isNpmCalled: existsSync(join(path, 'called')) };
    },
  };
}

describe('bootstrap', () => {
  test('installs what is missing, once for a lock file', () => {
    const { path, run } = tree();
    expect(run()).toMatchObject({ code: 0, isNpmCalled: true });
    expect(run()).toMatchObject({ code: 0, isNpmCalled: false });
    writeFileSync(join(path, 'package-lock.json'), '{ }');
    expect(run()).toMatchObject({ code: 0, isNpmCalled: true });
  });

  test('never installs through a link: npm ci would empty the folder of another working tree', () => {
    const [other, { path, run }] = [tree(), tree()];
    other.run();
    symlinkSync(join(other.path, 'node_modules'), join(path, 'node_modules'));
    expect(run()).toMatchObject({ code: 0, isNpmCalled: false });
    writeFileSync(join(path, 'package-lock.json'), '{ }');
    expect(run()).toMatchObject({ code: 0, isNpmCalled: true });
    expect([lstatSync(join(path, 'node_modules')).isSymbolicLink(), existsSync(join(other.path, 'node_modules/.gatehouse-lock'))]).toEqual([false, true]);
    expect(other.run()).toMatchObject({ code: 0, isNpmCalled: false });
  });
});
