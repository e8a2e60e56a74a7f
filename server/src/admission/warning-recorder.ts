/**
 * The texts of the Warning headers of one request: each once, and all of them cut short where
 * together they would be too long.
 * Follows staging/src/k8s.io/apiserver/pkg/endpoints/filters/warning.go and NewWarningHeader of
 * staging/src/k8s.io/apimachinery/pkg/util/net/http.go. Lengths are in code points.
 */

const MAX_TOTAL = 4096;
const MAX_EACH = 256;

/** Collects warnings in the order they are given. */
export class WarningRecorder {
  readonly #given: string[] = [];
  #texts: string[] = [];
  #length = 0;
  #cutting = false;

  /** As the headers have them. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  add(text: string): void {
    if (text === '' || (this.#cutting && this.#length >= MAX_TOTAL)) return;
    if (this.#given.includes(text)) return;
    this.#given.push(text);
    if (this.#cutting || this.#length + [...text].length <= MAX_TOTAL) {
      this.#write(text);
      return;
    }
    this.#cutting = true;
    this.#length = 0;
    this.#texts = [];
    for (const it of this.#given) this.#write(it);
  }

  #write(text: string): void {
    // A header cannot hold control characters, so such a warning gets lost.
    if (/\p{Cc}/u.test(text)) return;
    const points = [...text];
    const cut = this.#cutting ? points.slice(0, MAX_EACH) : points;
    this.#length += cut.length;
    this.#texts.push(cut.join(''));
  }
}
