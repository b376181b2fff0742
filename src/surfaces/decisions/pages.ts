/** The pages of decisions: everything from outside is escaped, and nothing is run. */
import type { Decision } from '../../domain/decision/decision.ts';
import type { Disagreements } from '../../platform/decisions/opinions.ts';
import type { EvidenceNote, Finding } from '../../domain/decision/finding.ts';
import type { CallerProof } from '../../domain/decision/review.ts';
import { reason } from '../../domain/decision/reasons.ts';
import { referenceOf } from '../../explain/index.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { STYLE } from './style.ts';

/** The page of one decision: artifact → evidence found → what was proven → rule → verdict → fix. */
export function decisionPage(decision: Decision, disagreements: Disagreements): string {
  const { request } = decision;
  const notes = [...decision.notes, ...secondOpinions(decision, disagreements)];
  return page(`Decision ${decision.id}`, html`
    <p><a href="/decisions">All decisions</a></p>
    <h1>Decision <code>${decision.id}</code>: <span class="${decision.outcome}">${decision.outcome}</span></h1>
    <dl>
      <dt>request</dt>
      <dd>${request.operation} ${request.kind} ${place(request.namespace, request.name)} by ${request.user || 'unknown'}</dd>
      ${decision.outcome === 'deny' ? html`<dt>reference</dt><dd class="mono">${referenceOf(decision)}</dd>` : html``}
      <dt>caller</dt><dd>${caller(request.proof)}</dd>
      <dt>uid</dt><dd class="mono">${request.uid}</dd>
      <dt>verdict</dt><dd><span class="${decision.verdict}">${decision.verdict}</span> before the modes of the policies</dd>
      <dt>time</dt><dd>${new Date(decision.at).toISOString()}, ${Math.round(decision.durationMs)} ms</dd>
      <dt>policies</dt><dd class="mono">${decision.policyGeneration || 'none'}</dd>
    </dl>
    ${notes.length === 0 ? html`` : html`<h2>Notes</h2><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    <h2>Findings</h2>
    ${decision.findings.length === 0 ? html`<p>none</p>` : decision.findings.map(findingCard)}`);
}

/** What was heard of a second verifier since: it changed nothing in the decision. */
function secondOpinions({ artifacts }: Decision, disagreements: Disagreements): readonly string[] {
  const digests = new Set(artifacts.flatMap(({ digest }) => digest ?? []));
  return [...digests].flatMap((digest) =>
    disagreements
      .about(digest)
      .map(({ source, root, said }) => `two verifiers disagree about ${source} of ${digest} under ${root}: ${said}`),
  );
}

/** One finding from the artifact down to the fix, in the order of the road. */
function findingCard(finding: Finding): Html {
  const { title, fix } = reason(finding.code);
  return html`<section class="card">
    <h3><span class="${finding.verdict}">${finding.verdict}</span> ${title} <code>${finding.code}</code></h3>
    <dl>
      <dt>artifact</dt><dd>${subject(finding)}</dd>
      <dt>evidence found</dt><dd>${evidenceList(finding)}</dd>
      <dt>rule</dt><dd>${rule(finding)}</dd>
      ${values('expected', finding.expected)}
      ${values('found', finding.found)}
      ${finding.cause === undefined ? html`` : html`<dt>cause</dt><dd>${finding.cause}</dd>`}
      ${finding.verdict === 'satisfied' ? html`` : html`<dt>fix</dt><dd>${finding.fix ?? fix}</dd>`}
    </dl>
  </section>`;
}

function rule({ policy, requirement, mode }: Finding): Html {
  if (policy === undefined) return html`no policy`;
  return html`${policy}${requirement === undefined ? html`` : html` / ${requirement}`} (${mode})`;
}

/** What the finding is about: an artifact at its place, or the object itself. */
function subject({ path, artifact, digest }: Finding): Html {
  const parts = [path, artifact, digest ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? html`the object itself` : lines(parts);
}

/**
 * Every piece that was looked at: what was proven by it, or why it proves nothing. Where there is none, whether that is
 * because nothing is there, nobody looked, or nobody could.
 */
function evidenceList({ evidence: notes = [], requirement, verdict }: Finding): Html {
  if (notes.length > 0) {
    const told = (note: EvidenceNote): string => note.text || reason(note.code).title;
    return html`<ul>${notes.map((note) => html`<li><code>${note.source}</code><br>${proven(note)}: ${told(note)}</li>`)}</ul>`;
  }
  if (requirement === undefined) return html`not looked for`;
  return verdict === 'undetermined' ? html`not known` : html`none of the kind that the rule demands`;
}

function proven(note: EvidenceNote): Html {
  return reason(note.code).verdict === 'satisfied'
    ? html`<span class="satisfied">proven</span>`
    : html`<span class="${reason(note.code).verdict}">${reason(note.code).title}</span> <code>${note.code}</code>`;
}

function values(label: string, list: readonly string[] | undefined): Html {
  if (list === undefined || list.length === 0) return html``;
  return html`<dt>${label}</dt><dd>${lines(list)}</dd>`;
}

function lines(list: readonly string[]): Html {
  return html`${list.map((value, index) => html`${index === 0 ? html`` : html`<br>`}<code>${value}</code>`)}`;
}

/** How a caller had shown who it is, for people. */
const CALLERS: Readonly<Record<CallerProof, { readonly short: string; readonly long: string }>> = {
  certificate: { short: 'certificate', long: 'the API server, by its client certificate' },
  token: { short: 'token', long: 'the API server, by its bearer token' },
  pathToken: { short: 'path token', long: 'somebody who knows the token in the path, which the API server prints when a call fails' },
  none: { short: 'unverified', long: 'unverified: somebody claimed all of this; it need not have happened' },
  self: { short: 'a command', long: 'a command of ours' },
};

function caller(proof: CallerProof): Html {
  return proof === 'none' ? html`<span class="undetermined">${CALLERS.none.long}</span>` : html`${CALLERS[proof].long}`;
}

const COLUMNS = ['time', 'outcome', 'verdict', 'caller', 'object', 'reasons', 'decision'] as const;

/** The page of the latest decisions; `notes` stand above them. */
export function listPage(decisions: readonly Decision[], capacity: number, notes: readonly string[] = []): string {
  return page('Decisions', html`
    <h1>Decisions</h1>
    <p>The latest ${decisions.length} of this replica, newest first; ${capacity} admissions are kept, and as many others,
    of callers that have shown a certificate or a token, a path token, or nothing, apart from each other.
    Dry runs are not among them.</p>
    ${notes.map((note) => html`<p class="undetermined">${note}</p>`)}
    <div class="scroll"><table>
      <thead><tr>${COLUMNS.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>${decisions.map((decision) => html`<tr>
        <td>${new Date(decision.at).toISOString()}</td>
        <td><span class="${decision.outcome}">${decision.outcome}</span></td>
        <td><span class="${decision.verdict}">${decision.verdict}</span></td>
        <td><span class="${decision.request.proof === 'none' ? 'undetermined' : ''}">${CALLERS[decision.request.proof].short}</span></td>
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
  // The style sheet stands alone in its element: the content security policy names the hash of exactly that.
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Gatehouse</title><style>${{ markup: STYLE }}</style></head>
<body>${body}</body></html>
`.markup;
}
