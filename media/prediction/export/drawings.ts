// Drawings as files of their own: the looks that the page's style gives are written into the SVG.
const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'display',
] as const;

const SVG = 'http://www.w3.org/2000/svg';
const BETWEEN = 16;

export interface StandaloneSvg {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** Drawings below each other, with their looks inside, on the page's ground. */
export function standaloneSvg(drawings: readonly SVGSVGElement[]): StandaloneSvg {
  const sheet = document.createElementNS(SVG, 'svg');
  const ground = document.createElementNS(SVG, 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  sheet.append(ground);
  let width = 0;
  let height = 0;
  for (const drawing of drawings) {
    const copy = withLooks(drawing);
    copy.setAttribute('y', String(height));
    sheet.append(copy);
    width = Math.max(width, drawing.width.baseVal.value);
    height += drawing.height.baseVal.value + BETWEEN;
  }
  height = Math.max(0, height - BETWEEN);
  sheet.setAttribute('width', String(width));
  sheet.setAttribute('height', String(height));
  sheet.setAttribute('viewBox', `0 0 ${width} ${height}`);
  return { text: new XMLSerializer().serializeToString(sheet), width, height };
}

function withLooks(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const from = [drawing, ...drawing.querySelectorAll('*')];
  const to = [copy, ...copy.querySelectorAll('*')];
  from.forEach((element, index) => {
    const target = to[index];
    if (target) writeLooks(element, target);
  });
  return copy;
}

function writeLooks(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of PROPERTIES) {
    const value = style.getPropertyValue(name);
    if (value !== '')
      to.setAttribute(name, value.replace(/url\("?[^"#)]*(#[^")]+)"?\)/, 'url($1)'));
  }
  for (const name of ['class', 'tabindex', 'data-stop', 'role', 'aria-expanded']) {
    if (!(name === 'role' && to.tagName === 'svg')) to.removeAttribute(name);
  }
}

const SHARPNESS = 2;

/** The drawing as a PNG, base64. */
export async function toPng({ text, width, height }: StandaloneSvg): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1] ?? '';
}
