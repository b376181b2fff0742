/** Walks docs/tutorial.md: every block `sh step` by a shell, in order; only the registry has another name, and speaks plain HTTP. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeImage } from '../world/image.ts';
import { push } from '../world/push.ts';
import type { TestRegistry } from '../world/registry.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One command of the page: how it ended, what it wrote, and the lines that the page shows of it. */
export interface Step {
  readonly command: string;
  /** The exit code that the page tells. */
  readonly expected: number;
  readonly code: number;
  readonly output: string;
  readonly shown: readonly string[];
}

/** Programs by name, as the text of a shell script. */
export type Programs = Readonly<Record<string, string>>;

/** Runs the page against a registry with the two images that it asks for; `programs` stand before those of the machine. */
export async function walkTutorial(registry: TestRegistry, programs: Programs): Promise<readonly Step[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tutorial-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const plainHttp = `case "$1" in verify|inspect) set -- "$@" --plain-http ${registry.host};; esac`;
  const gatehouse = `${plainHttp}\nexec '${process.execPath}' '${ROOT}bin/gatehouse.js' "$@"`;
  for (const [name, text] of Object.entries({ gatehouse, ...programs })) writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  for (const tag of ['1.0', '1.1']) await push(registry, 'shop/app', makeImage({ seed: tag }), [tag]);
  const env = { PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':'), HOME: folder, COSIGN_PASSWORD: '' };
  const steps: Step[] = [];
  for (const { command, expected, shown } of readSteps()) {
    const { code, output } = await shell(command.replaceAll('registry.acme.example', registry.host), folder, env);
    steps.push({ command, expected, code, shown, output: plain(output.replaceAll(registry.host, 'registry.acme.example')) });
  }
  rmSync(folder, { recursive: true, force: true });
  return steps;
}

function readSteps(): Pick<Step, 'command' | 'expected' | 'shown'>[] {
  const page = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
  const steps: { command: string; expected: number; shown: readonly string[] }[] = [];
  for (const [, head = '', text = ''] of page.matchAll(/^```(sh step|sh step denied|text shown)\n([\s\S]*?)^```/gm)) {
    const last = steps.at(-1);
    if (head !== 'text shown') steps.push({ command: text, expected: head === 'sh step' ? 0 : 1, shown: [] });
    else if (last !== undefined) last.shown = plain(text).split('\n').filter((line) => line !== '');
  }
  return steps;
}

/** Without what differs from time to time: digests, and the width of columns. */
function plain(text: string): string {
  return text.replace(/sha256:[0-9a-f]{6,}(?:…[0-9a-f]+)?/g, 'sha256:…').replace(/(\S) {2,}/g, '$1  ');
}

function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile('bash', ['-euo', 'pipefail', '-c', script], { cwd, env }, (cause, stdout, stderr) => {
      resolve({ code: cause === null ? 0 : Number((cause as { code?: unknown }).code ?? -1), output: `${stdout}${stderr}` });
    });
  });
}
