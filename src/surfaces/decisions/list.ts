/** The page of the latest decisions: filtered by its address, so that a link shows the same to everybody who may see it. */
import type { Decision } from '../../domain/decision/decision.ts';
import { framed } from '../http/pages/frame.ts';
import { html } from '../http/pages/html.ts';
import type { Html } from '../http/pages/html.ts';
import { addressOf, REFRESHES, WANTED } from './filter.ts';
import type { Filter } from './filter.ts';
import { CALLERS, code, moment, place, tableRow, word } from './parts.ts';

const COLUMNS = ['Time', 'Outcome', 'Verdict', 'Object', 'Artifacts', 'Reasons', 'Caller', 'Decision'] as const;
/** Artifacts and reasons that are seen without opening anything. */
const FEW = 2;

/** What the list is made of; `notes` stand above it. */
export interface ListParts {
  readonly decisions: readonly Decision[];
  readonly capacity: number;
  readonly filter: Filter;
  readonly notes?: readonly string[];
}

/** The page. */
export function listPage({ decisions, capacity, filter, notes = [] }: ListParts): string {
  return framed({
    title: 'Decisions',
    links: LINKS,
    refresh: filter.refresh,
    body: html`
    <h1>Decisions</h1>
    ${notes.map((note) => html`<p class="undetermined" role="status">${note}</p>`)}
    ${filterForm(filter)}
    <p>${decisions.length === 0 ? 'None is kept that fits.' : `The latest ${decisions.length} that fit, newest first.`}
    <a href="${addressOf(filter)}">Refresh</a>${isFiltered(filter) ? html` · <a href="/decisions">Show all</a>` : html``}</p>
    ${decisions.length === 0 ? html`` : table(decisions)}
    <p class="mild">Of this replica: ${capacity} admissions are kept, and as many others, of callers that have shown a certificate or
    a token, a path token, or nothing, apart from each other. Dry runs are not among them.</p>`,
  });
}

/** Where every page leads. */
export const LINKS = [
  { href: '/decisions', text: 'All decisions' },
  { href: '/decisions?decision=deny', text: 'Denied' },
  { href: '/decisions?decision=undetermined', text: 'Undetermined' },
] as const;

function isFiltered({ namespace, decision, kind, name, text }: Filter): boolean {
  return [namespace, decision, kind, name, text].some((value) => value !== '');
}

/** A form that only makes an address; no script. */
function filterForm({ namespace, decision, kind, name, text, refresh }: Filter): Html {
  return html`<form method="get" action="/decisions" role="search" aria-label="Filter decisions">
    ${field('namespace', 'Namespace', namespace)}${field('kind', 'Kind', kind)}${field('name', 'Name', name)}
    ${choice('decision', 'Decision', WANTED, decision)}${field('text', 'Text', text)}
    ${choice('refresh', 'Refresh every (s)', REFRESHES.map(String), refresh === undefined ? '' : String(refresh), 'never')}
    <button type="submit">Filter</button></form>`;
}

function field(name: string, label: string, value: string): Html {
  return html`<label>${label}<input name="${name}" value="${value}" maxlength="200" autocomplete="off" spellcheck="false"></label>`;
}

function choice(name: string, label: string, values: readonly string[], chosen: string, none = 'any'): Html {
  const option = (value: string): Html => html`<option value="${value}"${value === chosen ? html` selected` : html``}>${value || none}</option>`;
  return html`<label>${label}<select name="${name}">${['', ...values].map(option)}</select></label>`;
}

/** On a narrow screen its rows are shown as cards; the roles say what they still are. */
function table(decisions: readonly Decision[]): Html {
  return html`<table role="table"><caption>Decisions, newest first</caption>
    <thead role="rowgroup"><tr role="row">${COLUMNS.map((title) => html`<th scope="col" role="columnheader">${title}</th>`)}</tr></thead>
    <tbody role="rowgroup">${decisions.map(row)}</tbody></table>`;
}

function row(decision: Decision): Html {
  const { id, at, outcome, verdict, request } = decision;
  const cells: readonly Html[] = [
    moment(at),
    word(outcome),
    word(verdict),
    html`<a href="${addressOf({ kind: request.kind, namespace: request.namespace, name: request.name })}">${request.kind} ${place(request)}</a>`,
    few(artifactsOf(decision).map((text) => html`<code>${text}</code>`), 'artifacts'),
    few(failing(decision).map(code), 'reasons'),
    html`<span class="${request.proof === 'none' ? 'undetermined' : ''}">${CALLERS[request.proof].short}</span>`,
    html`<a href="/decisions/${id}" aria-label="Decision ${id}"><code>${id}</code></a>`,
  ];
  return tableRow(COLUMNS, cells);
}

/** The first of them; the others can be opened. */
function few(texts: readonly Html[], what: string): Html {
  const shown = texts.slice(0, FEW).map((text) => html`<div>${text}</div>`);
  const rest = texts.slice(FEW);
  if (rest.length === 0) return html`${shown}`;
  return html`${shown}<details><summary>${rest.length} more ${what}</summary>${rest.map((text) => html`<div>${text}</div>`)}</details>`;
}

function artifactsOf({ artifacts }: Decision): readonly string[] {
  return [...new Set(artifacts.map(({ raw }) => raw))];
}

function failing({ findings }: Decision): readonly string[] {
  return [...new Set(findings.filter(({ verdict }) => verdict !== 'satisfied').map(({ code }) => code))];
}
