import { request } from 'node:https';
import { podReview } from '../test/world/review.ts';
import type { Sample } from './samples.ts';

/** What the tour needs of an AdmissionReview answer. */
interface Answer {
  readonly response: { readonly allowed: boolean; readonly status?: { readonly code: number; readonly reason: string; readonly message: string }; readonly warnings?: readonly string[] };
}

/** The AdmissionReview that the API server would send for `kubectl run`. */
export function reviewFor(image: string): string {
  const name = podName(image);
  return JSON.stringify(podReview({ images: [{ name, image }], name, namespace: 'shop' }), null, 2);
}

/** Sends the samples' reviews through HTTPS and gives the answers as kubectl would print them. */
export async function tour(samples: readonly Sample[], port: number, ca: string): Promise<string> {
  const stops: string[] = [];
  for (const [index, { title, image }] of samples.entries()) {
    const answer = await post(port, ca, reviewFor(image));
    stops.push(`${index + 1}. ${title}\n\n   $ kubectl run ${podName(image)} --image ${image}\n${indent(asKubectl(answer, podName(image)))}`);
  }
  return stops.join('\n\n');
}

function asKubectl({ response }: Answer, name: string): string {
  const warnings = (response.warnings ?? []).map((warning) => `Warning: ${warning}\n`).join('');
  if (response.allowed) return `${warnings}pod/${name} created`;
  return `${warnings}Error from server (${response.status?.reason}): admission webhook "validate.gatehouse.dev" denied the request: ${response.status?.message}`;
}

function post(port: number, ca: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port, path: '/validate?timeout=10s', method: 'POST', ca, headers: { 'content-type': 'application/json' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer));
      response.on('error', reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

function podName(image: string): string {
  return image.slice(image.lastIndexOf('/') + 1, image.lastIndexOf(':'));
}

function indent(text: string): string {
  return text.split('\n').map((line) => `   ${line}`).join('\n');
}

