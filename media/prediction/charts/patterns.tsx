// Paint that SVG needs by reference: hatching for what is assumed, and for races.

/** Ids are the same in every drawing and mean the same, so several on a page do no harm. */
export function Patterns() {
  return (
    <defs>
      <pattern
        id="hatch"
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect class="hatch-line" width="2" height="6" />
      </pattern>
      <pattern
        id="race-hatch"
        width="7"
        height="7"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(-45)"
      >
        <rect class="race-line" width="2" height="7" />
      </pattern>
    </defs>
  );
}
