/** A refusal for somebody who looks at it in a browser: the same words as the JSON, and the way back. */
import type { IncomingMessage } from 'node:http';
import type { ReasonCode } from '../../../domain/decision/reasons.ts';
import { framed } from './frame.ts';
import { html } from './html.ts';

/** What is told. */
export interface ToldRefusal {
  readonly status: number;
  readonly code: ReasonCode;
  readonly message: string;
  readonly fix?: string | undefined;
  /** A path of this server from which a reader can go on. */
  readonly back?: string | undefined;
}

/** True for browsers, which put HTML before everything else; programs that take anything get JSON. */
export function prefersHtml({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /^text\/html(?:[,;]|$)/i.test(headers.accept ?? '');
}

/** The page of a refusal. */
export function refusalPage({ status, code, message, fix, back }: ToldRefusal): string {
  return framed({
    title: `${status}`,
    links: back === undefined ? [] : [{ href: back, text: 'All decisions' }],
    body: html`
    <h1>${status}: this cannot be shown</h1>
    <p>${message}</p>
    ${fix === undefined ? html`` : html`<p>Fix: ${fix}</p>`}
    <p class="mild"><code>${code}</code></p>`,
  });
}
