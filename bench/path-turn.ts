// One turn of `bench/path.ts`: starts the shipped program in this process, asks it until the review is remembered, and times the rest.
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reviews } from '../src/surfaces/http/reviews.ts';

const [, , program = '', folder = ''] = process.argv;
const SECONDS = 5;
const BATCH = 50;

type Take = Reviews['take'];
const module = pathToFileURL(join(dirname(program), '../dist/surfaces/http/reviews.js')).href;
const { Reviews: Shipped } = await import(module) as { readonly Reviews: { readonly prototype: { take: Take } } };
const { take } = Shipped.prototype;
let seen: { readonly self: Reviews; readonly asked: Parameters<Take> } | undefined;
Shipped.prototype.take = function (this: Reviews, ...asked: Parameters<Take>): void {
  seen = { self: this, asked };
  take.apply(this, asked);
};

const port = await freePort();
const config = join(folder, `config-${port}.json`);
writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object, port, opsPort: await freePort() }));
process.argv = [process.execPath, program, 'serve', '--config', config, '-p', join(folder, 'policy.yaml'), '--dev-cert'];
void import(pathToFileURL(program).href);

const body = readFileSync(join(folder, 'review.json'));
for (let tries = 0; !(await ask()).includes('"allowed":true'); tries += 1) {
  if (tries > 300) throw new Error('the review is never admitted');
  await new Promise((done) => setTimeout(done, 100));
}
if (seen === undefined) throw new Error('no review came by');
const { self, asked: [exchange, bytes, read] } = seen;
// Takes the answer as a connection does, and sends it nowhere.
const response = { destroyed: false, writeHead() {}, end() {} } as unknown as ServerResponse;

const costs: number[] = [];
for (const end = performance.now() + SECONDS * 1000; performance.now() < end;) {
  const begun = process.hrtime.bigint();
  for (let index = 0; index < BATCH; index += 1) take.call(self, { ...exchange, response, receivedAt: Date.now() }, bytes, read);
  costs.push(Number(process.hrtime.bigint() - begun) / BATCH / 1000);
  // The answers are written at the end of a turn of the event loop.
  await new Promise((done) => setImmediate(done));
}
costs.sort((a, b) => a - b);
process.send?.(costs[Math.floor(costs.length / 10)], () => process.exit(0));

function ask(): Promise<string> {
  return new Promise((done) => {
    const asking = request({
      host: '127.0.0.1', port, path: '/validate?timeout=10s', method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' },
    }, (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => { text += part.toString('utf8'); });
      answer.on('end', () => done(text));
    });
    asking.on('error', () => done(''));
    asking.end(body);
  });
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => done(free));
    });
  });
}
