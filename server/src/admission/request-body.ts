/**
 * How the API server shows a body that it could not read.
 * Follows summarizeData of staging/src/k8s.io/apiserver/pkg/endpoints/handlers/rest.go.
 */

const SHOWN_BYTES = 30;

/** The beginning of a body: JSON as it is, anything else in hexadecimal. */
export function summarizeBody(text: string): string {
  if (text === '') return '<empty>';
  const bytes = utf8Bytes(text.slice(0, SHOWN_BYTES + 1));
  const more = bytes.length > SHOWN_BYTES ? ' ...' : '';
  if (text.startsWith('{')) return `${text.slice(0, SHOWN_BYTES)}${more}`;
  const shown = bytes.slice(0, SHOWN_BYTES);
  return `${shown.map((it) => it.toString(16).padStart(2, '0')).join('')}${more}`;
}

function utf8Bytes(text: string): readonly number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) {
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    } else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
      bytes.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return bytes;
}
