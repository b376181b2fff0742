/** The small pieces of which the pages of decisions are made. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { CallerProof } from '../../domain/decision/review.ts';
import { html } from '../http/pages/html.ts';
import type { Html } from '../http/pages/html.ts';

/** A moment in a form that people read, and one that programs do. */
export function moment(at: number): Html {
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** Not by colour alone: what came out has a sign of its own. */
const SIGNS: Readonly<Record<string, string>> = { admit: '✓', satisfied: '✓', warn: '!', undetermined: '?', deny: '✗', violated: '✗' };

/** The word for an outcome or a verdict, with its sign and colour. */
export function word(of: string): Html {
  return html`<span class="word ${of}"><span aria-hidden="true">${SIGNS[of] ?? ''}</span> ${of}</span>`;
}

/** A reason code, which may be parted between its words. */
export function code(of: string): Html {
  return html`<code>${of.split('_').map((part, index) => html`${index === 0 ? html`` : html`_<wbr>`}${part}`)}</code>`;
}

/** `shop/web`, or what is known of it. */
export function place({ namespace, name }: Pick<Decision['request'], 'namespace' | 'name'>): string {
  return [namespace, name || '(generated name)'].filter((part) => part !== '').join('/');
}

/** Values one below the other. */
export function lines(list: readonly string[]): Html {
  return html`${list.map((value, index) => html`${index === 0 ? html`` : html`<br>`}<code>${value}</code>`)}`;
}

/** A row of a table; each cell knows the title of its column, for screens on which it is a card. */
export function tableRow(columns: readonly string[], cells: readonly Html[]): Html {
  const cell = (content: Html, index: number): Html => html`<td role="cell" data-label="${columns[index] ?? ''}"><div>${content}</div></td>`;
  return html`<tr role="row">${cells.map(cell)}</tr>`;
}

/** How a caller had shown who it is, for people. */
export const CALLERS: Readonly<Record<CallerProof, { readonly short: string; readonly long: string }>> = {
  certificate: { short: 'certificate', long: 'the API server, by its client certificate' },
  token: { short: 'token', long: 'the API server, by its bearer token' },
  pathToken: { short: 'path token', long: 'somebody who knows the token in the path, which the API server prints when a call fails' },
  none: { short: 'unverified', long: 'unverified: somebody claimed all of this; it need not have happened' },
  self: { short: 'a command', long: 'a command of ours' },
};
