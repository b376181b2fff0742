/** Cases as JUnit XML, which CI systems read: a suite for each group, failures apart from errors. */
import type { ReportedCase } from './cases.ts';

/** The document; all text from outside is escaped, and what XML 1.0 cannot hold is replaced. */
export function junitXml(cases: readonly ReportedCase[]): string {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const suites = groups.map((group) => suite(group, cases.filter((one) => one.group === group)));
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="gatehouse" ${counts(cases)}>`, ...suites, '</testsuites>'].join('\n');
}

function suite(group: string, cases: readonly ReportedCase[]): string {
  return [`  <testsuite name="${xml(group)}" ${counts(cases)}>`, ...cases.map(testcase), '  </testsuite>'].join('\n');
}

function testcase({ name, group, outcome, summary = '', text = '', file, seconds }: ReportedCase): string {
  const at = file === undefined ? '' : ` file="${xml(file)}"`;
  const open = `    <testcase name="${xml(name)}" classname="${xml(group)}"${at} time="${(seconds ?? 0).toFixed(3)}"`;
  if (outcome === 'passed') return `${open}/>`;
  if (outcome === 'skipped') return `${open}>\n      <skipped message="${xml(summary)}"/>\n    </testcase>`;
  if (outcome === 'warned') return `${open}>\n      <system-out>${xml(text || summary)}</system-out>\n    </testcase>`;
  const element = outcome === 'failed' ? 'failure' : 'error';
  return `${open}>\n      <${element} message="${xml(summary)}">${xml(text || summary)}</${element}>\n    </testcase>`;
}

function counts(cases: readonly ReportedCase[]): string {
  const of = (outcome: ReportedCase['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  return `tests="${cases.length}" failures="${of('failed')}" errors="${of('error')}" skipped="${of('skipped')}"`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 §2.2: control characters, lone surrogates and U+FFFE, U+FFFF have no place in a document, even escaped. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll('\r', '&#13;');
}
