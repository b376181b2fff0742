/** One instruction with its arguments, continuation lines joined. */
export interface DockerStep {
  readonly instruction: string;
  readonly text: string;
}

/** One build stage. */
export interface DockerStage {
  readonly name: string | undefined;
  /** The image, with ARG defaults filled in. */
  readonly from: string;
  readonly steps: readonly DockerStep[];
}

/** Parses what our Dockerfile uses of the format: comments, continuation lines, ARG defaults, stages. */
export function parseDockerfile(text: string): readonly DockerStage[] {
  const defaults = new Map<string, string>();
  const stages: { name: string | undefined; from: string; steps: DockerStep[] }[] = [];
  for (const line of text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n')) {
    const [, instruction = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    const value = rest.replace(/\$\{(\w+)\}/g, (whole, name: string) => defaults.get(name) ?? whole);
    if (instruction === 'ARG') defaults.set(value.split('=')[0] ?? '', value.split('=')[1] ?? '');
    else if (instruction === 'FROM') stages.push({ from: value.split(' ')[0] ?? '', name: / AS (\w+)$/i.exec(value)?.[1], steps: [] });
    else if (instruction !== '') stages.at(-1)?.steps.push({ instruction, text: value });
  }
  return stages;
}
