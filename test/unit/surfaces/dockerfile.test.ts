// Whatever BuildKit and our reader of Dockerfiles might understand differently is refused: an image could hide behind it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dockerfileImages } from '../../../src/surfaces/cli/apply/dockerfile/images.ts';

const read = (text: string) => dockerfileImages(text, new Map());
/** The image is seen, or it is said that something could not be read. */
const isTold = (text: string, image = 'evil'): boolean => {
  const { images, open, problem } = read(text);
  return problem !== undefined || open.length > 0 || images.some(({ text: named }) => named === image);
};

describe('an image cannot hide', () => {
  test.each<[string, string]>([
    ['a directive behind an unknown one', '# foo=bar\n# escape=`\nFROM good\nRUN echo `\nFROM evil\n'],
    ['a directive behind a shebang', '#!/bin/sh\n# escape=`\nFROM good\nRUN echo `\nFROM evil\n'],
    ['three backslashes', 'FROM good\nRUN echo \\\\\\\nFROM evil\n'],
    ['two backslashes', 'FROM good\nRUN echo \\\\\nFROM evil\n'],
    ['two backticks', '# escape=`\nFROM good\nRUN echo ``\nFROM evil\n'],
    ['an escape in the name of a heredoc', 'FROM good\nRUN <<E\\OF\nx\nEOF\nFROM evil\nE\\OF\n'],
    ['a variable as the name of a heredoc', 'FROM good\nRUN <<${A:-EOF}\nx\nEOF\nFROM evil\n'],
    ['carriage returns behind the end of a heredoc', 'FROM good\nRUN <<EOF\nx\nEOF\r\r\nFROM evil\nEOF\n'],
    ['a next-line character before FROM', 'FROM good\n\u0085FROM evil\n'],
    ['a no-break space before FROM', 'FROM good\n\u00a0FROM evil\n'],
    ['an escape in a flag', 'FROM good\nCOPY --fr\\om=evil a b\n'],
    ['quotes in a flag', 'FROM good\nCOPY --fr"om"=evil a b\n'],
    ['the value of a flag as a word', 'FROM good\nCOPY --from evil a b\n'],
    ['a mount as a word', 'FROM good\nRUN --mount type=bind,from=evil true\n'],
    ['a platform as a word', 'FROM --platform linux/amd64 evil\n'],
    ['a stage of this build in another', 'FROM good AS evil\nONBUILD COPY --from=evil a b\n'],
    ['an unknown instruction', 'FROM good\nFRΟM evil\n'],
  ])('%s', (_, text) => {
    expect(isTold(text)).toBe(true);
  });

  test('and what everybody writes is read', () => {
    const text = '# syntax=docker/dockerfile:1\n# check=skip=all\nARG V=1\nFROM --platform=$BUILDPLATFORM golang:${V} AS build\nRUN --mount=type=cache,target=/c go build \\\n  # why\n  ./...\nRUN <<EOF\necho FROM x\nEOF\nFROM scratch\nCOPY --link --from=build --chown=1:1 /a /a\nENTRYPOINT ["/a"]\n';
    const { images, open, problem } = read(text);
    expect([images.map(({ text: named }) => named), open, problem]).toEqual([['docker/dockerfile:1', 'golang:1'], [], undefined]);
  });

  test('arguments of the platform need no ARG: what the command line says of them counts, and without it the argument is named', () => {
    const text = 'FROM base-${TARGETARCH}\nFROM --platform=$BUILDPLATFORM other$OWN\n';
    expect(read(text).open.map(({ name }) => name)).toEqual(['TARGETARCH', 'OWN']);
    const { images, open } = dockerfileImages(text, new Map([['TARGETARCH', 'arm64'], ['OWN', '1']]));
    expect([images.map(({ text: named }) => named), open.map(({ name }) => name)]).toEqual([['base-arm64'], ['OWN']]);
  });

  test('a last FROM is seen or something is refused, whatever stands before it in lines that end', () => {
    const line = fc.constantFrom('RUN echo', 'RUN echo \\\\', 'ENV A="b"', '# comment', '', 'COPY a b', "LABEL x='y'", 'RUN echo "a', 'USER \\\\\\\\');
    fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      expect(isTold(`FROM good\n${lines.join('\n')}\nFROM evil\n`)).toBe(true);
    }));
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => { read(`FROM a\n${text}`); }), { numRuns: 2000 });
  });
});
