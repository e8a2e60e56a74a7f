/** A file as people name it: the last part of its URI, and as many folders before it as asked for. */
export function uriName(uri: string, folders = 0): string {
  return uri
    .split('/')
    .slice(-(folders + 1))
    .map(decoded)
    .join('/');
}

/** Not every `%` in what an editor calls a URI is an escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
