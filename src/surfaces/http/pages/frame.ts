/** What every page has around it: a head without scripts, landmarks, and a way to skip to what it is about. */
import { html } from './html.ts';
import type { Html } from './html.ts';
import { STYLE } from './style.ts';

/** A page, and how it stands among the others. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Where to go from here; absent: nowhere. */
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  /** Seconds after which the browser asks again, because its reader has said so. */
  readonly refresh?: number | undefined;
}

/** The document; everything from outside was escaped by {@link html}. */
export function framed({ title, body, links = [], refresh }: Page): string {
  const again = refresh === undefined ? html`` : html`<meta http-equiv="refresh" content="${refresh}">`;
  const nav = html`<nav aria-label="Pages"><ul>${links.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>`)}</ul></nav>`;
  // The style sheet stands alone in its element: the content security policy names the hash of exactly that.
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${again}<title>${title} · Gatehouse</title><style>${{ markup: STYLE }}</style></head>
<body><a class="skip" href="#main">Skip to the content</a>
<header><p>Gatehouse</p>${links.length === 0 ? html`` : nav}</header>
<main id="main" tabindex="-1">${body}</main></body></html>
`.markup;
}
