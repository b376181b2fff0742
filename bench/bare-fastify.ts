// The yardstick of the gate: one route of fastify over TLS that parses the question as fastify does and answers what it is given.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';

const [cert = '', key = '', answer = '{}'] = process.argv.slice(2);
const document = JSON.parse(answer) as unknown;
const app = fastify({ https: { cert: readFileSync(cert), key: readFileSync(key) } });
app.post('/v1/admit', () => document);
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ port: (app.server.address() as AddressInfo).port })}\n`);
