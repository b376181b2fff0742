// What is measured in the page itself; these functions are sent to the browser, so each stands alone.

/** Elements that are wider than what holds them; nothing may be. */
export function overflowing(): string[] {
  const wide = [...document.querySelectorAll('*')].filter((element) => {
    const { overflowX, display } = getComputedStyle(element);
    const hidden = element.closest('.skip, thead') !== null && element.getBoundingClientRect().right <= 0;
    return !hidden && display !== 'inline' && overflowX !== 'clip' && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && !['INPUT', 'SELECT'].includes(element.tagName);
  });
  const outside = document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the document'] : [];
  return [...outside, ...wide.map((element) => `${element.tagName} ${element.className} ${element.scrollWidth} > ${element.clientWidth}: ${element.textContent?.trim().slice(0, 60)}`)];
}

/** Every text with less contrast than 4.5 to what is behind it (WCAG 2.2, 1.4.3). */
export function tooFaint(): string[] {
  const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r = 0, g = 0, b = 0]: number[]): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || (color[3] ?? 0) === 1) return color;
    }
    return [255, 255, 255];
  };
  const faint: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || (node.textContent ?? '').trim() === '' || element.tagName === 'STYLE') continue;
    let opacity = 1;
    for (let at: Element | null = element; at !== null; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5 || opacity < 1) faint.push(`${contrast.toFixed(2)} ${element.tagName}.${element.className}: ${(node.textContent ?? '').trim().slice(0, 40)}`);
  }
  return faint;
}
