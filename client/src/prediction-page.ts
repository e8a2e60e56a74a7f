// The page around the webview's script, and its policy: nothing but our own script and style, and
// images that the script itself has made.

export interface PageParts {
  readonly nonce: string;
  /** Addresses as the webview may load them. */
  readonly script: string;
  readonly style: string;
}

/** The page's HTML. Nothing in it comes from a manifest. */
export function predictionPage({ nonce, script, style }: PageParts): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    // A drawing becomes a PNG by way of an image of itself.
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" nonce="${nonce}" href="${style}">
<title>Podsage</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

/** A fresh word that lets one page's own script and style in. */
export function makeNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((it) => it.toString(16).padStart(2, '0')).join('');
}
