/** kubectl, without anything secret in its arguments. */
import { spawn } from 'node:child_process';

/** Runs kubectl; what it is given to write goes through standard input, because arguments stand in every list of processes. */
export interface Kubectl {
  /** What it printed, parsed; `undefined` when it printed nothing. Rejects with its words when it fails. */
  read(args: readonly string[]): Promise<unknown>;
  /** The same as text. */
  text(args: readonly string[]): Promise<string>;
  create(object: unknown): Promise<void>;
  /**
   * Puts an object whole at its path of the API; with the resourceVersion that it holds, nobody's change is overwritten. Neither
   * by `apply`, which keeps a copy of everything in an annotation, nor by plain `replace`, which renews a copy that is there.
   */
  put(path: string, object: unknown): Promise<void>;
}

/** kubectl as it is found under this name, with arguments of its own in front (a context, a kubeconfig). */
export function kubectl(command: string, own: readonly string[]): Kubectl {
  const run = (args: readonly string[], stdin = ''): Promise<string> => new Promise((resolve, reject) => {
    const child = spawn(command, [...own, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { out.stderr += text; });
    child.once('error', (cause) => reject(new Error(`${command} cannot be run: ${cause.message}`)));
    child.once('close', (code) => (code === 0 ? resolve(out.stdout) : reject(new Error(`kubectl ${args[0] ?? ''}: ${out.stderr.trim()}`))));
    // Whoever does not read what it is given has failed, and says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
  return {
    text: run,
    read: async (args) => {
      const text = await run(args);
      return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
    },
    create: async (object) => void (await run(['create', '-f', '-'], JSON.stringify(object))),
    put: async (path, object) => void (await run(['replace', '--raw', path, '-f', '-'], JSON.stringify(object))),
  };
}
