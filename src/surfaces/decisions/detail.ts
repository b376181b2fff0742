/** The page of one decision: artifact → evidence found → what was proven → rule → verdict → fix. */
import type { Decision } from '../../domain/decision/decision.ts';
import { exceptionText } from '../../domain/decision/exception.ts';
import type { EvidenceNote, Finding } from '../../domain/decision/finding.ts';
import { reason } from '../../domain/decision/reasons.ts';
import type { Disagreements } from '../../platform/decisions/opinions.ts';
import { referenceOf, tasksOf } from '../../explain/index.ts';
import type { TaskSummary } from '../../explain/index.ts';
import { framed } from '../http/pages/frame.ts';
import { html } from '../http/pages/html.ts';
import type { Html } from '../http/pages/html.ts';
import { addressOf } from './filter.ts';
import { groupsOf } from './groups.ts';
import type { FindingGroup } from './groups.ts';
import { LINKS } from './list.ts';
import { CALLERS, lines, moment, place, tableRow, word } from './parts.ts';

/** Places that are named on the line of a group; the others are told when it is opened. */
const FEW = 2;

/** The page; everything from outside is escaped, and nothing is run. */
export function decisionPage(decision: Decision, disagreements: Disagreements): string {
  const { request, id, outcome } = decision;
  const notes = [...decision.notes, ...secondOpinions(decision, disagreements)];
  const groups = groupsOf(decision);
  return framed({
    title: `Decision ${id}`,
    links: LINKS,
    body: html`
    <h1>${word(outcome)}: ${request.kind} ${place(request)}</h1>
    ${facts(decision)}
    ${notes.length === 0 ? html`` : html`<h2>Notes</h2><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${tasks(tasksOf(decision))}
    <h2>Findings</h2>
    ${groups.length === 0 ? html`<p>none</p>` : groups.map(groupSection)}`,
  });
}

function facts(decision: Decision): Html {
  const { request, id, outcome, verdict, at, durationMs, policyGeneration, policySources = [] } = decision;
  const { kind, namespace, name } = request;
  return html`<dl>
      <dt>decision</dt><dd class="mono">${id}</dd>
      <dt>request</dt>
      <dd>${request.operation} ${kind} ${place(request)} by ${request.user || 'unknown'};
        <a href="${addressOf({ kind, namespace, name })}">all decisions about this object</a></dd>
      ${outcome === 'deny' ? html`<dt>reference</dt><dd class="mono">${referenceOf(decision)}</dd>` : html``}
      <dt>caller</dt><dd>${caller(decision)}</dd>
      <dt>uid</dt><dd class="mono">${request.uid}</dd>
      <dt>verdict</dt><dd>${word(verdict)} before the modes of the policies</dd>
      <dt>time</dt><dd>${moment(at)}, ${Math.round(durationMs)} ms</dd>
      <dt>policies</dt><dd class="mono">${policyGeneration || 'none'}</dd>
      ${policySources.map(({ source, digest, version }) => html`<dt>${source}</dt><dd class="mono">${digest}${version === undefined ? html`` : html` ${version}`}</dd>`)}
    </dl>`;
}

const TASK_COLUMNS = ['Task', 'Verdict', 'Images', 'Findings', 'Reasons'] as const;

/** A build in a line for each of its tasks; nothing for what has none. */
function tasks(list: readonly TaskSummary[]): Html {
  if (list.length === 0) return html``;
  return html`<h2>Tasks</h2><table role="table"><caption>What became of each task</caption>
    <thead role="rowgroup"><tr role="row">${TASK_COLUMNS.map((title) => html`<th scope="col" role="columnheader">${title}</th>`)}</tr></thead>
    <tbody role="rowgroup">${list.map(taskRow)}</tbody></table>`;
}

function taskRow({ name, verdict, images, wrong, codes }: TaskSummary): Html {
  const cells = [html`<code>${name}</code>`, word(verdict), html`${images}`, html`${wrong}`, html`<code>${codes.join(' ')}</code>`];
  return tableRow(TASK_COLUMNS, cells);
}

/** What two verifiers were heard to disagree about since: it changed nothing in the decision. */
function secondOpinions({ artifacts }: Decision, disagreements: Disagreements): readonly string[] {
  const digests = new Set(artifacts.flatMap(({ digest }) => digest ?? []));
  return [...digests].flatMap((digest) =>
    disagreements
      .about(digest)
      .map(({ source, root, said }) => `two verifiers disagree about ${source} of ${digest} under ${root}: ${said}`),
  );
}

/** Everything about one artifact; what holds is closed, what does not is open. */
function groupSection(group: FindingGroup): Html {
  const { artifact, digest, places, verdict, findings } = group;
  const failing = findings.filter((finding) => finding.verdict !== 'satisfied').length;
  const rest = places.slice(FEW);
  const where = [...places.slice(0, FEW), ...(rest.length === 0 ? [] : [`and ${rest.length} more`])].join(', ');
  const count = `(${failing} of ${findings.length} ${findings.length === 1 ? 'finding does' : 'findings do'} not hold)`;
  return html`<details class="group"${verdict === 'satisfied' ? html`` : html` open`}>
    <summary>${word(verdict)} <span>${artifact || 'the object itself'}</span>
    ${where === '' ? html`` : html`<span class="mild">${where}</span>`}
    <span class="mild">${count}</span></summary>
    ${digest === undefined ? html`` : html`<p class="mono">${digest}</p>`}
    ${rest.length === 0 ? html`` : html`<ul>${places.map((one) => html`<li><code>${one}</code></li>`)}</ul>`}
    ${findings.map(findingCard)}
  </details>`;
}

/** One finding from the evidence down to the fix, in the order of the road. */
function findingCard(finding: Finding): Html {
  const { title, fix } = reason(finding.code);
  return html`<section class="card" aria-label="${finding.code}">
    <h3>${word(finding.verdict)}: ${title} <code>${finding.code}</code></h3>
    <dl>
      <dt>evidence found</dt><dd>${evidenceList(finding)}</dd>
      <dt>rule</dt><dd>${rule(finding)}</dd>
      ${values('expected', finding.expected)}
      ${values('found', finding.found)}
      ${finding.cause === undefined ? html`` : html`<dt>cause</dt><dd>${finding.cause}</dd>`}
      ${values('admitted by', finding.exceptions?.map(exceptionText))}
      ${values('if it enforced, admitted by', finding.exceptionsIfEnforced?.map(exceptionText))}
      ${finding.verdict === 'satisfied' ? html`` : html`<dt>fix</dt><dd>${finding.fix ?? fix}</dd>`}
    </dl>
  </section>`;
}

function rule({ policy, requirement, mode }: Finding): Html {
  if (policy === undefined) return html`no policy`;
  return html`${policy}${requirement === undefined ? html`` : html` / ${requirement}`} (${mode})`;
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
  return list === undefined || list.length === 0 ? html`` : html`<dt>${label}</dt><dd>${lines(list)}</dd>`;
}

function caller({ request: { proof } }: Decision): Html {
  return proof === 'none' ? html`<span class="undetermined">${CALLERS.none.long}</span>` : html`${CALLERS[proof].long}`;
}
