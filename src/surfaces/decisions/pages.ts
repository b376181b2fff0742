import type { Decision } from '../../domain/decision.ts';
import type { Finding } from '../../domain/finding.ts';
import { reason } from '../../domain/reasons.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { STYLE } from './style.ts';

/** The page of one decision: artifact → evidence found → what was proven → rule → verdict → fix. */
export function decisionPage(decision: Decision): string {
  const { request } = decision;
  return page(`Decision ${decision.id}`, html`
    <p><a href="/decisions">All decisions</a></p>
    <h1>Decision <code>${decision.id}</code>: <span class="${decision.outcome}">${decision.outcome}</span></h1>
    <dl>
      <dt>request</dt><dd>${request.operation} ${request.kind} ${place(request.namespace, request.name)} by ${request.user || 'unknown'}</dd>
      <dt>uid</dt><dd class="mono">${request.uid}</dd>
      <dt>verdict</dt><dd><span class="${decision.verdict}">${decision.verdict}</span> before the modes of the policies</dd>
      <dt>time</dt><dd>${new Date(decision.at).toISOString()}, ${Math.round(decision.durationMs)} ms</dd>
      <dt>policies</dt><dd class="mono">${decision.policyGeneration || 'none'}</dd>
    </dl>
    ${decision.notes.length === 0 ? html`` : html`<h2>Notes</h2><ul>${decision.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    <h2>Artifacts and findings</h2>
    <div class="scroll"><table>
      <thead><tr><th scope="col">artifact</th><th scope="col">evidence found</th><th scope="col">what was proven</th><th scope="col">rule</th><th scope="col">verdict</th><th scope="col">fix</th></tr></thead>
      <tbody>${decision.findings.map(findingRow)}</tbody>
    </table></div>`);
}

function findingRow(finding: Finding): Html {
  const evidence = finding.evidence ?? [];
  const proven = evidence.filter((note) => reason(note.code).verdict === 'satisfied');
  return html`<tr>
    <td><code>${finding.path}</code><br><code>${finding.artifact}</code><br><code>${finding.digest ?? ''}</code></td>
    <td>${evidence.length === 0 ? html`none` : html`<ul>${evidence.map((note) => html`<li>${note.source}: ${reason(note.code).title} <code>${note.code}</code></li>`)}</ul>`}</td>
    <td>${proven.length === 0 ? html`nothing` : html`<ul>${proven.map((note) => html`<li>${note.text}</li>`)}</ul>`}</td>
    <td>${finding.policy === undefined ? html`no policy` : html`${finding.policy} / ${finding.requirement ?? ''} (${finding.mode})`}${lines('expected', finding.expected)}${lines('found', finding.found)}</td>
    <td><span class="${finding.verdict}">${finding.verdict}</span><br>${reason(finding.code).title}<br><code>${finding.code}</code>${finding.cause === undefined ? html`` : html`<br>${finding.cause}`}</td>
    <td>${finding.verdict === 'satisfied' ? '' : finding.fix ?? reason(finding.code).fix}</td>
  </tr>`;
}

function lines(label: string, values: readonly string[] | undefined): Html {
  return values === undefined || values.length === 0 ? html`` : html`<br>${label}: <ul>${values.map((value) => html`<li class="mono">${value}</li>`)}</ul>`;
}

/** The page of the latest decisions. */
export function listPage(decisions: readonly Decision[], capacity: number): string {
  return page('Decisions', html`
    <h1>Decisions</h1>
    <p>The latest ${decisions.length} of this replica, newest first; ${capacity} are kept. Dry runs are not among them.</p>
    <div class="scroll"><table>
      <thead><tr><th scope="col">time</th><th scope="col">outcome</th><th scope="col">verdict</th><th scope="col">object</th><th scope="col">reasons</th><th scope="col">decision</th></tr></thead>
      <tbody>${decisions.map((decision) => html`<tr>
        <td>${new Date(decision.at).toISOString()}</td>
        <td><span class="${decision.outcome}">${decision.outcome}</span></td>
        <td><span class="${decision.verdict}">${decision.verdict}</span></td>
        <td>${decision.request.kind} ${place(decision.request.namespace, decision.request.name)}</td>
        <td><code>${failing(decision)}</code></td>
        <td><a href="/decisions/${decision.id}"><code>${decision.id}</code></a></td>
      </tr>`)}</tbody>
    </table></div>`);
}

function failing(decision: Decision): string {
  return [...new Set(decision.findings.filter((finding) => finding.verdict !== 'satisfied').map((finding) => finding.code))].join(' ');
}

function place(namespace: string, name: string): string {
  return [namespace, name || '(generated name)'].filter((part) => part !== '').join('/');
}

function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Gatehouse</title><style>${{ markup: STYLE }}</style></head>
<body>${body}</body></html>
`.markup;
}
