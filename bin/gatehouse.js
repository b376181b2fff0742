#!/usr/bin/env node
// Starts the source, which Node 24 runs as it is; where there is none (an image, a package) the compiled program.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// The latest decisions are kept for a page, and then forgotten. Where they outlive a few collections in a row, V8 takes what
// is made for them for long-lived and makes it in the old generation, which then has to be collected several times a second.
setFlagsFromString('--no-allocation-site-pretenuring');

// Names are resolved on half of the threads of this pool, and one whose servers do not answer keeps its thread for many seconds.
process.env.UV_THREADPOOL_SIZE ??= '16';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  const source = new URL('../src/cli.ts', import.meta.url);
  const { main } = await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href);
  await main();
} else {
  // On Linux x64 and arm64 a Node that is new enough is installed with the dependencies.
  const own = at('../node_modules/.bin/node');
  if (!existsSync(own) || process.env.GATEHOUSE_NODE === 'own') {
    process.stderr.write(`gatehouse: needs Node 24.15 or newer, found ${process.versions.node}; install it, or run npm install to get it with the dependencies\n`);
    process.exit(64);
  }
  const child = spawn(own, [at('./gatehouse.js'), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, GATEHOUSE_NODE: 'own' } });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`gatehouse: ${own} cannot be run: ${error.message}\n`);
    process.exit(64);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}
